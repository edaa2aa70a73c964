package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

// firings are the alerts of GA day and all days, by start. One that goes on over
// the end of a day is in two summaries and is joined.
func (w *week) firings() []schema.Alert {
	var all []schema.Alert
	open := map[string]int{} // those that went on at the end of the day before
	add := func(alerts []schema.Alert, window *schema.Window) {
		goesOn := map[string]int{}
		for _, a := range alerts {
			if strings.EqualFold(a.Severity, "none") {
				continue // a dead man's switch, which fires always
			}
			key := nameOf(a)
			i, joined := open[key]
			if joined && window != nil && a.Started.Sub(window.Start.Time) <= 10*time.Minute {
				all[i].Ended = a.Ended
			} else {
				i = len(all)
				all = append(all, a)
			}
			if a.Ended == nil {
				goesOn[key] = i
			}
		}
		open = goesOn
	}
	if w.ga != nil {
		add(w.ga.Alerts, w.ga.Window)
	}
	for _, d := range w.days {
		add(d.Alerts, d.Window)
	}
	slices.SortStableFunc(all, func(a, b schema.Alert) int {
		return cmp.Or(a.Started.Compare(b.Started.Time), cmp.Compare(nameOf(a), nameOf(b)))
	})
	return all
}

func nameOf(a schema.Alert) string {
	name := a.Name
	for _, key := range slices.Sorted(maps.Keys(a.Labels)) {
		name += "\x00" + key + "=" + a.Labels[key]
	}
	return name
}

// addAlerts attaches the alerts to the troubles they are about; one that fits
// none is a trouble of its own.
func (ts *troubles) addAlerts() {
	for _, a := range ts.w.firings() {
		day := ts.w.dayOf(a.Started)
		found := false
		for _, t := range ts.all {
			if !strings.HasPrefix(t.family, "alert") && ts.w.concerns(a, day, t) {
				t.alerts = append(t.alerts, a.Name)
				found = true
			}
		}
		if !found && day >= 0 {
			ts.addAlert(a, day)
		}
	}
}

// addAlert makes an alert that no KPI explains a trouble of its own; all
// firings of an alert for a service are one.
func (ts *troubles) addAlert(a schema.Alert, day int) {
	fam, service := "alert "+a.Name, a.Labels["service"]
	i := slices.IndexFunc(ts.all, func(t *trouble) bool { return t.family == fam && t.service == service })
	if i < 0 {
		i = len(ts.all)
		ts.all = append(ts.all, &trouble{
			family: fam, service: service, passing: true, days: map[int]bool{}, began: a.Started,
			severity: alertSeverity(a), impact: "no KPI moved enough to tell more", unanswered: true,
		})
	}
	t := ts.all[i]
	t.days[day], t.ended = true, a.Ended
	t.alerts = append(t.alerts, a.Name)
	t.text = report.Scoped("Alert "+a.Name, service, "") + " fired"
	if n := len(t.alerts); n > 1 {
		t.text += fmt.Sprintf(" %d times", n)
		t.passing = false // no single stretch of time
	}
	switch {
	case a.Ended == nil:
		t.settled, t.settledWhy = schema.Standing, "it still fires at the end of the last day given"
	case ts.w.lastDay() > day:
		t.settled, t.settledWhy = schema.Resolved, "over since "+report.Time(*a.Ended)+"; it did not fire on later days"
	default:
		t.settled, t.settledWhy = schema.Recovered, "over since "+report.Time(*a.Ended)+"; no later day was given"
	}
}

func alertSeverity(a schema.Alert) string {
	switch strings.ToLower(a.Severity) {
	case "critical", "page":
		return schema.SeverityHigh
	case "info":
		return schema.SeverityLow
	}
	return schema.SeverityMedium
}

// concerns reports whether an alert is about a trouble: at its time, of its
// service, and of its family as far as the alert's name tells.
func (w *week) concerns(a schema.Alert, day int, t *trouble) bool {
	service := a.Labels["service"]
	if service != "" && t.service != "" && service != t.service {
		return false
	}
	families := hints(a.Name)
	says := slices.Contains(families, orText(t.topic, t.family))
	if t.passing && !t.began.IsZero() {
		return t.meets(a.Started, a.Ended) && (says || len(families) == 0)
	}
	sameService := service != "" && service == t.service
	return t.days[day] && (says || len(families) == 0 && sameService)
}

// hints are the families that an alert's name speaks of.
func hints(name string) []string {
	name = strings.ToLower(name)
	var families []string
	for _, h := range []struct{ family, words string }{
		{"availability", "down unavail availability absent probe"},
		{"errors", "error 5xx failing"},
		{"latency", "latency slow duration"},
		{"memory", "memory oom"},
		{"cpu", "cpu throttl"},
		{"database", "database postgres mysql sql"},
	} {
		if slices.ContainsFunc(strings.Fields(h.words), func(word string) bool { return strings.Contains(name, word) }) {
			families = append(families, h.family)
		}
	}
	return families
}

// addCountedAlerts tells of critical alerts that older files count and do not
// name.
func (ts *troubles) addCountedAlerts() {
	for _, d := range ts.w.days {
		n := d.TotalCriticalAlerts
		if n == nil {
			n = d.CriticalIncidentCount
		}
		if d.Alerts != nil || d.KPIs == nil || n == nil || *n < 1 || d.SchemaVersion != "0.0" {
			continue
		}
		ts.all = append(ts.all, &trouble{
			family: "alerts", passing: true, days: map[int]bool{d.DayNumber: true}, severity: schema.SeverityMedium, unanswered: true,
			text:    fmt.Sprintf("%s fired on day %d; the summary does not name them", count(int(*n), "critical alert"), d.DayNumber),
			settled: schema.ResolutionUnknown, settledWhy: "when they ended was not written down",
		})
	}
}

// addObjectives tells of objectives that GA day or a day missed and that no
// trouble explains.
func (ts *troubles) addObjectives() {
	w := ts.w
	budgets := w.budgets
	if len(budgets) == 0 {
		budgets = slo.BurnDowns(w.catalogue, nil) // GA day may have missed one
	}
	for _, b := range budgets {
		fam := family(w.catalogue, b.KPI)
		missed := map[int]bool{}
		for _, d := range b.ComplianceByDay {
			explained := slices.ContainsFunc(ts.all, func(t *trouble) bool { return t.family == fam && t.days[d.DayNumber] })
			if d.Met != nil && !*d.Met && !explained {
				missed[d.DayNumber] = true
			}
		}
		if w.ga != nil {
			if v, ok := w.ga.SLOCompliance[b.KPI]; ok && v.Met != nil && !*v.Met {
				missed[0] = true
			}
		}
		if len(missed) > 0 {
			ts.addObjective(b, missed)
		}
	}
}

func (ts *troubles) addObjective(b schema.SLOBurnDown, missed map[int]bool) {
	w := ts.w
	t := &trouble{
		family: "objective " + b.KPI, topic: family(w.catalogue, b.KPI), days: missed, severity: schema.SeverityMedium, unanswered: true,
		text: b.SLOName + " was missed on day " + numbers(slices.Sorted(maps.Keys(missed))),
	}
	if b.BudgetConsumedPercent != nil {
		t.impact = report.Number(b.BudgetConsumedPercent, "%") + " of the seven-day error budget is used"
		if *b.BudgetConsumedPercent > 100 {
			t.severity = schema.SeverityHigh
		}
	}
	if missed[0] {
		t.impact = orText(t.impact, "no day was given to count the error budget by") + "; GA day itself missed it, so the baseline is no good one"
	}
	t.settled, t.settledWhy = schema.ResolutionUnknown, "no later day was judged"
	for _, d := range b.ComplianceByDay {
		switch {
		case d.Met == nil:
		case *d.Met:
			t.settled, t.settledWhy = schema.Resolved, fmt.Sprintf("day %d kept it", d.DayNumber)
		default:
			t.settled, t.settledWhy = schema.Standing, fmt.Sprintf("day %d, the last one judged, missed it", d.DayNumber)
		}
	}
	ts.all = append(ts.all, t)
}
