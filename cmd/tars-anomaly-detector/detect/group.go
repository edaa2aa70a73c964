package detect

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// joinWithin usual steps of the start of an incident, another series that
// begins to move joins it: one cause shows in several KPIs at about the same
// time. joinStep is taken for the step of a series that has none.
const (
	joinWithin = 6
	joinStep   = 60_000    // milliseconds
	joinLevel  = 3_600_000 // the step of a level
)

// Grouper joins the records of series to incidents. Records must come by time,
// at the same time by the name of their series, for the result not to depend on
// the order of the input.
type Grouper struct {
	// Closed is called with each incident that has ended; nil for none.
	Closed func(*Incident)
	// Changed is called with each incident that opened, got worse or was
	// joined; nil for none.
	Changed func(in *Incident, opened bool, r *Record)

	open []*Incident
	// of tells the open incident of a series that takes part in one.
	of map[*Series]*Incident
}

// Incident is one incident, while it is open and after.
type Incident struct {
	ID      string
	Started int64 // Unix milliseconds, as all times here
	// Detected is the point that opened it, Last its last anomalous point.
	Detected, Last int64
	Members        []*Member
	active         int   // members still open
	until          int64 // others may join up to here
	levels         bool  // it is about levels, which join among themselves alone
}

// Member is one series of an incident.
type Member struct {
	Series        *Series
	Name          string
	Started, Last int64
	Points        int
	Peak          Record
	Lasting       bool
	Open          bool
}

// NewGrouper returns a Grouper with nothing open.
func NewGrouper() *Grouper { return &Grouper{of: map[*Series]*Incident{}} }

// Observe takes the next record and returns the incident it belongs to, nil
// for none.
func (g *Grouper) Observe(r *Record) *Incident {
	g.expire(r.Time)
	in := g.of[r.Series]
	opened, changed := false, false
	// What is over when it is told, silence or a level, stands by itself
	// unless its series has an incident open.
	alone := in == nil && r.Alone()
	if (r.Opened || alone) && in == nil {
		in = g.join(r)
		if in == nil {
			in = g.begin(r)
			opened = true
		}
		in.Members = append(in.Members, &Member{
			Series: r.Series, Name: r.Series.Name, Started: r.Since, Last: r.Time,
			Points: r.Before, Peak: *r, Open: true,
		})
		in.active++
		in.Started = min(in.Started, r.Since)
		g.of[r.Series] = in
		changed = true
	}
	if in == nil {
		return nil
	}
	m := in.member(r.Series)
	if r.Event {
		worse := m.note(r)
		in.Last = max(in.Last, r.Time)
		changed = changed || worse
	}
	m.Lasting = m.Lasting || r.Lasting
	if changed && g.Changed != nil {
		g.Changed(in, opened, r)
	}
	if r.Closed || alone {
		g.leave(in, m)
	}
	return in
}

// reach is how far from the record's start the start of an incident may be
// that it joins, in milliseconds.
func (r *Record) reach() int64 {
	step := r.Series.Step()
	switch {
	case r.FromLevel:
		step = joinLevel
	case step == 0:
		step = joinStep
	}
	return joinWithin * step
}

func (g *Grouper) begin(r *Record) *Incident {
	at := time.UnixMilli(r.Since).UTC().Format("20060102T150405Z")
	in := &Incident{
		ID:      fmt.Sprintf("%s-%08x", at, hash(r.Series.Name)),
		Started: r.Since, Detected: r.Time, Last: r.Time,
		until: r.Since + r.reach(), levels: r.FromLevel,
	}
	g.open = append(g.open, in)
	return in
}

// join finds the open incident that began together with r, the nearest one.
func (g *Grouper) join(r *Record) *Incident {
	var best *Incident
	nearest := r.reach()
	for _, in := range g.open {
		if in.levels != r.FromLevel {
			continue
		}
		if d := max(in.Started-r.Since, r.Since-in.Started); d <= nearest && (best == nil || d < nearest) {
			best, nearest = in, d
		}
	}
	return best
}

func (g *Grouper) leave(in *Incident, m *Member) {
	m.Open = false
	delete(g.of, m.Series)
	in.active--
}

// Drop ends the part of series that will not speak again, as of time t.
func (g *Grouper) Drop(gone []*Series, t int64) {
	for _, s := range gone {
		if in := g.of[s]; in != nil {
			g.leave(in, in.member(s))
		}
	}
	g.expire(t)
}

// expire closes the incidents that have no active member at time t and that
// none can join any more.
func (g *Grouper) expire(t int64) {
	over := func(in *Incident) bool { return in.active == 0 && in.until < t }
	if !slices.ContainsFunc(g.open, over) {
		return
	}
	g.open = slices.DeleteFunc(g.open, func(in *Incident) bool {
		if over(in) && g.Closed != nil {
			g.Closed(in)
		}
		return over(in)
	})
}

// Finish closes what has no active member, at the end of the input.
func (g *Grouper) Finish() { g.expire(math.MaxInt64) }

// Open returns the incidents that have not ended, by start.
func (g *Grouper) Open() []*Incident { return slices.Clone(g.open) }

func (in *Incident) member(s *Series) *Member {
	for _, v := range slices.Backward(in.Members) {
		if v.Series == s {
			return v
		}
	}
	return nil
}

// note takes an event into the member and reports whether it is the worst yet.
func (m *Member) note(r *Record) bool {
	before := m.Peak.Severity()
	m.Points++
	m.Last = r.Time
	if math.Abs(r.Z) > math.Abs(m.Peak.Z) || r.Score > m.Peak.Score {
		m.Peak = *r
	}
	return schema.SeverityRank(m.Peak.Severity()) > schema.SeverityRank(before)
}

// Document returns the incident as the report and the stream write it.
func (in *Incident) Document() schema.Incident {
	doc := schema.Incident{
		IncidentID: in.ID, Status: schema.IncidentOpen,
		Started: millis(in.Started), Detected: millis(in.Detected),
		Metrics: []string{}, Members: []schema.IncidentMember{},
	}
	if in.active == 0 {
		doc.Status = schema.IncidentClosed
		end := millis(in.Last)
		doc.Ended = &end
	}
	worst := -1.0
	for _, m := range in.Members {
		doc.Members = append(doc.Members, m.document())
		doc.Points += m.Points
		if !slices.Contains(doc.Metrics, m.Series.Key.Metric) {
			doc.Metrics = append(doc.Metrics, m.Series.Key.Metric)
		}
		rank := float64(schema.SeverityRank(m.Peak.Severity())) + m.Peak.Score/2
		if rank > worst {
			worst = rank
			doc.Severity, doc.Classification = m.Peak.Severity(), m.class()
			doc.Confidence = schema.Num(m.Peak.Confidence())
		}
	}
	slices.Sort(doc.Metrics)
	return doc
}

func (m *Member) class() string {
	r := m.Peak
	r.Lasting = m.Lasting
	return r.Class()
}

func (m *Member) document() schema.IncidentMember {
	doc := schema.IncidentMember{
		MetricName: m.Series.Key.Metric, Labels: m.Series.Key.Labels,
		Service: m.Series.Key.Labels["service"], Region: m.Series.Key.Labels["region"],
		Started: millis(m.Started), Classification: m.class(), Severity: m.Peak.Severity(),
		Points: m.Points, PeakValue: schema.Num(m.Peak.Value),
		PeakExpected: schema.Num(m.Peak.Expected), PeakZScore: schema.Num(m.Peak.Z),
	}
	if !m.Open {
		end := millis(m.Last)
		doc.Ended = &end
	}
	return doc
}

// Document returns the record as a document's event; in is its incident or nil.
func (r *Record) Document(in *Incident) schema.Event {
	e := schema.Event{
		Timestamp: millis(r.Time), MetricName: r.Series.Key.Metric,
		Service: r.Series.Key.Labels["service"], Region: r.Series.Key.Labels["region"],
		Labels:      r.Series.Key.Labels,
		ActualValue: schema.Num(r.Value), ExpectedValue: schema.Num(r.Expected),
		Score: schema.Num(r.Score), Classification: r.Class(), Severity: r.Severity(),
	}
	if in != nil {
		e.IncidentID = in.ID
	}
	switch {
	case r.Silent > 0:
		e.Reason = "silence: no sample for " + time.Duration(r.Silent*int64(time.Millisecond)).String()
		return e
	case r.FellToZero:
		e.Reason = "fall to zero"
	case r.FromLevel:
		e.Reason = "the level of the last 12 hours against the same hours of the reference day"
	}
	e.Deviation = schema.Num(r.Value - r.Expected)
	e.ZScore = schema.Num(r.Z)
	e.Confidence = schema.Num(r.Confidence())
	return e
}

func millis(ms int64) schema.Time { return schema.At(time.UnixMilli(ms)) }

var nan = math.NaN()
