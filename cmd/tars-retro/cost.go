package main

import (
	"fmt"
	"slices"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

const keyCost = "cost_per_hour"

// cost adds up what was measured. Hours that nobody measured cost nothing here
// and are not made up for: the measured hours are said.
func (w *week) cost() *schema.CostAnalysis {
	c := &schema.CostAnalysis{CostTrend: "unknown", CostOptimizationRecommendations: []string{}}
	t := &tally{parts: map[string]float64{}, allParts: true}
	if w.ga != nil {
		if rate, hours, ok := costOf(0, w.ga.Head(), w.ga.KPIs); ok {
			c.GADayCost, c.GADayHoursMeasured = schema.Num(hours*rate), &hours
			t.gaRate = &rate
			t.currency(w.ga.KPIs, w.ga.Cost)
		}
	}
	for _, d := range w.days {
		c.ByDay = append(c.ByDay, t.add(d))
	}
	c.Currency, c.PriceSheet = t.unit, t.sheet
	switch {
	case t.mixed:
		*c = schema.CostAnalysis{
			CostTrend: "unknown", CostOptimizationRecommendations: []string{},
			Reason: "the inputs name different currencies: " + t.unit + " and others",
		}
		return c
	case t.hours > 0:
		c.HoursMeasured = t.hours
		c.CoveragePercent = schema.Num(100 * t.hours / (watchDays * 24))
		c.SevenDayTotalCost = schema.Num(t.total)
		c.DailyAverageCost = schema.Num(t.total / t.hours * 24)
		if t.requests > 0 {
			c.PerThousandRequests = schema.Num(t.requestsCost / t.requests * 1000)
		}
		if t.gaRate != nil && *t.gaRate != 0 {
			c.ChangePercent = schema.Num(100 * (t.total/t.hours - *t.gaRate) / *t.gaRate)
		}
		c.CostTrend = trendOf(t.xs, t.ys, t.ys[0])
	}
	if len(t.parts) > 0 && t.allParts {
		c.CostBreakdown = t.parts
	}
	if c.GADayCost == nil && c.SevenDayTotalCost == nil {
		c.Reason = w.whyNoCost()
		return c
	}
	for _, h := range w.headroom() {
		c.CostOptimizationRecommendations = append(c.CostOptimizationRecommendations, h.text)
	}
	return c
}

// tally adds up the days after GA.
type tally struct {
	total, hours float64
	// requests are those of the days that know them, requestsCost those days'.
	requests, requestsCost float64
	gaRate                 *float64
	xs, ys                 []float64
	parts                  map[string]float64
	allParts               bool
	unit, sheet            string
	mixed                  bool
}

func (t *tally) add(d *schema.DailySummary) schema.CostDay {
	day := schema.CostDay{DayNumber: d.DayNumber}
	rate, hours, ok := costOf(d.DayNumber, d.Head(), d.KPIs)
	if !ok {
		return day
	}
	t.currency(d.KPIs, d.Cost)
	day.PerHour, day.Hours, day.Total = &rate, hours, schema.Num(rate*hours)
	t.total += rate * hours
	t.hours += hours
	t.xs, t.ys = append(t.xs, float64(d.DayNumber)), append(t.ys, rate)
	if n, ok := d.KPIs.Of("requests"); ok {
		t.requests += n
		t.requestsCost += rate * hours
	}
	if d.Cost == nil || len(d.Cost.Parts) == 0 {
		t.allParts = false
		return day
	}
	for _, p := range d.Cost.Parts {
		t.parts[p.Name] += p.PerHour * hours
	}
	return day
}

// costOf returns the cost per hour and the hours that it was measured for.
func costOf(number int, head *schema.Header, kpis schema.KPIs) (rate, hours float64, ok bool) {
	rate, ok = kpis.Of(keyCost)
	hours = slo.DayOf(number, head, kpis).Seen
	if s := kpis[keyCost].Stats; s != nil && s.Count > 0 {
		hours = slo.DayOf(number, head, kpis).Hours * float64(s.Count) / float64(s.Count+s.Missing)
	}
	return rate, hours, ok && hours > 0
}

// currency takes over the unit and the prices; two currencies cannot be added.
func (t *tally) currency(kpis schema.KPIs, c *schema.Cost) {
	unit := kpis[keyCost].Unit
	t.mixed = t.mixed || t.unit != "" && unit != "" && unit != t.unit
	t.unit = orText(t.unit, unit)
	if c != nil && c.PriceSheet != "" {
		t.sheet = c.PriceSheet
	}
}

func (w *week) whyNoCost() string {
	for _, d := range w.days {
		if reason := d.KPIs[keyCost].Reason; reason != "" {
			return reason
		}
	}
	if w.ga != nil && w.ga.KPIs[keyCost].Reason != "" {
		return w.ga.KPIs[keyCost].Reason
	}
	return "no input says what it cost"
}

// spare is a resource that was measured to be little used.
type spare struct{ key, text string }

// headroom offers to check what was measured to be little used.
func (w *week) headroom() []spare {
	const little = 40 // percent, at the busiest sample of all days
	var out []spare
	for _, use := range []struct{ key, what string }{{"cluster_cpu_utilization", "CPU"}, {"cluster_memory_utilization", "memory"}} {
		var peaks []float64
		for _, d := range w.days {
			if k := d.KPIs[use.key]; k.Stats != nil && k.Stats.Max != nil {
				peaks = append(peaks, *k.Stats.Max)
			}
		}
		if len(peaks) > 0 && slices.Max(peaks) < little {
			out = append(out, spare{use.key, fmt.Sprintf("The cluster's %s was never used above %s in %s: would fewer or smaller nodes do?",
				use.what, report.Number(schema.Num(slices.Max(peaks)), "%"), count(len(peaks), "day"))})
		}
	}
	return out
}
