package main

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// records keeps what a detection said until it has ended: in blocks, so that
// growing copies nothing, and without pointers, so that the garbage collector
// need not look.
type records struct {
	d      *detection
	blocks [][]kept
	n      int
	// rare is what few records have.
	rare map[int]rarity
}

// kept is a record, packed.
type kept struct {
	time                      int64
	value, expected, z, score float64
	series                    int32
	before                    uint16
	flags                     uint16
}

// rarity is what records of openings, silences and levels have besides.
type rarity struct{ since, silent int64 }

const (
	flagEvent = 1 << iota
	flagOpened
	flagClosed
	flagLasting
	flagFromLevel
	flagFellToZero
	flagScored
)

const blockSize = 512

func (k *records) add(r *detect.Record) {
	n := len(k.blocks)
	if n == 0 || len(k.blocks[n-1]) == blockSize {
		k.blocks = append(k.blocks, make([]kept, 0, blockSize))
		n++
	}
	flags := uint16(0)
	for i, on := range [...]bool{r.Event, r.Opened, r.Closed, r.Lasting, r.FromLevel, r.FellToZero, r.Scored} {
		if on {
			flags |= 1 << i
		}
	}
	k.blocks[n-1] = append(k.blocks[n-1], kept{
		r.Time, r.Value, r.Expected, r.Z, r.Score, int32(r.Series.Number), uint16(min(r.Before, math.MaxUint16)), flags,
	})
	if r.Opened || r.Alone() {
		if k.rare == nil {
			k.rare = map[int]rarity{}
		}
		k.rare[k.n] = rarity{r.Since, r.Silent}
	}
	k.n++
}

// at returns record i.
func (k *records) at(i int) detect.Record {
	p := &k.blocks[i/blockSize][i%blockSize]
	has := func(flag uint16) bool { return p.flags&flag != 0 }
	more := k.rare[i]
	return detect.Record{
		Series: k.d.series[p.series].Series, Time: p.time, Value: p.value,
		Judgement: detect.Judgement{
			Expected: p.expected, Z: p.z, Score: p.score, Scored: has(flagScored), FellToZero: has(flagFellToZero),
		},
		Event: has(flagEvent), Opened: has(flagOpened), Closed: has(flagClosed), Lasting: has(flagLasting),
		FromLevel: has(flagFromLevel), Before: int(p.before), Since: more.since, Silent: more.silent,
	}
}

// each calls fn for every record in the order in which they are told.
func (k *records) each(fn func(*detect.Record)) {
	order := make([]int32, k.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		p, q := &k.blocks[a/blockSize][a%blockSize], &k.blocks[b/blockSize][b%blockSize]
		if p.time != q.time || p.series == q.series {
			return cmp.Or(cmp.Compare(p.time, q.time), cmp.Compare(a, b))
		}
		return cmp.Or(cmp.Compare(k.d.series[p.series].Name, k.d.series[q.series].Name), cmp.Compare(a, b))
	})
	for _, i := range order {
		r := k.at(int(i))
		fn(&r)
	}
}

// gather joins the records to incidents; event is called with each event and
// its incident, nil for none.
func gather(k *records, event func(*detect.Record, *detect.Incident)) (incidents []*detect.Incident) {
	g := detect.NewGrouper()
	g.Closed = func(in *detect.Incident) { incidents = append(incidents, in) }
	k.each(func(r *detect.Record) {
		in := g.Observe(r)
		if r.Event {
			event(r, in)
		}
	})
	g.Finish()
	incidents = append(incidents, g.Open()...)
	slices.SortStableFunc(incidents, func(a, b *detect.Incident) int { return cmp.Compare(a.Started, b.Started) })
	return incidents
}

// build puts the report together from the records of a finished detection.
func build(d *detection, k *records, release string, now time.Time) *schema.AnomalyReport {
	report := &schema.AnomalyReport{
		Header:    schema.NewHeader(schema.KindAnomalyReport, release, now),
		Settings:  settingsOf(d.settings),
		Anomalies: make([]schema.Event, 0, k.n),
		Incidents: []schema.Incident{},
	}
	incidents := gather(k, func(r *detect.Record, in *detect.Incident) {
		report.Anomalies = append(report.Anomalies, r.Document(in))
	})
	report.Window = d.window()
	report.DataQuality = d.quality()
	for _, in := range incidents {
		report.Incidents = append(report.Incidents, in.Document())
	}
	report.Summary.Series = d.seriesCount()
	report.Summary.Points, report.Summary.Unscored = d.points()
	report.Summary.Tally(report.Anomalies, report.Incidents)
	report.AnomaliesByMetric = schema.CountEvents(report.Anomalies, func(e *schema.Event) string { return e.MetricName })
	return report
}

func settingsOf(s *detect.Settings) *schema.DetectorSettings {
	if s.Method == detect.MethodAdaptive {
		return &schema.DetectorSettings{Method: s.Method, WarmUp: s.WarmUp()}
	}
	return &schema.DetectorSettings{
		Method: s.Method, WarmUp: s.WarmUp(),
		ZThreshold: schema.Num(s.Threshold), EWMAAlpha: schema.Num(s.Alpha), Window: s.Window,
	}
}
