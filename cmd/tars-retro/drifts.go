package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// From which change, in percent, a drift is told, and from which it should be
// looked into.
const (
	driftFrom       = 10
	investigateFrom = 15
)

// drifts lists the KPIs of the whole and of services that ended elsewhere than
// on GA day and are no regression: improvements, and what is neither good nor
// bad. A regression on averages alone, which nothing confirms, is among them.
func (w *week) drifts() []schema.UnexpectedDrift {
	drifts := []schema.UnexpectedDrift{}
	type scoped struct{ key, service, region string }
	seen := map[scoped]bool{}
	for _, day := range slices.Backward(w.days) { // the last day that has a value
		for _, m := range w.compared[day.DayNumber] {
			name := scoped{m.MetricName, m.Service, m.Region}
			if m.CurrentValue == nil || seen[name] || m.Region != "" {
				continue
			}
			seen[name] = true
			if m.DriftPercent == nil || math.Abs(*m.DriftPercent) < driftFrom ||
				m.Direction == schema.Regression && m.Drifted {
				continue
			}
			if neutral := w.catalogue.For(m.MetricName, schema.KPI{Direction: m.Direction}).Direction == kpi.Neutral; !neutral && !m.Drifted {
				continue // noise: the comparison does not believe it
			}
			d := schema.UnexpectedDrift{
				ID:         stableID("U", m.MetricName, m.Service, m.Region),
				MetricName: m.MetricName, Service: m.Service, Region: m.Region, Unit: m.Unit,
				BaselineValue: m.BaselineValue, FinalValue: m.CurrentValue, DriftPercent: m.DriftPercent,
				Direction: m.Direction, Trend: w.trend(m),
				InvestigationNeeded: math.Abs(*m.DriftPercent) >= investigateFrom,
			}
			d.PotentialCauses = w.questions(m)
			drifts = append(drifts, d)
		}
	}
	slices.SortStableFunc(drifts, func(a, b schema.UnexpectedDrift) int {
		return strings.Compare(a.MetricName+"\x00"+a.Service, b.MetricName+"\x00"+b.Service)
	})
	return drifts
}

// trend is the direction of a KPI over the days: that of the straight line
// through them, if it moves by 3 percent of the baseline or more.
func (w *week) trend(m schema.MetricComparison) string {
	var xs, ys []float64
	for _, d := range w.days {
		for _, c := range w.compared[d.DayNumber] {
			if c.MetricName == m.MetricName && c.Service == m.Service && c.Region == m.Region && c.CurrentValue != nil {
				xs, ys = append(xs, float64(d.DayNumber)), append(ys, *c.CurrentValue)
			}
		}
	}
	base := 0.0
	if m.BaselineValue != nil {
		base = math.Abs(*m.BaselineValue)
	}
	return direction(xs, ys, base)
}

func direction(xs, ys []float64, base float64) string {
	const days, matters = 3, 0.03
	if len(xs) < days || base == 0 {
		return "unknown"
	}
	moved := slope(xs, ys) * (xs[len(xs)-1] - xs[0]) / base
	switch {
	case moved >= matters:
		return "rising"
	case moved <= -matters:
		return "falling"
	}
	return "stable"
}

// slope is that of the least-squares line.
func slope(xs, ys []float64) float64 {
	var mx, my float64
	for i := range xs {
		mx += xs[i] / float64(len(xs))
		my += ys[i] / float64(len(ys))
	}
	var above, below float64
	for i := range xs {
		above += (xs[i] - mx) * (ys[i] - my)
		below += (xs[i] - mx) * (xs[i] - mx)
	}
	if below == 0 {
		return 0
	}
	return above / below
}

// questions are what to check about a drift, from what else was measured.
func (w *week) questions(m schema.MetricComparison) []string {
	var q []string
	for _, c := range w.compared[w.lastDay()] {
		if c.MetricName == "requests" && c.Service == m.Service && c.Region == m.Region && m.MetricName != "requests" &&
			c.DriftPercent != nil && math.Abs(*c.DriftPercent) >= driftFrom {
			q = append(q, fmt.Sprintf("Is it the load? Requests changed by %+.0f %% as well.", *c.DriftPercent))
		}
	}
	if m.MetricName == "requests" {
		return append(q, "Is it the weekday, a campaign, or clients that went elsewhere? Compare with the same weekday before GA.")
	}
	if m.Direction == schema.Improvement {
		return append(q, "Is it meant? Check that the release did this and that nothing is skipped.")
	}
	return append(q, "Did configuration, data volume or a dependency change? Look at what was deployed before the onset.")
}
