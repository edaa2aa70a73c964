package slo

import (
	"math"
	"sort"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// Pair is two windows and the burn rate that fires when both reach it: the long
// one says that it matters, the short one that it still goes on.
type Pair struct {
	PeriodDays  int
	Long, Short time.Duration
	// Threshold is a multiple of the rate at which the budget lasts its period.
	Threshold float64
	// Severity is "page" or "ticket".
	Severity string
}

// Pairs are the multi-window, multi-burn-rate pairs of both periods, as The Site
// Reliability Workbook, chapter 5, recommends them for 30 days (2, 5, 10 and 10
// percent of the budget in 1 h, 6 h, 1 d and 3 d), and for 7 days those of 8,
// 12.5, 20 and 42 percent in the same windows.
var Pairs = []Pair{
	{7, time.Hour, 5 * time.Minute, 13.44, "page"},
	{7, 6 * time.Hour, 30 * time.Minute, 3.5, "page"},
	{7, 24 * time.Hour, 2 * time.Hour, 1.4, "ticket"},
	{7, 72 * time.Hour, 6 * time.Hour, 0.98, "ticket"},
	{30, time.Hour, 5 * time.Minute, 14.4, "page"},
	{30, 6 * time.Hour, 30 * time.Minute, 6, "page"},
	{30, 24 * time.Hour, 2 * time.Hour, 3, "ticket"},
	{30, 72 * time.Hour, 6 * time.Hour, 1, "ticket"},
}

// leastSeen is the part of a window that must have been seen: unseen time is
// neither good nor bad, and a rate of five minutes is none of three days.
const leastSeen = 0.5

// burnAlerts evaluates the pairs at every step of the days' series; nil without
// series.
func burnAlerts(k kpi.KPI, days []Day) []schema.SLOBurnAlert {
	line := timeline(k, days)
	if len(line.ends) == 0 {
		return nil
	}
	alerts := make([]schema.SLOBurnAlert, len(Pairs))
	for i, p := range Pairs {
		alerts[i] = line.alert(p, 100-Target(k))
	}
	return alerts
}

// burnt is what was good and bad step by step, as sums from the beginning.
type burnt struct {
	// ends are when the steps end, in order; steps that were not seen are left
	// out.
	ends []time.Time
	// weight, bad and seen have one more entry than ends: entry i sums the steps
	// before i. weight is seconds or requests, bad percent times weight, seen
	// seconds.
	weight, bad, seen []float64
}

// timeline lays the days' series out. A share of requests is weighted by them
// where every day has them at the same steps.
func timeline(k kpi.KPI, days []Day) burnt {
	byRequests := countsRequests(k)
	for _, d := range days {
		if s := d.KPIs[k.Key].Series; s != nil {
			byRequests = byRequests && parallel(s, d.KPIs[keyRequests].Series)
		}
	}
	line := burnt{weight: []float64{0}, bad: []float64{0}, seen: []float64{0}}
	for _, d := range days {
		s := d.KPIs[k.Key].Series
		if s == nil {
			continue
		}
		for i, v := range s.Values {
			weight := s.StepSeconds
			if byRequests {
				weight = d.KPIs[keyRequests].Series.Values[i]
			}
			if byRequests && weight == 0 {
				v = 0 // nobody asked, so nothing failed
			}
			if !math.IsNaN(v) && !math.IsNaN(weight) {
				line.add(s.TimeAt(i), s.StepSeconds, weight, badShare(k, v))
			}
		}
	}
	return line
}

// parallel reports whether two series have the same steps.
func parallel(a, b *schema.Series) bool {
	return b != nil && a.Start.Equal(b.Start.Time) && a.StepSeconds == b.StepSeconds && len(a.Values) == len(b.Values)
}

// badShare returns the percentage of a step that was bad.
func badShare(k kpi.KPI, v float64) float64 {
	switch {
	case k.SLO.SlicesPercent > 0 && k.Meets(v):
		return 0
	case k.SLO.SlicesPercent > 0:
		return 100
	case k.Direction == kpi.HigherIsBetter:
		v = 100 - v
	}
	return max(v, 0)
}

// add appends a step; one that a day before it already told is left out.
func (b *burnt) add(end time.Time, seconds, weight, bad float64) {
	n := len(b.ends)
	if n > 0 && !end.After(b.ends[n-1]) {
		return
	}
	b.ends = append(b.ends, end)
	b.weight = append(b.weight, b.weight[n]+weight)
	b.bad = append(b.bad, b.bad[n]+bad*weight)
	b.seen = append(b.seen, b.seen[n]+seconds)
}

// rate returns the burn rate over the window that ends with step i; NaN when
// too little of it was seen.
func (b *burnt) rate(i int, window time.Duration, budget float64) float64 {
	from := b.ends[i].Add(-window)
	first := sort.Search(i+1, func(j int) bool { return b.ends[j].After(from) })
	if b.seen[i+1]-b.seen[first] < leastSeen*window.Seconds() {
		return math.NaN()
	}
	weight := b.weight[i+1] - b.weight[first]
	if weight == 0 {
		return 0
	}
	// The sums lose a little where much has gone before.
	return max(b.bad[i+1]-b.bad[first], 0) / weight / budget
}

// alert evaluates a pair at every step.
func (b *burnt) alert(p Pair, budget float64) schema.SLOBurnAlert {
	out := schema.SLOBurnAlert{
		PeriodDays: p.PeriodDays, LongSeconds: p.Long.Seconds(), ShortSeconds: p.Short.Seconds(),
		Threshold: p.Threshold, Severity: p.Severity, Firings: []schema.SLOFiring{},
	}
	peak := math.NaN()
	firing := false
	for i, end := range b.ends {
		long, short := b.rate(i, p.Long, budget), b.rate(i, p.Short, budget)
		if !math.IsNaN(long) && !(peak >= long) {
			peak = long
		}
		over := long >= p.Threshold*(1-1e-9) && short >= p.Threshold*(1-1e-9)
		switch {
		case over && !firing:
			out.Firings = append(out.Firings, schema.SLOFiring{Started: schema.At(end)})
		case firing && !over:
			ended := schema.At(end)
			out.Firings[len(out.Firings)-1].Ended = &ended
		}
		firing = over
		out.LongBurnRate, out.ShortBurnRate = schema.Num(long), schema.Num(short)
	}
	out.PeakBurnRate = schema.Num(peak)
	return out
}
