package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

// grade makes the report of a day; the header is the caller's.
func grade(c *kpi.Catalogue, in inputs) *schema.HealthReport {
	r := &schema.HealthReport{DayNumber: in.day.DayNumber, RollbackRecommendation: in.day.RollbackRecommendation}
	r.Components = components(c, in.day)
	r.HealthScore, r.CoveragePercent = total(r.Components)
	r.Status, r.StatusReason = status(c, in.day, r)
	r.Degradations = degradations(c, in)
	r.MitigationPlan = plan(r.Degradations)
	r.Trend = trend(c, in, r)
	return r
}

// components scores the four parts. A KPI that the catalogue gives a component
// is judged on two sides, each half of it: against its objective, if it has
// one, and against the baseline. A side without data earns nothing.
func components(c *kpi.Catalogue, day *schema.DailySummary) []schema.HealthComponent {
	h := c.Health
	sum := h.Availability + h.Latency + h.ErrorRate + h.Drift
	out := []schema.HealthComponent{
		component("availability", h.Availability/sum, kpiParts(c, day, "availability")),
		component("latency", h.Latency/sum, kpiParts(c, day, "latency")),
		component("error_rate", h.ErrorRate/sum, kpiParts(c, day, "error_rate")),
		component("drift", h.Drift/sum, driftParts(c, day)),
	}
	return out
}

// kpiParts are the parts of a component of KPIs, their weights summing to 1.
// Shares of time and requests are judged by their error budget; everything
// else by its objective and by the baseline.
func kpiParts(c *kpi.Catalogue, day *schema.DailySummary, name string) []schema.HealthPart {
	var parts []schema.HealthPart
	for _, k := range c.KPIs {
		if k.Component != name || k.Weight == 0 {
			continue
		}
		byBudget := k.SLO != nil && k.SLO.SlicesPercent == 0
		switch {
		case byBudget:
			parts = append(parts, budgetPart(k, day, k.Weight))
		case k.SLO != nil:
			parts = append(parts, objectivePart(k, day, k.Weight/2), baselinePart(k, day, k.Weight/2))
		default:
			parts = append(parts, baselinePart(k, day, k.Weight))
		}
	}
	return normalised(parts)
}

// driftParts are the KPIs that the baseline knows, each of the same weight. One
// that the day no longer has earns nothing.
func driftParts(c *kpi.Catalogue, day *schema.DailySummary) []schema.HealthPart {
	var parts []schema.HealthPart
	for _, m := range day.MetricsComparison {
		k := c.For(m.MetricName, day.KPIs[m.MetricName])
		if m.Service == "" && m.Region == "" && m.BaselineValue != nil && k.Direction != kpi.Neutral {
			parts = append(parts, baselinePart(k, day, 1))
		}
	}
	return normalised(parts)
}

func normalised(parts []schema.HealthPart) []schema.HealthPart {
	sum := 0.0
	for _, p := range parts {
		sum += p.Weight
	}
	for i := range parts {
		parts[i].Weight /= sum
	}
	return parts
}

// budgetPart judges a share of time or requests by its error budget: no burn
// is 100, burning the budget up exactly is 90, ten times that is 0.
func budgetPart(k kpi.KPI, day *schema.DailySummary, weight float64) schema.HealthPart {
	p := part(k, day, "objective", weight)
	if bad, ok := slo.BadPercent(k, day.KPIs); ok {
		burn := bad / (100 - slo.Target(k))
		p.Score = schema.Num(along(burn, []float64{0, 1, 10}, []float64{100, 90, 0}))
		p.Reason = fmt.Sprintf("%s, burns %.3g times the budget", report.Number(p.Value, k.Unit), burn)
	}
	return p
}

// objectivePart judges a value by its objective: 100 at half of it, 90 at the
// objective, 0 at twice as much.
func objectivePart(k kpi.KPI, day *schema.DailySummary, weight float64) schema.HealthPart {
	p := part(k, day, "objective", weight)
	if p.Value != nil {
		of := *p.Value / k.SLO.Objective
		if k.Direction == kpi.HigherIsBetter {
			of = 1 / of
		}
		p.Score = schema.Num(along(of, []float64{0.5, 1, 2}, []float64{100, 90, 0}))
		p.Reason = fmt.Sprintf("%s, wanted %s", report.Number(p.Value, k.Unit), k.Objective())
	}
	return p
}

// baselinePart judges the change against GA day along the KPI's severity
// ladder: medium is 70, high 50, critical 20, twice critical 0.
func baselinePart(k kpi.KPI, day *schema.DailySummary, weight float64) schema.HealthPart {
	p := part(k, day, "baseline", weight)
	for _, m := range day.MetricsComparison {
		if m.MetricName != k.Key || m.Service != "" || m.Region != "" {
			continue
		}
		worse, known := worsening(k, m)
		if !known {
			p.Reason = "no comparison with the baseline: " + orText(m.Reason, "a value is missing")
			continue
		}
		s := k.Severity
		p.Score = schema.Num(along(worse, []float64{0, s.Medium, s.High, s.Critical, 2 * s.Critical}, []float64{100, 70, 50, 20, 0}))
		p.Reason = fmt.Sprintf("%s against %s on GA day (%s)", report.Number(m.CurrentValue, k.Unit),
			report.Number(m.BaselineValue, k.Unit), report.Change(m.DriftPercent, "%"))
	}
	if p.Score == nil && p.Reason == "" {
		p.Reason = "no comparison with the baseline"
	}
	return p
}

// worsening returns the change for the worse in percent of the baseline. From
// a baseline of zero there is no percentage: a change that matters counts as
// critical, any other as none.
func worsening(k kpi.KPI, m schema.MetricComparison) (float64, bool) {
	if m.CurrentValue == nil || m.BaselineValue == nil {
		return 0, false
	}
	change := *m.CurrentValue - *m.BaselineValue
	if k.Direction == kpi.HigherIsBetter {
		change = -change
	}
	switch base := math.Abs(*m.BaselineValue); {
	case base > 0:
		return 100 * change / base, true
	case change > k.MinChange:
		return k.Severity.Critical, true
	}
	return 0, true
}

func part(k kpi.KPI, day *schema.DailySummary, aspect string, weight float64) schema.HealthPart {
	p := schema.HealthPart{MetricName: k.Key, Aspect: aspect, Weight: weight, Unit: k.Unit}
	if v, ok := day.KPIs.Of(k.Key); ok {
		p.Value = &v
	} else {
		p.Reason = orText(day.KPIs[k.Key].Reason, "the day does not have it")
	}
	return p
}

// along interpolates y at x between the given points, level beyond them.
func along(x float64, xs, ys []float64) float64 {
	if x <= xs[0] {
		return ys[0]
	}
	for i := 1; i < len(xs); i++ {
		if x <= xs[i] {
			return ys[i-1] + (ys[i]-ys[i-1])*(x-xs[i-1])/(xs[i]-xs[i-1])
		}
	}
	return ys[len(ys)-1]
}

func component(name string, share float64, parts []schema.HealthPart) schema.HealthComponent {
	comp := schema.HealthComponent{Name: name, Weight: 100 * share, Parts: parts}
	earned, known := 0.0, 0.0
	var lost []string
	for _, p := range parts {
		if p.Score == nil {
			lost = append(lost, fmt.Sprintf("%s is not known: %s", p.MetricName, p.Reason))
			continue
		}
		known += p.Weight
		earned += p.Weight * *p.Score
		if *p.Score < 95 { // less is said by the parts
			lost = append(lost, fmt.Sprintf("%s: %s", p.MetricName, p.Reason))
		}
	}
	comp.CoveragePercent = 100 * known
	comp.Points = comp.Weight * earned / 100
	comp.PointsLost = comp.Weight - comp.Points
	if known > 0 {
		comp.Score = schema.Num(earned)
	}
	switch {
	case len(parts) == 0:
		comp.Why = "nothing to judge it by"
	case len(lost) == 0:
		comp.Why = "as it should be, or nearly"
	default:
		comp.Why = strings.Join(lost, "; ")
	}
	return comp
}

// total adds up the points; what is not known earned none.
func total(components []schema.HealthComponent) (score, coverage *float64) {
	points, known := 0.0, 0.0
	for _, c := range components {
		points += c.Points
		known += c.Weight * c.CoveragePercent / 100
	}
	if known == 0 {
		return nil, schema.Num(0)
	}
	return schema.Num(points), schema.Num(known)
}

// status grades the score. Below half of the weight known it is Unknown; a
// critical KPI that misses its objective caps it at Fair.
func status(c *kpi.Catalogue, day *schema.DailySummary, r *schema.HealthReport) (grade, reason string) {
	const enough = 50 // percent of the weight
	if r.HealthScore == nil || *r.CoveragePercent < enough {
		return schema.HealthUnknown, fmt.Sprintf("only %s of the score's weight has data", report.Number(r.CoveragePercent, "%"))
	}
	switch score := *r.HealthScore; {
	case score >= 90:
		grade = schema.HealthExcellent
	case score >= 70:
		grade = schema.HealthGood
	case score >= 50:
		grade = schema.HealthFair
	default:
		grade = schema.HealthPoor
	}
	for _, k := range c.KPIs {
		if v, ok := day.KPIs.Of(k.Key); ok && k.Critical && k.SLO != nil && !k.Meets(v) && rank(grade) < rank(schema.HealthFair) {
			return schema.HealthFair, fmt.Sprintf("%s is critical and misses its objective: %s, wanted %s", k.Name, report.Number(&v, k.Unit), k.Objective())
		}
	}
	return grade, ""
}

// rank orders the statuses, 0 being the best.
func rank(status string) int {
	return slices.Index([]string{schema.HealthExcellent, schema.HealthGood, schema.HealthFair, schema.HealthPoor}, status)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
