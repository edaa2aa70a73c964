package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
)

// detection runs series through their detectors and keeps what they say.
type detection struct {
	settings *detect.Settings
	// minChange is the dead-band of each metric, in its unit.
	minChange map[string]float64
	// zeroIsGood are the metrics whose fall to zero is no anomaly.
	zeroIsGood map[string]bool
	// since and until bound what is told, in Unix milliseconds; points before
	// since are history. Until is not included; 0 is no bound.
	since, until int64
	// seed gives the points before the first of a series; nil for none.
	seed func(s *detect.Series, first int64)
	// levels watches the level of each series against a reference day; nil
	// for not.
	levels *levelWatch
	// onward leaves out samples that are not newer than the last of their
	// series: late ones and repeated ones. late counts them.
	onward bool
	late   int
	// horizon is the time after which samples are not believed; nil for none.
	horizon func() int64
	// event and point are called with each event and with each point, as they
	// come; nil for none. The record is used again afterwards.
	event func(*detect.Record)
	// live takes the place of event where points come in the order of time;
	// nil when event is good for both.
	live  func(*detect.Record)
	point func(*detect.Record)

	// block is held while a block of samples is worked on.
	block sync.Mutex

	series []*tracked
	byName map[string]*tracked

	// gone are the series that were let go of.
	gone struct {
		series, points, unscored int
		step                     int64 // the shortest; 0 for none
		end                      int64 // the last point
		early                    []detect.Silence
	}

	record   detect.Record
	cover    detect.Coverage
	silences []detect.Silence
	outside  int // points left out by until
	warnings []string
}

// tracked is a series with what the detection knows of it.
type tracked struct {
	*detect.Series
	// seeded says that the series has learnt what the baseline knows of it.
	seeded bool
	// told says that a record of the series was kept.
	told bool
	// from is the first point of the run that goes on, last the last point.
	from, last int64
	level      *level
	// gone says that the series was let go of.
	gone bool
	// opened is when the last incident opened, up whether it was a rise.
	opened int64
	up     bool
	// silent is the last point before the silence that was told last.
	silent int64
}

func newDetection(s *detect.Settings) *detection {
	return &detection{settings: s, byName: map[string]*tracked{}}
}

// track returns the series of that name, a new one if it was not met before.
func (d *detection) track(metric string, labels map[string]string) *tracked {
	key := detect.Key{Metric: metric, Labels: labels}
	name := key.String()
	if t, ok := d.byName[name]; ok {
		return t
	}
	t := &tracked{Series: detect.NewSeries(key, d.settings)}
	t.Number = len(d.series)
	t.MinChange = d.minChange[metric]
	t.ZeroIsGood = d.zeroIsGood[metric]
	d.series = append(d.series, t)
	d.byName[name] = t
	return t
}

// push runs one point through its series.
func (d *detection) push(t *tracked, millis int64, v float64) {
	if !t.seeded {
		t.seeded = true // the baseline is older than every point that follows
		if d.seed != nil {
			d.seed(t.Series, millis)
		}
	}
	if millis < d.since {
		t.Seed(millis, v)
		return
	}
	if d.until != 0 && millis >= d.until {
		d.outside++
		return
	}
	if d.onward && (t.last != 0 && millis <= t.last || d.horizon != nil && millis > d.horizon()) {
		d.late++
		return
	}
	if t.Points == 0 {
		t.from = millis
	} else if v != v { //nolint:gocritic // NaN: no point, the silence goes on
	} else if g, silent := t.SilentBy(millis); silent {
		d.silences = append(d.silences, g)
		d.cover.Add(detect.Run{From: t.from, To: t.last})
		t.from = millis
	}
	r := &d.record
	*r = t.Push(millis, v)
	if r.Opened {
		t.opened, t.up = millis, r.Z > 0
	}
	if v == v { //nolint:gocritic // not NaN, without a call
		t.last = millis
	}
	if d.point != nil {
		d.point(r)
	}
	if r.Kept() && d.event != nil {
		t.told = true
		d.event(r)
	}
	if d.levels != nil {
		if r, ok := d.levels.push(t, millis, v); ok && d.event != nil {
			d.event(&r)
		}
	}
}

// finish ends the input: what is silent at the end is noticed, and the
// silences that were not the whole source's become events.
func (d *detection) finish() {
	end := d.gone.end
	for _, t := range d.series {
		if t != nil && !t.gone {
			end = max(end, t.last)
			d.cover.Add(detect.Run{From: t.from, To: t.last})
		}
	}
	for _, t := range d.series {
		if t == nil || t.gone {
			continue
		}
		if g, silent := t.SilentBy(end); silent {
			d.silences = append(d.silences, g)
		}
	}
	for _, g := range d.gone.early {
		if end-g.Last > g.Until-g.Last { // Until is the last moment that is no silence
			g.Until = end
			d.silences = append(d.silences, g)
		}
	}
	slices.SortFunc(d.silences, func(a, b detect.Silence) int {
		return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.Series.Name, b.Series.Name))
	})
	for _, g := range d.silences {
		if d.seriesCount() > 1 && !d.cover.Touches(g.Last+g.Step, g.Until-g.Step) {
			continue // the source as a whole was silent: a gap, not an anomaly
		}
		if r := g.Record(); d.event != nil {
			d.event(&r)
		}
	}
}

// mostEarly bounds the series remembered for having ended.
const mostEarly = 1000

// release lets go of a series that has no more points to come, so that memory
// follows the series that are open and the records kept, not all series.
func (d *detection) release(t *tracked) {
	g := &d.gone
	g.series++
	g.points += t.Points
	g.unscored += t.Unscored
	if step := t.Step(); step > 0 {
		if g.step == 0 || step < g.step {
			g.step = step
		}
		if s, ok := t.EndsAt(); ok && len(g.early) < mostEarly {
			g.early = append(g.early, s)
			t.told = true // it may have a silence to tell
		}
	}
	g.end = max(g.end, t.last)
	d.cover.Add(detect.Run{From: t.from, To: t.last})
	delete(d.byName, t.Name)
	t.gone = true
	t.Release()
	if !t.told {
		d.series[t.Number] = nil
	}
}

// seriesCount returns how many series were met.
func (d *detection) seriesCount() int {
	n := d.gone.series
	for _, t := range d.series {
		if t != nil && !t.gone {
			n++
		}
	}
	return n
}

// points returns how many points were pushed and how many of them were not
// scored.
func (d *detection) points() (all, unscored int) {
	all, unscored = d.gone.points, d.gone.unscored
	for _, t := range d.series {
		if t != nil && !t.gone {
			all += t.Points
			unscored += t.Unscored
		}
	}
	return all, unscored
}

// window returns the time from the first to the last point; nil without any.
func (d *detection) window() *schema.Window {
	runs := d.cover.Runs()
	if len(runs) == 0 {
		return nil
	}
	return &schema.Window{Start: at(runs[0].From), End: at(runs[len(runs)-1].To)}
}

// quality says how much of the window was seen, in steps of the series that
// speaks most often.
func (d *detection) quality() *schema.DataQuality {
	q := &schema.DataQuality{Gaps: []schema.Gap{}, Warnings: []string{}}
	step := d.gone.step
	for _, t := range d.series {
		if t == nil || t.gone {
			continue
		}
		if s := t.Step(); s > 0 && (step == 0 || s < step) {
			step = s
		}
	}
	runs := d.cover.Runs()
	if step == 0 || len(runs) == 0 {
		q.Warnings = append(q.Warnings, "no series has a steady step, so coverage is not known")
		return q
	}
	for i, r := range runs {
		q.ActualSamples += int((r.To-r.From)/step) + 1
		if i > 0 && r.From-runs[i-1].To > step+step/2 {
			q.Gaps = append(q.Gaps, schema.Gap{Start: at(runs[i-1].To), End: at(r.From)})
		}
	}
	q.ExpectedSamples = int((runs[len(runs)-1].To-runs[0].From)/step) + 1
	q.ActualSamples = min(q.ActualSamples, q.ExpectedSamples)
	q.CoveragePercent = schema.Num(100 * float64(q.ActualSamples) / float64(q.ExpectedSamples))
	for _, gap := range q.Gaps {
		q.Warnings = append(q.Warnings, "no data from "+gap.Start.Format(time.RFC3339)+" to "+
			gap.End.Format(time.RFC3339)+": nothing is known of that time")
	}
	return q
}

func at(ms int64) schema.Time { return schema.At(time.UnixMilli(ms)) }
