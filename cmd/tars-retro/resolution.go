package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// resolution says how a trouble stands: resolved only when a later day shows
// it gone.
func (w *week) resolution(t *trouble, days []int) (status, details string) {
	last := w.lastDay()
	lastBad := -1
	if len(days) > 0 {
		lastBad = days[len(days)-1]
	}
	switch {
	case t.settled != "":
		return t.settled, t.settledWhy
	case t.passing && t.ended != nil && t.ended.Equal(t.began.Time):
		if day := w.goodDay(t, lastBad); day > 0 {
			return schema.Resolved, fmt.Sprintf("day %d does not show it", day)
		}
		return schema.ResolutionUnknown, "no later day was given that could show it again"
	case t.passing && t.ended != nil:
		if day := w.goodDay(t, lastBad); day > 0 {
			return schema.Resolved, fmt.Sprintf("over since %s; day %d does not show it", report.Time(*t.ended), day)
		}
		return schema.Recovered, "over since " + report.Time(*t.ended) + "; no later day was given that could show it again"
	case t.standing != nil && *t.standing:
		return schema.Standing, "the last data still show it"
	case t.standing != nil: // it stayed for a while and does not stand
		if day := w.goodDay(t, lastBad); day > 0 {
			return schema.Resolved, fmt.Sprintf("the last data do not show it, and neither does day %d", day)
		}
		return schema.Recovered, "the last data do not show it"
	case len(w.days) == 0:
		return schema.ResolutionUnknown, "no day was given that tells"
	case lastBad >= last && last > 0:
		return schema.Standing, fmt.Sprintf("day %d, the last one given, still shows it", last)
	}
	return w.byLastDay(t, lastBad)
}

// byLastDay asks the last day given, for a change whose end nobody saw.
func (w *week) byLastDay(t *trouble, lastBad int) (status, details string) {
	last := w.lastDay()
	share, value, known := w.left(t, last)
	switch {
	case !known:
		return schema.ResolutionUnknown, fmt.Sprintf("day %d, the last one given, has no data to tell", last)
	case share >= 0.5:
		return schema.Standing, fmt.Sprintf("on day %d, the last one given, it is still %s", last, value)
	case lastBad >= 0:
		return schema.Resolved, fmt.Sprintf("day %d does not show it: %s", last, value)
	}
	return schema.ResolutionUnknown, fmt.Sprintf("on day %d, the last one given, it is %s; no day was given that tells when it was worse", last, value)
}

// left returns how much of a change for the worse a day still shows, as a share
// of the worst that was seen, and the value for people.
func (w *week) left(t *trouble, day int) (share float64, value string, known bool) {
	for _, m := range t.metrics {
		c := w.comparison(day, m.MetricName, m.Service, m.Region)
		if c == nil || c.CurrentValue == nil || m.BaselineValue == nil || m.WorstValue == nil {
			continue
		}
		worst := *m.WorstValue - *m.BaselineValue
		if worst == 0 {
			continue
		}
		now := *c.CurrentValue - *m.BaselineValue
		if c.BaselineValue != nil {
			now = *c.CurrentValue - *c.BaselineValue
		}
		return now / worst, report.Number(c.CurrentValue, m.Unit), true
	}
	return 0, "", false
}

// goodDay returns the first day after the given one that knows the KPIs of a
// trouble and does not show it; 0 without one.
func (w *week) goodDay(t *trouble, after int) int {
	for _, d := range w.days {
		if d.DayNumber <= after || t.days[d.DayNumber] {
			continue
		}
		for _, m := range t.metrics {
			if c := w.comparison(d.DayNumber, m.MetricName, m.Service, m.Region); c != nil && c.CurrentValue != nil &&
				(c.Direction != schema.Regression || !c.Drifted) {
				return d.DayNumber
			}
		}
	}
	return 0
}

// precedingWindow is how long before a trouble an event may lie to be named.
const precedingWindow = 6 * time.Hour

// preceding names the events shortly before a trouble, nearest first, where the
// analyzer did not.
func (w *week) preceding(t *trouble) []schema.SystemEvent {
	var near []schema.SystemEvent
	for _, e := range slices.Backward(w.events) {
		before := t.began.Sub(e.Timestamp.Time)
		if t.began.IsZero() || before < 0 || before > precedingWindow || e.Service != "" && t.service != "" && e.Service != t.service {
			continue
		}
		near = append(near, e)
	}
	return near[:min(len(near), 3)]
}

// checks are questions about the cause and the commands that answer them; a
// cause is never stated.
func (w *week) checks(t *trouble) []schema.Check {
	if len(t.metrics) == 0 {
		return nil
	}
	m := t.metrics[0]
	var checks []schema.Check
	if query := w.kpiOf(m.MetricName, m.Service, m.Region).Query; query != "" {
		checks = append(checks, schema.Check{Question: "What does it look like around the time?", Command: w.rangeQuery(query, w.around(t))})
	}
	if t.family == "latency" || t.family == "cpu" || t.family == "errors" {
		if query := w.kpiOf("requests", m.Service, m.Region).Query; query != "" {
			checks = append(checks, schema.Check{Question: "Did the load change at the same time?", Command: w.rangeQuery(query, w.around(t))})
		}
	}
	return checks
}

// around is the stretch of time to look at: two hours on both sides of
// something that passed, else the whole watch.
func (w *week) around(t *trouble) schema.Window {
	const margin = 2 * time.Hour
	if t.passing && !t.began.IsZero() && t.ended != nil {
		return schema.Window{Start: schema.At(t.began.Add(-margin)), End: schema.At(t.ended.Add(margin))}
	}
	ga, end := w.span()
	return schema.Window{Start: ga, End: end}
}

// badDirection reports whether a change of a KPI is for the worse.
func badDirection(k kpi.KPI, change float64) bool {
	return k.Direction == kpi.LowerIsBetter && change > 0 || k.Direction == kpi.HigherIsBetter && change < 0
}

// moved is the size of a change in percent of what was expected; infinite when
// that is zero.
func moved(from, to float64) float64 {
	if from == 0 {
		return math.Inf(1)
	}
	return 100 * math.Abs(to-from) / math.Abs(from)
}
