package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// degradations lists what was worse than it should be, worst first: drifted
// regressions, missed objectives, the day's incidents and alerts.
func degradations(c *kpi.Catalogue, in inputs) []schema.HealthDegradation {
	out := []schema.HealthDegradation{}
	add := func(d schema.HealthDegradation) {
		d.ID = strings.Join(slices.DeleteFunc([]string{d.Source, d.MetricName, d.Service, d.Region}, func(s string) bool { return s == "" }), ":")
		if !slices.ContainsFunc(out, func(o schema.HealthDegradation) bool { return o.ID == d.ID && o.Description == d.Description }) {
			out = append(out, d)
		}
	}
	for _, m := range in.day.MetricsComparison {
		k := c.For(m.MetricName, in.day.KPIs[m.MetricName])
		if m.Direction == "" { // older days only say by how much
			m = rated(k, m)
		}
		if m.Direction == schema.Regression && m.Drifted {
			add(schema.HealthDegradation{
				Source: "comparison", MetricName: m.MetricName, Service: m.Service, Region: m.Region,
				Severity: orText(m.Severity, schema.SeverityLow),
				Description: fmt.Sprintf("%s is %s, on GA day it was %s (%s)", m.Name(),
					report.Number(m.CurrentValue, k.Unit), report.Number(m.BaselineValue, k.Unit), report.Change(m.DriftPercent, "%")),
			})
		}
	}
	for _, k := range c.KPIs {
		if v, ok := in.day.KPIs.Of(k.Key); ok && k.SLO != nil && !k.Meets(v) {
			severity := schema.SeverityMedium
			if k.Critical {
				severity = schema.SeverityHigh
			}
			add(schema.HealthDegradation{
				Source: "objective", MetricName: k.Key, Severity: severity,
				Description: fmt.Sprintf("%s %s misses its objective, %s", k.Name, report.Number(&v, k.Unit), k.Objective()),
			})
		}
	}
	for _, a := range in.anomalies {
		for _, i := range a.Incidents {
			if worse(c, i) && touches(in.day.Window, i.Started, i.Ended) {
				first := i.Members[0]
				add(schema.HealthDegradation{
					Source: "incident", MetricName: first.MetricName, Service: first.Service, Region: first.Region,
					Severity:    i.Severity,
					Description: fmt.Sprintf("incident from %s: %s of %s", report.Time(i.Started), i.Classification, strings.Join(i.Metrics, ", ")),
				})
			}
		}
	}
	for _, alert := range in.day.Alerts {
		severity := schema.SeverityMedium
		if strings.EqualFold(alert.Severity, "critical") || strings.EqualFold(alert.Severity, "page") {
			severity = schema.SeverityHigh
		}
		ended := "still firing at the day's end"
		if alert.Ended != nil {
			ended = "until " + report.Time(*alert.Ended)
		}
		add(schema.HealthDegradation{
			Source: "alert", MetricName: alert.Name, Service: alert.Labels["service"], Severity: severity,
			Description: fmt.Sprintf("alert %s (%s) fired from %s, %s", alert.Name, alert.Severity, report.Time(alert.Started), ended),
		})
	}
	slices.SortStableFunc(out, func(a, b schema.HealthDegradation) int {
		return cmp.Compare(schema.SeverityRank(b.Severity), schema.SeverityRank(a.Severity))
	})
	return out
}

// rated rates a comparison of an older day by its size alone, and so never
// above medium.
func rated(k kpi.KPI, m schema.MetricComparison) schema.MetricComparison {
	worse, known := worsening(k, m)
	if !known || k.Direction == kpi.Neutral || worse < k.DriftPercent {
		return m
	}
	m.Direction, m.Drifted, m.Severity = schema.Regression, true, schema.SeverityLow
	if worse >= k.Severity.Medium {
		m.Severity = schema.SeverityMedium
	}
	return m
}

// worse reports whether an incident has a member that moved in its KPI's bad
// direction; a faster database is no degradation.
func worse(c *kpi.Catalogue, i schema.Incident) bool {
	return slices.ContainsFunc(i.Members, func(m schema.IncidentMember) bool {
		switch c.For(m.MetricName, schema.KPI{}).Direction {
		case kpi.HigherIsBetter:
			return m.PeakZScore == nil || *m.PeakZScore < 0
		case kpi.LowerIsBetter:
			return m.PeakZScore == nil || *m.PeakZScore > 0
		}
		return m.PeakZScore == nil || *m.PeakZScore < 0 // traffic that falls
	})
}

// touches reports whether a stretch of time overlaps a window; of a window that
// is not known, always.
func touches(w *schema.Window, from schema.Time, to *schema.Time) bool {
	if w == nil {
		return true
	}
	return from.Before(w.End.Time) && (to == nil || !to.Before(w.Start.Time))
}

// plan has one step for each kind of trouble: what to do, and the command that
// tells whether it applies. It asks rather than guesses causes.
func plan(degradations []schema.HealthDegradation) []schema.Mitigation {
	steps := []schema.Mitigation{}
	for _, d := range degradations {
		step := stepFor(d)
		i := slices.IndexFunc(steps, func(s schema.Mitigation) bool { return s.Action == step.Action })
		if i < 0 {
			steps = append(steps, step)
			i = len(steps) - 1
		}
		steps[i].For = append(steps[i].For, d.ID)
	}
	return steps
}

func stepFor(d schema.HealthDegradation) schema.Mitigation {
	s := schema.Mitigation{Priority: map[string]string{"critical": "P0", "high": "P1", "medium": "P2"}[d.Severity]}
	if s.Priority == "" {
		s.Priority = "P3"
	}
	of := "the release"
	if d.Service != "" {
		of = d.Service
	}
	switch {
	case d.Source == "alert":
		s.Action = fmt.Sprintf("Follow the runbook of %s; was it resolved, and does it fire again?", d.MetricName)
		s.Check = fmt.Sprintf("ALERTS{alertname=%q}", d.MetricName)
	case strings.Contains(d.MetricName, "latency"):
		s.Action = fmt.Sprintf("Find what slowed %s down: compare traces of slow requests with GA day's; did load, a dependency or the code change?", of)
		s.Check = "tars-regression-analyzer ga.json stability/ | jq '.regressions[] | {metric_name, service, first_detected}'"
	case d.MetricName == "availability":
		s.Action = fmt.Sprintf("Find which instances of %s were down and why: crash, deploy, node or network?", of)
		s.Check = "up == 0"
	case d.MetricName == "error_rate" || d.MetricName == "errors":
		s.Action = fmt.Sprintf("Read the failed requests of %s: which path, which status, since when?", of)
		s.Check = `sum by (service, status) (rate(http_requests_total{status=~"5.."}[5m]))`
	case strings.Contains(d.MetricName, "memory"):
		s.Action = fmt.Sprintf("Watch the memory of %s: does it still grow, and when does it reach its limit?", of)
		s.Check = "predict_linear(process_resident_memory_bytes[1d], 7 * 86400)"
	case strings.Contains(d.MetricName, "cpu"):
		s.Action = fmt.Sprintf("Profile the CPU of %s; is it more load, or more work a request?", of)
		s.Check = "rate(process_cpu_seconds_total[5m])"
	case strings.Contains(d.MetricName, "cost"):
		s.Action = fmt.Sprintf("See which resource makes %s dearer: cores, memory or instances?", of)
		s.Check = "jq .cost day_*_summary.json"
	default:
		s.Action = fmt.Sprintf("Look at %s of %s since the release", d.MetricName, of)
		s.Check = fmt.Sprintf("jq '.kpis.%s' day_*_summary.json", d.MetricName)
	}
	return s
}

// trend compares with the nearest earlier day: its report, else the score of
// its summary.
func trend(c *kpi.Catalogue, in inputs, now *schema.HealthReport) *schema.HealthTrend {
	var t *schema.HealthTrend
	for _, day := range in.earlier {
		if t == nil || day.DayNumber >= t.SinceDay {
			score, _ := total(components(c, day))
			t = &schema.HealthTrend{SinceDay: day.DayNumber, EarlierScore: score}
		}
	}
	for _, r := range in.reports {
		if r.DayNumber < now.DayNumber && (t == nil || r.DayNumber >= t.SinceDay) {
			t = &schema.HealthTrend{SinceDay: r.DayNumber, EarlierScore: r.HealthScore, EarlierStatus: r.Status}
		}
	}
	if t != nil && t.EarlierScore != nil && now.HealthScore != nil {
		t.Change = schema.Num(*now.HealthScore - *t.EarlierScore)
	}
	return t
}
