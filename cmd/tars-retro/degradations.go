package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// degradations merges what the week's comparison, the days, the incidents, the
// alerts and the objectives say, worst first.
func (w *week) degradations() []schema.Degradation {
	ts := &troubles{w: w}
	if w.findings != nil {
		for i := range w.findings.regressions {
			ts.learn(&w.findings.regressions[i])
		}
	}
	ts.addDays()
	ts.foldWhole()
	ts.addIncidents()
	ts.addObjectives()
	ts.addAlerts()
	ts.addCountedAlerts()

	ids := map[string]int{}
	slices.SortStableFunc(ts.all, func(a, b *trouble) int { return a.began.Compare(b.began.Time) })
	out := make([]schema.Degradation, 0, len(ts.all))
	for _, t := range ts.all {
		d := w.degradation(t)
		if ids[d.ID]++; ids[d.ID] > 1 { // twice the same day: by time
			d.ID += fmt.Sprintf("-%d", ids[d.ID])
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b schema.Degradation) int {
		return cmp.Or(
			cmp.Compare(acknowledgedLast(a), acknowledgedLast(b)),
			cmp.Compare(schema.SeverityRank(b.Severity), schema.SeverityRank(a.Severity)),
			cmp.Compare(overLast(a), overLast(b)),
			cmp.Compare(firstDay(a), firstDay(b)),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return out
}

// over reports whether a degradation has ended.
func over(d schema.Degradation) bool {
	return d.ResolutionStatus == schema.Resolved || d.ResolutionStatus == schema.Recovered
}

func overLast(d schema.Degradation) int {
	if over(d) {
		return 1
	}
	return 0
}

// firstDay is the first day of a degradation, -1 when it is not known.
func firstDay(d schema.Degradation) int {
	if d.DayOccurred == nil {
		return -1
	}
	return *d.DayOccurred
}

func acknowledgedLast(d schema.Degradation) int {
	if d.Acknowledged != nil {
		return 1
	}
	return 0
}

// learn takes over a finding of the week's comparison. What began before GA is
// no degradation of the release; it is told among the drifts.
func (ts *troubles) learn(f *schema.Finding) {
	if f.BeganBeforeGA {
		return
	}
	fam := family(ts.w.catalogue, f.MetricName)
	var t *trouble
	if f.Ended != nil && !f.FirstDetected.IsZero() {
		t = ts.passed(fam, f.Service, f.FirstDetected, f.Ended)
	} else {
		t = ts.lasting(fam, f.Service)
	}
	severity := orText(f.Severity, schema.SeverityLow)
	if schema.SeverityRank(severity) >= schema.SeverityRank(t.severity) && f.Impact != "" {
		t.impact = f.Impact
	}
	m := schema.DegradedMetric{
		MetricName: f.MetricName, Service: f.Service, Region: f.Region, Unit: orText(f.Unit, ts.w.unitOf(f.MetricName)),
		BaselineSource: f.BaselineSource, BaselineValue: f.BaselineValue, WorstValue: f.CurrentValue,
		DriftPercent: f.DriftPercent, Severity: severity, Evidence: f.Evidence,
	}
	if m.DriftPercent == nil {
		m.DriftPercent = f.RegressionPercent
	}
	day := ts.w.dayOf(f.FirstDetected)
	if f.FirstDetectedDay != nil {
		day = *f.FirstDetectedDay
	}
	if day >= 0 {
		t.days[day] = true
		if t.passing {
			m.WorstDay = &day
		}
	}
	if !f.FirstDetected.IsZero() && (t.began.IsZero() || f.FirstDetected.Before(t.began.Time)) {
		t.began = f.FirstDetected
	}
	if f.Standing != nil && (t.standing == nil || *f.Standing) {
		t.standing = f.Standing
	}
	if len(t.preceding) == 0 {
		t.preceding = f.Preceding
	}
	if f.Acknowledged != nil {
		t.acknowledged = f.Acknowledged
	} else {
		t.unanswered = true
	}
	t.add(m)
}

// addDays adds what the days' comparisons say: to what passed on that day, else
// to what stayed.
func (ts *troubles) addDays() {
	for _, day := range ts.w.days {
		for _, m := range ts.w.compared[day.DayNumber] {
			if m.Direction != schema.Regression || !m.Drifted || ts.w.beganBefore(m) {
				continue
			}
			t := ts.ofDay(family(ts.w.catalogue, m.MetricName), m.Service, day.DayNumber)
			t.days[day.DayNumber] = true
			n := day.DayNumber
			t.add(schema.DegradedMetric{
				MetricName: m.MetricName, Service: m.Service, Region: m.Region, Unit: orText(m.Unit, ts.w.unitOf(m.MetricName)),
				BaselineSource: "ga", BaselineValue: m.BaselineValue, WorstValue: m.CurrentValue, WorstDay: &n,
				DriftPercent: m.DriftPercent, Severity: orText(m.Severity, schema.SeverityLow), Evidence: m.Evidence,
			})
		}
	}
}

// ofDay returns the trouble that a day's comparison belongs to: what passed on
// that day; of the whole, what passed in one of its services; else what stayed.
func (ts *troubles) ofDay(family, service string, day int) *trouble {
	var carrier *trouble
	for _, t := range ts.all {
		switch {
		case t.family != family || !t.days[day]:
		case t.service == service:
			return t
		case service == "" && t.passing && (carrier == nil || schema.SeverityRank(t.severity) > schema.SeverityRank(carrier.severity)):
			carrier = t
		}
	}
	if carrier != nil {
		return carrier
	}
	return ts.lasting(family, service)
}

// beganBefore reports whether the week's comparison knows a change to be older
// than the release.
func (w *week) beganBefore(m schema.MetricComparison) bool {
	return w.findings != nil && slices.ContainsFunc(w.findings.regressions, func(f schema.Finding) bool {
		return f.BeganBeforeGA && f.MetricName == m.MetricName && f.Service == m.Service && f.Region == m.Region
	})
}

// unitOf is the catalogue's unit of a KPI, for older files that say none.
func (w *week) unitOf(key string) string {
	k, _ := w.catalogue.Lookup(key)
	return k.Unit
}

// degradation writes a trouble down.
func (w *week) degradation(t *trouble) schema.Degradation {
	t.arrange()
	for i := range t.metrics {
		t.metrics[i].Name = w.catalogue.NameOf(t.metrics[i].MetricName)
	}
	d := schema.Degradation{
		Category: t.family, Service: t.service, Region: t.region(), Severity: orText(t.severity, schema.SeverityLow),
		Impact: orText(t.impact, "not measured beyond the numbers"), Began: t.began, Metrics: t.metrics,
		Alerts: t.alerts, Incidents: t.episodes, Preceding: t.preceding,
		Days: slices.Sorted(maps.Keys(t.days)),
	}
	if len(d.Days) > 0 {
		d.DayOccurred = &d.Days[0]
	}
	if !t.unanswered {
		d.Acknowledged = t.acknowledged
	}
	d.ID = "D-" + slug(t.family, t.service, d.Region)
	if t.passing {
		if t.ended != nil && t.ended.After(t.began.Time) {
			d.Ended = t.ended
		}
		switch {
		case strings.HasPrefix(t.family, "alert "): // all its firings are one
		case d.DayOccurred != nil:
			d.ID += fmt.Sprintf("-day%d", *d.DayOccurred)
		default:
			d.ID += t.began.UTC().Format("-20060102T1504")
		}
	}
	if d.Ended != nil && !d.Began.IsZero() {
		d.DurationSeconds = schema.Num(d.Ended.Sub(d.Began.Time).Seconds())
	}
	if len(d.Preceding) == 0 {
		d.Preceding = w.preceding(t)
	}
	d.Description = orText(t.text, w.describe(t))
	d.ResolutionStatus, d.ResolutionDetails = w.resolution(t, d.Days)
	d.Checks = w.checks(t)
	if len(t.metrics) > 0 {
		m := t.metrics[0]
		d.Link = w.links.graph(w.kpiOf(m.MetricName, m.Service, m.Region).Query, w.around(t))
	}
	return d
}

// region is the region that all KPIs of a trouble are of, empty when there is
// none or several.
func (t *trouble) region() string {
	if t.service != "" || len(t.metrics) == 0 {
		return ""
	}
	for _, m := range t.metrics {
		if m.Region != t.metrics[0].Region {
			return ""
		}
	}
	return t.metrics[0].Region
}

// describe says the worst KPI of a trouble in numbers.
func (w *week) describe(t *trouble) string {
	if len(t.metrics) == 0 {
		return report.Scoped(t.family, t.service, "")
	}
	m := t.metrics[0]
	text := report.Scoped(w.catalogue.NameOf(m.MetricName), m.Service, m.Region) + ": " + report.Number(m.WorstValue, m.Unit)
	switch {
	case t.passing && t.ended != nil && t.ended.Equal(t.began.Time):
		text += " at " + report.Time(t.began)
	case t.passing:
		text += " while it lasted"
	case m.WorstDay != nil:
		text += fmt.Sprintf(" on day %d", *m.WorstDay)
	}
	text += " instead of " + report.Number(m.BaselineValue, m.Unit) + whence(m.BaselineSource)
	if m.DriftPercent != nil {
		text += " (" + report.Change(m.DriftPercent, "%") + ")"
	}
	return text
}

// whence says what a baseline's value is of.
func whence(source string) string {
	switch source {
	case "", "ga", "ga_day":
		return " on GA day"
	case "before_ga":
		return " before GA"
	case "expected":
		return " as expected"
	case "objective":
		return " as the objective wants"
	}
	return " in " + source
}
