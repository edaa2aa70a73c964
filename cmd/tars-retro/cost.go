package main

import (
	"fmt"
	"slices"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// cost adds up what was measured. Hours that nobody measured cost nothing here
// and are not made up for: the measured hours are said.
func (w *week) cost() *schema.CostAnalysis {
	c := &schema.CostAnalysis{CostTrend: "unknown", CostOptimizationRecommendations: []string{}}
	if w.ga != nil {
		if rate, ok := w.ga.KPIs.Of("cost_per_hour"); ok {
			c.GADayCost = schema.Num(24 * rate)
			c.Currency = w.ga.KPIs["cost_per_hour"].Unit
		}
		if w.ga.Cost != nil {
			c.PriceSheet = w.ga.Cost.PriceSheet
		}
	}
	var total, requests float64
	allRequests := true
	var xs, ys []float64
	parts := map[string]float64{}
	for _, d := range w.days {
		rate, ok := d.KPIs.Of("cost_per_hour")
		day := schema.CostDay{DayNumber: d.DayNumber}
		if ok {
			hours := 24.0
			if d.Window != nil {
				hours = d.Window.Hours()
			}
			day.PerHour = &rate
			total += rate * hours
			c.HoursMeasured += hours
			c.Currency = d.KPIs["cost_per_hour"].Unit
			xs, ys = append(xs, float64(d.DayNumber)), append(ys, rate)
			if n, ok := d.KPIs.Of("requests"); ok {
				requests += n
			} else {
				allRequests = false
			}
			if d.Cost != nil {
				c.PriceSheet = d.Cost.PriceSheet
				for _, p := range d.Cost.Parts {
					parts[p.Name] += p.PerHour * hours
				}
			}
		}
		c.ByDay = append(c.ByDay, day)
	}
	if c.HoursMeasured > 0 {
		c.SevenDayTotalCost = &total
		c.DailyAverageCost = schema.Num(total / c.HoursMeasured * 24)
		if allRequests && requests > 0 {
			c.PerThousandRequests = schema.Num(total / requests * 1000)
		}
		c.CostTrend = direction(xs, ys, ys[0])
	}
	if len(parts) > 0 {
		c.CostBreakdown = parts
	}
	if c.GADayCost == nil && c.SevenDayTotalCost == nil {
		c.Reason = w.whyNoCost()
		return c
	}
	c.CostOptimizationRecommendations = append(c.CostOptimizationRecommendations, w.headroom()...)
	return c
}

func (w *week) whyNoCost() string {
	if w.ga != nil && w.ga.KPIs["cost_per_hour"].Reason != "" {
		return w.ga.KPIs["cost_per_hour"].Reason
	}
	return "no input says what it cost"
}

// headroom offers to check what was measured to be little used.
func (w *week) headroom() []string {
	const little = 40 // percent, at the busiest five minutes of all days
	var out []string
	for _, use := range []struct{ key, what string }{{"cluster_cpu_utilization", "CPU"}, {"cluster_memory_utilization", "memory"}} {
		var peaks []float64
		for _, d := range w.days {
			if k := d.KPIs[use.key]; k.Stats != nil && k.Stats.Max != nil {
				peaks = append(peaks, *k.Stats.Max)
			}
		}
		if len(peaks) > 0 && slices.Max(peaks) < little {
			out = append(out, fmt.Sprintf("The cluster's %s never exceeded %s: would fewer or smaller nodes do?",
				use.what, report.Number(schema.Num(slices.Max(peaks)), "%")))
		}
	}
	return out
}
