package detect

import (
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

// How points become an incident, and an incident ends. All counts are points.
const (
	// openOf: an incident opens with openNeeds anomalous points on the same
	// side among the last openOf. One point alone is chance too often: a
	// series that remembers (autocorrelation 0.9) puts 1% of its points over
	// a threshold of 3.
	// And on average they are openMargin over it.
	openNeeds, openOf = 3, 5
	openMargin        = 0.5
	// atOnce times the threshold opens an incident with a single point.
	atOnce = 2.0
	// closeAfter quiet points end an incident.
	closeAfter = 12
	// driftAfter anomalous points make an incident a lasting shift.
	driftAfter = 12
	// adoptAfter points of an open incident make its level the new norm: a
	// window's worth at the default, so that a change of regime is told once.
	adoptAfter = 48
)

// Series is the detector of one series.
type Series struct {
	Key Key
	// Name is Key.String().
	Name string
	// Number is the caller's.
	Number int
	// MinChange is the least distance from what was expected that matters, in
	// the series' unit; 0 for any.
	MinChange float64
	// ZeroIsGood says that a fall to zero is no anomaly by itself.
	ZeroIsGood bool
	// Points counts the points pushed, Unscored those not judged.
	Points, Unscored int

	settings *Settings
	method   method
	ups      uint8             // the last points, newest in bit 0: 1 = anomalous, above
	downs    uint8             // the same, below
	last     [openOf]lastPoint // by number of the point; of anomalous ones only
	open     bool
	started  int64 // first anomalous point of the open incident
	age      int   // points since the incident opened
	hits     int   // anomalous points of the incident
	quiet    int   // points since the last anomalous one
	clock    pace
}

// NewSeries returns the detector of a new series.
func NewSeries(key Key, s *Settings) *Series {
	return &Series{Key: key, Name: key.String(), settings: s, method: newMethod(s)}
}

// lastPoint is an anomalous point among the last ones.
type lastPoint struct {
	time int64
	z    float64 // without its sign
}

// Record is what a Series says of one point. Only records with Event, Opened
// or Closed need to be kept.
type Record struct {
	Series *Series
	// Time is the point's, in Unix milliseconds.
	Time int64
	// Value is the point; NaN for silence.
	Value float64
	Judgement
	// Event is true when the score is EventScore or more.
	Event bool
	// Opened and Closed are true on the point that opened the incident or
	// that ended it. A record may be both.
	Opened, Closed bool
	// Since is the first anomalous point of the incident that opened, in Unix
	// milliseconds; Before the number of anomalous points before this one.
	Since  int64
	Before int
	// Lasting is true when the incident has become a lasting shift.
	Lasting bool
	// FromLevel marks a level that left its reference day.
	FromLevel bool
	// Silent is how long the series had been silent, in milliseconds.
	Silent int64
}

// Kept reports whether the record says anything.
func (r *Record) Kept() bool { return r.Event || r.Opened || r.Closed }

// Release lets go of what the series has learnt, when no point is to come. Its
// records stay good.
func (s *Series) Release() { s.method = nil }

// Seed lets the series learn a point without judging it.
func (s *Series) Seed(t int64, v float64) {
	if !finite(v) {
		return
	}
	s.method.learn(t, v, false, false)
}

// Push judges a point and learns from it. t is Unix milliseconds. A value that
// is not finite is no point: it is not scored, and counts as silence.
func (s *Series) Push(t int64, v float64) Record {
	s.Points++
	r := Record{Series: s, Time: t, Value: v}
	if !finite(v) {
		s.Unscored++
		return r
	}
	s.clock.tick(t)
	r.Judgement = s.method.judge(t, v)
	if r.FellToZero && !s.ZeroIsGood {
		r.Score = max(r.Score, fallScore)
	} else {
		r.FellToZero = false
	}
	if !r.Scored {
		s.Unscored++
	} else if s.MinChange > 0 && r.Score >= EventScore && s.small(v, &r.Judgement) {
		r.Score = math.Nextafter(EventScore, 0)
	}
	r.Event = r.Scored && r.Score >= EventScore
	s.follow(&r)
	s.method.learn(t, v, r.Event, s.open)
	return r
}

// small reports whether a point is too near what was expected to matter.
func (s *Series) small(v float64, j *Judgement) bool {
	return math.Abs(v-j.Expected) < s.MinChange
}

// follow moves the incident of the series on by one judged point.
func (s *Series) follow(r *Record) {
	s.ups <<= 1
	s.downs <<= 1
	if r.Event {
		s.last[s.Points%openOf] = lastPoint{r.Time, math.Abs(r.Z)}
		if r.Z >= 0 {
			s.ups |= 1
		} else {
			s.downs |= 1
		}
	}
	if !s.open {
		if r.Event {
			s.tryOpen(r)
		}
		return
	}
	s.age++
	if r.Event {
		s.hits++
		s.quiet = 0
	} else {
		s.quiet++
	}
	r.Lasting = s.hits >= driftAfter
	switch {
	case s.quiet >= closeAfter:
		s.end(r, false)
	case s.age >= adoptAfter && s.quiet < openOf:
		r.Lasting = true
		s.end(r, true)
	case s.age >= adoptAfter+closeAfter:
		s.end(r, true)
	}
}

// tryOpen opens an incident when the point is enough of a reason.
func (s *Series) tryOpen(r *Record) {
	const mask = 1<<openOf - 1
	side := s.ups
	if r.Z < 0 {
		side = s.downs
	}
	side &= mask
	count, far, oldest := 0, 0.0, int64(0)
	for i := range openOf {
		if side>>i&1 == 1 {
			p := s.last[(s.Points+openOf-i)%openOf]
			count++
			far += p.z
			oldest = p.time
		}
	}
	enough := count >= openNeeds && far >= float64(count)*(s.settings.Threshold+openMargin)
	if !enough && !s.clear(r) {
		return
	}
	s.open, s.started, s.age, s.quiet, s.hits = true, oldest, 0, 0, count
	r.Opened, r.Since, r.Before = true, s.started, count-1
}

// clear reports whether a single point is reason enough.
func (s *Series) clear(r *Record) bool {
	return s.settings.Method == MethodAdaptive || r.FellToZero || math.Abs(r.Z) >= atOnce*s.settings.Threshold
}

// end closes the incident of the series.
func (s *Series) end(r *Record, adopt bool) {
	s.open = false
	s.ups, s.downs = 0, 0
	r.Closed = true
	s.method.release(adopt)
}

// largestValue bounds what can be computed with: its square is still a number.
const largestValue = 1e150

func finite(v float64) bool { return math.Abs(v) <= largestValue }

// Class is the classification of an event.
func (r *Record) Class() string {
	switch {
	case r.Lasting:
		return schema.ClassDrift
	case r.Silent > 0 || r.Z < 0 || r.FellToZero:
		return schema.ClassDrop
	default:
		return schema.ClassSpike
	}
}

// Severity is low from the threshold, medium from 1 above it, high from 2
// above it, in standard deviations; a fall to zero and silence are at least
// medium. For the adaptive method the score stands for the deviation.
func (r *Record) Severity() string {
	above := math.Abs(r.Z) - r.Series.settings.Threshold
	if r.Series.settings.Method == MethodAdaptive && !r.Alone() {
		above = adaptiveAbove(r.Score)
	}
	switch {
	case above >= 2:
		return schema.SeverityHigh
	case above >= 1 || r.FellToZero || r.Silent > 0:
		return schema.SeverityMedium
	default:
		return schema.SeverityLow
	}
}

// Confidence is the probability, 0 to 1, that normal noise stays nearer to
// what is expected than this; 0 where it was not scored.
func (r *Record) Confidence() float64 { return math.Erf(math.Abs(r.Z) / math.Sqrt2) }

// Level returns the record of a level that has left its reference: actual is
// the mean of the last hours, expected that of the same hours of the reference
// and z their distance in spreads of the reference.
func (s *Series) Level(t int64, actual, expected, z float64) Record {
	return Record{
		Series: s, Time: t, Value: actual,
		Judgement: Judgement{Expected: expected, Z: z, Score: Share(z, s.settings.Threshold), Scored: true},
		Event:     true, Lasting: true, FromLevel: true, Since: t,
	}
}

// Alone reports whether the record is an event that no run of points leads to:
// silence, or a level that left its reference.
func (r *Record) Alone() bool { return r.FromLevel || r.Silent > 0 }
