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

// trouble is one degradation while it is put together: the KPIs of a family
// (all latencies, say) of one service, or of the whole when no service stands
// out. That way one thing is told once.
type trouble struct {
	family, service string
	// when tells episodes of the same family and service apart; empty for what
	// the days show.
	when     string
	metrics  []schema.DegradedMetric
	days     map[int]bool
	severity string
	impact   string
	began    schema.Time
	ended    *schema.Time
	// standing is what the week's comparison says; nil when it does not.
	standing *bool
	alerts   []string
	episodes []string
}

// family groups KPIs that tell the same thing.
func family(c *kpi.Catalogue, key string) string {
	switch {
	case strings.HasPrefix(key, "db_"):
		return "database"
	case strings.Contains(key, "latency"):
		return "latency"
	case key == "error_rate" || key == "errors":
		return "errors"
	case strings.Contains(key, "memory"):
		return "memory"
	case strings.Contains(key, "cpu"):
		return "cpu"
	}
	if k, ok := c.Lookup(key); ok && k.Category == "cost" {
		return "cost"
	}
	return key
}

// degradations merges what days, week, incidents and alerts say, worst first.
func (w *week) degradations() []schema.Degradation {
	var all []*trouble
	find := func(family, service string) *trouble {
		for _, t := range all {
			if t.family == family && t.service == service {
				return t
			}
		}
		t := &trouble{family: family, service: service, days: map[int]bool{}}
		all = append(all, t)
		return t
	}
	for _, day := range w.days {
		for _, m := range w.compared[day.DayNumber] {
			if m.Direction != schema.Regression || !m.Drifted {
				continue
			}
			t := find(family(w.catalogue, m.MetricName), m.Service)
			t.days[day.DayNumber] = true
			t.add(schema.DegradedMetric{
				MetricName: m.MetricName, Service: m.Service, Region: m.Region, Unit: m.Unit,
				BaselineValue: m.BaselineValue, WorstValue: m.CurrentValue, WorstDay: day.DayNumber,
				DriftPercent: m.DriftPercent, Severity: orText(m.Severity, schema.SeverityLow),
			})
		}
	}
	if w.findings != nil {
		for _, f := range w.findings.regressions {
			if f.Acknowledged != nil || f.BeganBeforeGA {
				continue
			}
			t := find(family(w.catalogue, f.MetricName), f.Service)
			t.learn(f)
		}
	}
	all = w.foldWhole(all)
	all = w.addIncidents(all)
	all = w.addAlerts(all)

	out := make([]schema.Degradation, 0, len(all))
	for _, t := range all {
		out = append(out, w.degradation(t))
	}
	slices.SortStableFunc(out, func(a, b schema.Degradation) int {
		return cmp.Or(
			cmp.Compare(schema.SeverityRank(b.Severity), schema.SeverityRank(a.Severity)),
			cmp.Compare(resolvedLast(a), resolvedLast(b)),
			cmp.Compare(a.DayOccurred, b.DayOccurred),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return out
}

func resolvedLast(d schema.Degradation) int {
	if d.ResolutionStatus == schema.Resolved {
		return 1
	}
	return 0
}

// add keeps each KPI once, with its worst day.
func (t *trouble) add(m schema.DegradedMetric) {
	t.severity = worse(t.severity, m.Severity)
	for i, old := range t.metrics {
		if old.MetricName == m.MetricName && old.Service == m.Service && old.Region == m.Region {
			if size(m) > size(old) {
				t.metrics[i] = m
			}
			return
		}
	}
	t.metrics = append(t.metrics, m)
}

// learn takes over what the week's comparison found out.
func (t *trouble) learn(f schema.Finding) {
	severity := orText(f.Severity, schema.SeverityLow)
	if schema.SeverityRank(severity) >= schema.SeverityRank(t.severity) && f.Impact != "" {
		t.impact = f.Impact
	}
	m := schema.DegradedMetric{
		MetricName: f.MetricName, Service: f.Service, Region: f.Region, Unit: f.Unit,
		BaselineValue: f.BaselineValue, WorstValue: f.CurrentValue, DriftPercent: f.DriftPercent, Severity: severity,
	}
	if m.DriftPercent == nil {
		m.DriftPercent = f.RegressionPercent
	}
	if f.FirstDetectedDay != nil {
		m.WorstDay = *f.FirstDetectedDay
		t.days[*f.FirstDetectedDay] = true
	}
	if !f.FirstDetected.IsZero() && (t.began.IsZero() || f.FirstDetected.Before(t.began.Time)) {
		t.began, t.ended = f.FirstDetected, f.Ended
	}
	if f.Standing != nil && (t.standing == nil || *f.Standing) {
		t.standing = f.Standing
	}
	t.add(m)
}

func size(m schema.DegradedMetric) float64 {
	if m.DriftPercent == nil {
		return 0
	}
	return max(*m.DriftPercent, -*m.DriftPercent)
}

func worse(a, b string) string {
	if schema.SeverityRank(b) > schema.SeverityRank(a) {
		return b
	}
	return a
}

// foldWhole lets a service that carries a trouble stand for the whole: where
// services of the same family are in trouble on the same days, the whole's
// numbers join the worst of them.
func (w *week) foldWhole(all []*trouble) []*trouble {
	return slices.DeleteFunc(all, func(t *trouble) bool {
		if t.service != "" {
			return false
		}
		var carrier *trouble
		for _, other := range all {
			if other.service == "" || other.family != t.family || !overlap(other.days, t.days) {
				continue
			}
			if carrier == nil || schema.SeverityRank(other.severity) > schema.SeverityRank(carrier.severity) {
				carrier = other
			}
		}
		if carrier == nil {
			return false
		}
		for _, m := range t.metrics {
			carrier.add(m)
		}
		for day := range t.days {
			carrier.days[day] = true
		}
		if carrier.impact == "" {
			carrier.impact = t.impact
		}
		if carrier.began.IsZero() {
			carrier.began, carrier.ended = t.began, t.ended
		}
		return true
	})
}

func overlap(a, b map[int]bool) bool {
	for day := range a {
		if b[day] {
			return true
		}
	}
	return false
}

// addAlerts attaches the alerts to the troubles of their service and day; one
// that fits none is a trouble of its own.
func (w *week) addAlerts(all []*trouble) []*trouble {
	for _, d := range w.days {
		for _, alert := range d.Alerts {
			service := alert.Labels["service"]
			found := false
			for _, t := range all {
				if t.days[d.DayNumber] && (service == "" || t.service == "" || service == t.service) {
					t.alerts = append(t.alerts, alert.Name)
					found = true
				}
			}
			if found {
				continue
			}
			severity := schema.SeverityMedium
			if strings.EqualFold(alert.Severity, "critical") || strings.EqualFold(alert.Severity, "page") {
				severity = schema.SeverityHigh
			}
			over := alert.Ended == nil
			all = append(all, &trouble{
				family: "alert " + alert.Name, service: service, days: map[int]bool{d.DayNumber: true},
				severity: severity, began: alert.Started, ended: alert.Ended, standing: &over,
				impact: "an alert fired; no KPI moved enough to tell more", alerts: []string{alert.Name},
			})
		}
	}
	return all
}

// dayOf returns the day of an instant, -1 when the GA time is not known.
func (w *week) dayOf(t schema.Time) int {
	ga, _ := w.span()
	if ga.IsZero() || t.Before(ga.Time) {
		return -1
	}
	return int(t.Sub(ga.Time).Hours() / 24)
}

func (w *week) degradation(t *trouble) schema.Degradation {
	slices.SortStableFunc(t.metrics, func(a, b schema.DegradedMetric) int {
		return cmp.Or(
			cmp.Compare(foreign(a, t), foreign(b, t)),
			cmp.Compare(schema.SeverityRank(b.Severity), schema.SeverityRank(a.Severity)),
			cmp.Compare(size(b), size(a)), cmp.Compare(a.MetricName, b.MetricName))
	})
	slices.Sort(t.alerts)
	d := schema.Degradation{
		ID:       "D-" + strings.Trim(strings.ReplaceAll(t.family+"-"+t.service, " ", "-"), "-") + t.when,
		Category: t.family, Service: t.service, Severity: t.severity, Impact: orText(t.impact, "not measured beyond the numbers"),
		Began: t.began, Ended: t.ended, Metrics: t.metrics,
		Alerts: slices.Compact(t.alerts), Incidents: t.episodes,
	}
	for day := range t.days {
		d.Days = append(d.Days, day)
	}
	slices.Sort(d.Days)
	if len(d.Days) > 0 {
		d.DayOccurred = d.Days[0]
	}
	d.Description = describe(t)
	d.ResolutionStatus, d.ResolutionDetails = w.resolution(t, d.Days)
	return d
}

// foreign sorts the numbers of the service itself before those of the whole.
func foreign(m schema.DegradedMetric, t *trouble) int {
	if m.Service == t.service && m.Region == "" {
		return 0
	}
	return 1
}

func describe(t *trouble) string {
	of := ""
	if t.service != "" {
		of = " of " + t.service
	}
	if len(t.metrics) == 0 {
		return strings.TrimSpace(t.family + of)
	}
	m := t.metrics[0]
	text := fmt.Sprintf("%s%s worse: %s %s instead of %s", t.family, of, m.MetricName,
		report.Number(m.WorstValue, m.Unit), report.Number(m.BaselineValue, m.Unit))
	if m.DriftPercent != nil {
		text += " (" + report.Change(m.DriftPercent, "%") + ")"
	}
	return text
}

// resolution says whether later days show it gone: never without a later day.
func (w *week) resolution(t *trouble, days []int) (status, details string) {
	last := w.lastDay()
	lastBad := -1
	if len(days) > 0 {
		lastBad = days[len(days)-1]
	}
	switch {
	case t.standing != nil && *t.standing:
		return schema.Standing, "the last data still show it"
	case t.standing != nil && t.ended != nil:
		return schema.Resolved, "over since " + report.Time(*t.ended)
	case lastBad < 0:
		return schema.ResolutionUnknown, "no day was given that tells when"
	case lastBad >= last:
		return schema.Standing, fmt.Sprintf("day %d, the last one given, still shows it", last)
	case t.standing != nil:
		return schema.Resolved, fmt.Sprintf("gone after day %d, as the later days show", lastBad)
	case w.knownAfter(t, lastBad):
		return schema.Resolved, fmt.Sprintf("day %s and later do not show it", numbers([]int{lastBad + 1}))
	}
	return schema.ResolutionUnknown, fmt.Sprintf("no day after day %d has the data to tell", lastBad)
}

// knownAfter reports whether a day after the given one knows the KPIs.
func (w *week) knownAfter(t *trouble, day int) bool {
	for _, d := range w.days {
		if d.DayNumber <= day {
			continue
		}
		for _, m := range w.compared[d.DayNumber] {
			if m.CurrentValue != nil && slices.ContainsFunc(t.metrics, func(x schema.DegradedMetric) bool {
				return x.MetricName == m.MetricName && x.Service == m.Service && x.Region == m.Region
			}) {
				return true
			}
		}
	}
	return false
}
