package main

import (
	"fmt"
	"slices"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// successes are what was measured to be good: objectives kept, improvements,
// KPIs that did not move, troubles that are over.
func (w *week) successes(r *schema.Retrospective) []schema.Statement {
	out := []schema.Statement{}
	add := func(evidence []string, format string, args ...any) {
		out = append(out, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence})
	}
	if kept, judged := w.certified(); judged > 0 && kept == judged {
		add([]string{dayID(0)}, "GA day kept %d of %d objectives that could be judged.", kept, judged)
	}
	for _, b := range r.SLOBurnDowns {
		kept, missed, _ := keptDays(b)
		switch {
		case b.BudgetConsumedPercent != nil && *b.BudgetConsumedPercent <= 100:
			text := fmt.Sprintf("%s was kept over the days given: %s of the seven-day error budget is used, %s is left",
				b.SLOName, report.Number(b.BudgetConsumedPercent, "%"), report.Number(schema.Num(100-*b.BudgetConsumedPercent), "%"))
			if len(missed) > 0 {
				text += "; day " + numbers(missed) + " missed it"
			}
			add([]string{"slo:" + b.KPI}, "%s.", text)
		case b.BudgetConsumedPercent == nil && kept > 0 && len(missed) == 0:
			add([]string{"slo:" + b.KPI}, "%s held by the average of each of %s; the error budget cannot be counted by averages.", b.SLOName, count(kept, "day"))
		}
	}
	w.better(r, add)
	if stable := w.stable(r); len(stable) > 0 {
		add([]string{dayID(w.lastDay())}, "On day %d these had not drifted from GA day: %s.", w.lastDay(), list(stable))
	}
	for _, d := range r.Degradations {
		if d.ResolutionStatus == schema.Resolved {
			add([]string{d.ID}, "Resolved within the week: %s; %s.", d.Description, d.ResolutionDetails)
		}
	}
	if n := len(r.HealthByDay); n > 0 && !slices.ContainsFunc(r.HealthByDay, func(h schema.HealthOfDay) bool {
		return h.Status != schema.HealthExcellent && h.Status != schema.HealthGood
	}) {
		add([]string{healthID(r.HealthByDay[0].DayNumber)}, "Health was Good or better on each of %s reported.", count(n, "day"))
	}
	return out
}

// better tells the improvements: of the whole, and of services where the whole
// did not improve.
func (w *week) better(r *schema.Retrospective, add func([]string, string, ...any)) {
	told := map[string]bool{}
	tell := func(id, metric, service string, from, to, percent *float64, unit string, day int) {
		add([]string{id}, "%s improved from %s on GA day to %s on day %d (%s).", report.Scoped(w.catalogue.NameOf(metric), service, ""),
			report.Number(from, unit), report.Number(to, unit), day, report.Change(percent, "%"))
		told[metric+"\x00"+service] = true
	}
	for _, d := range r.UnexpectedDrifts {
		if d.Direction == schema.Improvement {
			tell(d.ID, d.MetricName, d.Service, d.BaselineValue, d.FinalValue, d.DriftPercent, d.Unit, d.FinalDay)
		}
	}
	for _, m := range w.finals() {
		if m.Direction == schema.Improvement && m.Drifted && m.Service == "" && m.Region == "" && !told[m.MetricName+"\x00"] {
			tell(dayID(m.day), m.MetricName, "", m.BaselineValue, m.CurrentValue, m.DriftPercent, orText(m.Unit, w.unitOf(m.MetricName)), m.day)
		}
	}
}

// stable names the KPIs of the whole that the last day was compared in, that did
// not drift and that no standing degradation is about.
func (w *week) stable(r *schema.Retrospective) []string {
	var names []string
	told := map[string]bool{}
	for _, d := range r.Degradations {
		for _, m := range d.Metrics {
			told[m.MetricName] = told[m.MetricName] || !over(d) && m.Service == "" && m.Region == ""
		}
	}
	for _, m := range w.compared[w.lastDay()] {
		if m.Service != "" || m.Region != "" || m.Drifted || m.CurrentValue == nil || m.BaselineValue == nil ||
			m.Direction != schema.Unchanged || told[m.MetricName] {
			continue
		}
		k, known := w.catalogue.Lookup(m.MetricName)
		if known && k.Direction != kpi.Neutral {
			names = append(names, k.Name)
		}
	}
	return names
}

// certified counts the objectives of GA day.
func (w *week) certified() (kept, judged int) {
	if w.ga == nil {
		return 0, 0
	}
	for _, v := range w.ga.SLOCompliance {
		if v.Met != nil {
			judged++
			if *v.Met {
				kept++
			}
		}
	}
	return kept, judged
}

// keptDays counts the days that kept an objective and names those that did not
// and those that could not be judged.
func keptDays(b schema.SLOBurnDown) (kept int, missed, unknown []int) {
	for _, d := range b.ComplianceByDay {
		switch {
		case d.Met == nil:
			unknown = append(unknown, d.DayNumber)
		case *d.Met:
			kept++
		default:
			missed = append(missed, d.DayNumber)
		}
	}
	return kept, missed, unknown
}

// healthID is the evidence id of a day's health report.
func healthID(day int) string { return fmt.Sprintf("health:%d", day) }
