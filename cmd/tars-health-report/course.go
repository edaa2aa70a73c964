package main

import (
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/stat"
)

// hours is how many values a course has at most.
const hours = 24

// course tells how the day went: each KPI of the score and each that degraded
// over the whole release, hour by hour. One without a series has no course.
func course(c *kpi.Catalogue, day *schema.DailySummary, degradations []schema.HealthDegradation) []schema.HealthCourse {
	var out []schema.HealthCourse
	for _, k := range c.KPIs {
		scored := k.Component != "" && k.Weight > 0
		degraded := slices.ContainsFunc(degradations, func(d schema.HealthDegradation) bool {
			return d.MetricName == k.Key && d.Service == "" && d.Region == ""
		})
		measured := day.KPIs[k.Key]
		if !scored && !degraded || measured.Series == nil {
			continue
		}
		seen := stat.Finite(measured.Series.Values)
		const year = 366 * 86400.0
		step := measured.Series.StepSeconds
		if len(seen) == 0 || step < 1 || step*float64(len(measured.Series.Values)) > year {
			continue // nothing seen, or no day by any measure
		}
		out = append(out, schema.HealthCourse{
			MetricName: k.Key, Unit: measured.Unit, Hourly: hourly(measured.Series),
			Lowest: schema.Num(slices.Min(seen)), Highest: schema.Num(slices.Max(seen)),
		})
	}
	return out
}

// hourly condenses a series to the median of each hour, or of longer stretches
// where it has more than 24 hours. Longer steps than that stay as they are.
func hourly(s *schema.Series) schema.Series {
	length := time.Duration(len(s.Values)) * s.Step()
	stretch := max(time.Hour, s.Step(), (length+hours-1)/hours)
	n := int((length + stretch - 1) / stretch)
	slots := make([][]float64, n)
	for i, v := range s.Values {
		slot := int(time.Duration(i) * s.Step() / stretch) // of the interval's beginning
		slots[slot] = append(slots[slot], v)
	}
	out := schema.Series{Start: s.Start, StepSeconds: stretch.Seconds(), Values: make(schema.Values, n)}
	for i, values := range slots {
		out.Values[i] = math.NaN()
		if len(stat.Finite(values)) > 0 {
			out.Values[i] = stat.Median(values)
		}
	}
	return out
}
