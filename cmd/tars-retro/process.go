package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// lesson is something about the watching itself that could be better.
type lesson struct {
	// about names it for good, whatever the numbers of the day.
	about, priority string
	schema.Statement
}

func statements(lessons []lesson) []schema.Statement {
	out := []schema.Statement{}
	for _, l := range lessons {
		out = append(out, l.Statement)
	}
	return out
}

// process lists what the week taught about the watching: gaps, troubles nobody
// was told of, alerts about nothing, inputs that are missing.
func (w *week) process(r *schema.Retrospective) []lesson {
	var out []lesson
	add := func(about, priority string, evidence []string, format string, args ...any) {
		out = append(out, lesson{about, priority, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence}})
	}
	for _, gap := range r.DataQuality.Gaps {
		add("gap "+gap.Start.String(), "P2", []string{dayID(max(0, w.dayOf(gap.Start)))},
			"Nothing was seen from %s to %s (%s): was the metrics source down, and who noticed?",
			report.Time(gap.Start), report.Time(gap.End), report.Duration(gap.End.Sub(gap.Start.Time)))
	}
	w.alerting(r, add)
	if missing := w.missingDays(); len(missing) > 0 && len(w.days) > 0 && missing[0] <= max(w.expected(), w.lastDay()) {
		add("missing days", "P2", []string{"inputs"}, "There is no summary of day %s: did the daily job run?", numbers(missing))
	}
	if w.ga == nil && w.findings == nil && !w.hasBaseline() {
		add("no baseline", "P2", nil, "There is no baseline of GA day: run tars-ga-kpi at GA; it can be made later, while the source keeps that day.")
	}
	if w.ga != nil && w.ga.History == nil && w.ga.SchemaVersion != "0.0" {
		add("no history", "P3", []string{dayID(0)}, "The baseline carries no days before GA: tars-ga-kpi --lookback 7d tells ordinary spread from change.")
	}
	for _, key := range unknownKPIs(w.days) {
		add("no data "+key, "P3", []string{dayID(w.lastDay())}, "%s had no data on any day: export it, or take it out of the catalogue.", w.catalogue.NameOf(key))
	}
	return out
}

// hasBaseline reports whether the days were compared with a baseline, though it
// was not given here.
func (w *week) hasBaseline() bool {
	for _, list := range w.compared {
		if slices.ContainsFunc(list, func(m schema.MetricComparison) bool { return m.BaselineValue != nil }) {
			return true
		}
	}
	return false
}

// alerting holds the alerts against what happened.
func (w *week) alerting(r *schema.Retrospective, add func(string, string, []string, string, ...any)) {
	knows := slices.ContainsFunc(w.days, func(d *schema.DailySummary) bool { return d.IncidentCount != nil && d.SchemaVersion != "0.0" })
	for _, d := range r.Degradations {
		switch {
		case strings.HasPrefix(d.Category, "alert "):
			add("alert about nothing "+d.ID, "P3", []string{d.ID}, "%s fired while no KPI moved: is its threshold right?", strings.TrimPrefix(d.Category, "alert "))
		case !knows || d.Acknowledged != nil || strings.HasPrefix(d.Category, "objective") || d.Category == "cost" || d.Category == "alerts":
		case len(d.Alerts) == 0 && schema.SeverityRank(d.Severity) >= schema.SeverityRank(schema.SeverityHigh):
			add("no alert "+d.ID, "P2", []string{d.ID}, "No alert fired for: %s. Should one have?", d.Description)
		case len(d.Alerts) == 0 && d.Severity == schema.SeverityMedium:
			add("no alert "+d.ID, "P3", []string{d.ID}, "No alert fired for: %s. Should one have?", d.Description)
		}
	}
	for _, b := range r.SLOBurnDowns {
		due := pageDue(b)
		if due == nil || !knows {
			continue
		}
		for _, f := range due.Firings {
			if !w.alertedAt(f) {
				add("no page "+b.KPI+" "+f.Started.String(), "P2", []string{"slo:" + b.KPI},
					"%s burned fast enough at %s for a page, and no alert fired: burn-rate alerts would have.", b.SLOName, report.Time(f.Started))
			}
		}
	}
}

// pageDue returns the fastest pair of windows of the seven-day budget that
// would have paged; nil when none would.
func pageDue(b schema.SLOBurnDown) *schema.SLOBurnAlert {
	i := slices.IndexFunc(b.BurnAlerts, func(a schema.SLOBurnAlert) bool {
		return a.PeriodDays == watchDays && a.Severity == "page" && len(a.Firings) > 0
	})
	if i < 0 {
		return nil
	}
	return &b.BurnAlerts[i]
}

// alertedAt reports whether any alert fired at about the time of a page that
// was due.
func (w *week) alertedAt(f schema.SLOFiring) bool {
	return slices.ContainsFunc(w.firings(), func(a schema.Alert) bool {
		t := trouble{began: f.Started, ended: f.Ended}
		return t.meets(a.Started, a.Ended)
	})
}

// unknownKPIs are those that no day knows.
func unknownKPIs(days []*schema.DailySummary) []string {
	unknown := map[string]bool{}
	for _, d := range days {
		for key, k := range d.KPIs {
			_, known := k.Of()
			if _, seen := unknown[key]; !seen || known {
				unknown[key] = !known
			}
		}
	}
	var keys []string
	for key, u := range unknown {
		if u {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
