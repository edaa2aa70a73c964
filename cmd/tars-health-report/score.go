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
	r.NotJudged = notJudged(c, in)
	r.MitigationPlan = plan(r.Degradations)
	r.Course = course(c, in.day, r.Degradations)
	r.Trend = trend(c, in, r)
	return r
}

// components scores the four parts. A KPI that the catalogue gives a component
// is judged on two sides, each half of it: against its objective, if it has
// one, and against the baseline. A side without data earns nothing.
func components(c *kpi.Catalogue, day *schema.DailySummary) []schema.HealthComponent {
	h := c.Health
	sum := h.Availability + h.Latency + h.ErrorRate + h.Drift
	seen := seenShare(day)
	out := []schema.HealthComponent{
		component(c, "availability", h.Availability/sum, seen, kpiParts(c, day, "availability")),
		component(c, "latency", h.Latency/sum, seen, kpiParts(c, day, "latency")),
		component(c, "error_rate", h.ErrorRate/sum, seen, kpiParts(c, day, "error_rate")),
		component(c, "drift", h.Drift/sum, seen, driftParts(c, day)),
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

// driftParts are the KPIs of the score and every other one that the day or the
// baseline measured, each of the same weight. One that only one of them knows
// earns nothing; one that neither ever knew, a cache where there is none, is no
// part.
func driftParts(c *kpi.Catalogue, day *schema.DailySummary) []schema.HealthPart {
	var parts []schema.HealthPart
	for _, k := range c.KPIs {
		scored := k.Component != "" && k.Weight > 0
		if k.Direction != kpi.Neutral && (scored || measured(day, k.Key)) {
			parts = append(parts, baselinePart(k, day, 1))
		}
	}
	return normalised(parts)
}

// measured reports whether anything in the summary has a value of the KPI: the
// whole, a comparison, a service, a region. All are asked, so that one place that
// lost it does not make it as if it had never been.
func measured(day *schema.DailySummary, key string) bool {
	if _, ok := day.KPIs.Of(key); ok {
		return true
	}
	for _, breakdown := range []map[string]schema.Breakdown{day.Services, day.Regions} {
		for _, b := range breakdown {
			if _, ok := b.KPIs.Of(key); ok {
				return true
			}
		}
	}
	return slices.ContainsFunc(day.MetricsComparison, func(m schema.MetricComparison) bool {
		return m.MetricName == key && (m.BaselineValue != nil || m.CurrentValue != nil)
	})
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

// worsening returns the change for the worse in percent of the baseline. A
// baseline below the smallest change that matters, zero above all, counts as
// that change; a change smaller than it is never worse than the medium rung.
func worsening(k kpi.KPI, m schema.MetricComparison) (float64, bool) {
	if m.CurrentValue == nil || m.BaselineValue == nil {
		return 0, false
	}
	change := *m.CurrentValue - *m.BaselineValue
	if k.Direction == kpi.HigherIsBetter {
		change = -change
	}
	base := max(math.Abs(*m.BaselineValue), k.MinChange)
	switch {
	case change <= 0:
		return 0, true
	case base == 0:
		return 2 * k.Severity.Critical, true
	case change < k.MinChange:
		return min(100*change/base, k.Severity.Medium), true
	}
	return 100 * change / base, true
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

// seenShare is the share of the day's steps that were seen, 0 to 1; of older
// summaries, which do not tell, 1.
func seenShare(day *schema.DailySummary) float64 {
	if q := day.DataQuality; q != nil && q.CoveragePercent != nil {
		return min(1, max(0, *q.CoveragePercent/100))
	}
	return 1
}

// component adds up its parts. What was not seen of the day earns no points
// either, or leaving out a bad hour would pay.
func component(c *kpi.Catalogue, name string, share, seen float64, parts []schema.HealthPart) schema.HealthComponent {
	comp := schema.HealthComponent{Name: name, Weight: 100 * share, Parts: parts}
	earned, known := 0.0, 0.0
	var lost, reasons []string
	unknown := map[string][]string{} // the KPIs by reason
	for _, p := range parts {
		if p.Score == nil {
			if unknown[p.Reason] == nil {
				reasons = append(reasons, p.Reason)
			}
			unknown[p.Reason] = append(unknown[p.Reason], c.NameOf(p.MetricName))
			continue
		}
		known += p.Weight * seen
		earned += p.Weight * *p.Score * seen
		if *p.Score < 95 { // less is said by the parts
			lost = append(lost, fmt.Sprintf("%s: %s", c.NameOf(p.MetricName), p.Reason))
		}
	}
	for _, reason := range reasons {
		lost = append(lost, fmt.Sprintf("not known: %s (%s)", strings.Join(unknown[reason], ", "), reason))
	}
	if seen < 1 && known > 0 {
		lost = append(lost, fmt.Sprintf("%s of the day was not seen", report.Number(schema.Num(100-100*seen), "%")))
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
// critical KPI that misses its objective, or that nobody knows, caps it at Fair.
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
		if !k.Critical || k.SLO == nil || rank(grade) >= rank(schema.HealthFair) {
			continue
		}
		switch v, ok := day.KPIs.Of(k.Key); {
		case !ok: // or losing it would lift the cap
			return schema.HealthFair, fmt.Sprintf("%s is critical and not known: %s", k.Name, orText(day.KPIs[k.Key].Reason, "the day does not have it"))
		case !k.Meets(v):
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

// notJudged says what the report could not take into account.
func notJudged(c *kpi.Catalogue, in inputs) []string {
	out := []string{}
	if len(in.anomalies) == 0 {
		out = append(out, "anomalies: no report of tars-anomaly-detector was given")
	}
	if in.day.TotalCriticalAlerts == nil && len(in.day.Alerts) == 0 {
		out = append(out, "alerts: the summary does not have them")
	}
	var foreign []string
	for _, m := range in.day.MetricsComparison {
		if _, ok := c.Lookup(m.MetricName); !ok && !slices.Contains(foreign, m.MetricName) {
			foreign = append(foreign, m.MetricName)
			out = append(out, m.MetricName+": the catalogue does not have it, so it is not in the score")
		}
	}
	return out
}
