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
				Description: fmt.Sprintf("%s is %s, on GA day it was %s (%s)", report.Scoped(k.Name, m.Service, m.Region),
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
	for _, d := range fromRegressions(c, in) {
		same := func(o schema.HealthDegradation) bool {
			return o.MetricName == d.MetricName && o.Service == d.Service && o.Region == d.Region &&
				schema.SeverityRank(o.Severity) >= schema.SeverityRank(d.Severity)
		}
		if !slices.ContainsFunc(out, same) {
			add(d)
		}
	}
	for _, a := range in.anomalies {
		for _, d := range fromAnomalies(c, in, a) {
			add(d)
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

// fromRegressions are the week's findings that hold on the day: begun by its
// end, not recovered before it, and answered for by nobody.
func fromRegressions(c *kpi.Catalogue, in inputs) []schema.HealthDegradation {
	if in.regressions == nil {
		return nil
	}
	var out []schema.HealthDegradation
	for i := range in.regressions.Regressions {
		f := &in.regressions.Regressions[i]
		begun := f.FirstDetectedDay == nil || *f.FirstDetectedDay <= in.day.DayNumber
		if f.Acknowledged != nil || !begun || !touches(in.window, f.FirstDetected, f.Ended) {
			continue
		}
		k := c.For(f.MetricName, schema.KPI{Unit: f.Unit, Category: f.Category})
		text := fmt.Sprintf("%s regressed over the week: %s, before %s (%s)", report.Scoped(k.Name, f.Service, f.Region),
			report.Number(f.CurrentValue, k.Unit), report.Number(f.BaselineValue, k.Unit), report.Change(f.DriftPercent, "%"))
		if f.BeganBeforeGA {
			text += "; it began before GA"
		}
		out = append(out, schema.HealthDegradation{
			Source: "regression", MetricName: f.MetricName, Service: f.Service, Region: f.Region,
			Severity: orText(f.Severity, schema.SeverityLow), Description: text,
		})
	}
	return out
}

// fromAnomalies are the day's incidents. Older reports only have events, which
// then count by metric.
func fromAnomalies(c *kpi.Catalogue, in inputs, a *schema.AnomalyReport) []schema.HealthDegradation {
	var out []schema.HealthDegradation
	for _, i := range a.Incidents {
		if len(i.Members) == 0 || !worse(c, i) || !touches(in.window, i.Started, i.Ended) {
			continue
		}
		first := i.Members[0]
		metrics := slices.Clone(i.Metrics)
		for n, key := range metrics {
			metrics[n] = c.NameOf(key)
		}
		out = append(out, schema.HealthDegradation{
			Source: "incident", MetricName: first.MetricName, Service: first.Service, Region: first.Region,
			Severity:    i.Severity,
			Description: fmt.Sprintf("incident from %s: %s of %s", report.Time(i.Started), i.Classification, strings.Join(metrics, ", ")),
		})
	}
	if len(a.Incidents) > 0 {
		return out
	}
	type series struct{ metric, service, region string }
	events := map[series][]schema.Event{}
	var order []series
	for _, e := range a.Anomalies {
		if !worseEvent(c, e) || !touches(in.window, e.Timestamp, &e.Timestamp) {
			continue
		}
		s := series{e.MetricName, e.Service, e.Region}
		if events[s] == nil {
			order = append(order, s)
		}
		events[s] = append(events[s], e)
	}
	for _, s := range order {
		worst := slices.MaxFunc(events[s], func(a, b schema.Event) int {
			return cmp.Compare(schema.SeverityRank(a.Severity), schema.SeverityRank(b.Severity))
		})
		k := c.For(s.metric, in.day.KPIs[s.metric])
		out = append(out, schema.HealthDegradation{
			Source: "anomaly", MetricName: s.metric, Service: s.service, Region: s.region,
			Severity: orText(worst.Severity, schema.SeverityLow),
			Description: fmt.Sprintf("%s of %s; the worst, a %s at %s: %s, expected %s", counted(len(events[s]), "anomalous point"), k.Name,
				orText(worst.Classification, "deviation"), report.Time(worst.Timestamp),
				report.Number(worst.ActualValue, k.Unit), report.Number(worst.ExpectedValue, k.Unit)),
		})
	}
	return out
}

// worse reports whether an incident has a member that moved in its KPI's bad
// direction; a faster database is no degradation.
func worse(c *kpi.Catalogue, i schema.Incident) bool {
	return slices.ContainsFunc(i.Members, func(m schema.IncidentMember) bool {
		return badMove(c, m.MetricName, m.PeakZScore)
	})
}

// worseEvent is worse for a single point.
func worseEvent(c *kpi.Catalogue, e schema.Event) bool {
	moved := e.Deviation
	if moved == nil {
		moved = e.ZScore
	}
	return badMove(c, e.MetricName, moved)
}

// badMove reports whether a metric moved for the worse. Silence, nil, is bad;
// so is traffic that falls.
func badMove(c *kpi.Catalogue, metric string, by *float64) bool {
	if by == nil {
		return true
	}
	if c.For(metric, schema.KPI{}).Direction == kpi.LowerIsBetter {
		return *by > 0
	}
	return *by < 0
}

// touches reports whether a stretch of time overlaps a window; of a window that
// is not known, always.
func touches(w *schema.Window, from schema.Time, to *schema.Time) bool {
	if w == nil {
		return true
	}
	return from.Before(w.End.Time) && (to == nil || !to.Before(w.Start.Time))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
