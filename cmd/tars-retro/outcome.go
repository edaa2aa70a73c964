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

// successes are what was measured to be good: objectives kept, improvements,
// KPIs that did not move, troubles that are over.
func (w *week) successes(r *schema.Retrospective) []schema.Statement {
	out := []schema.Statement{}
	for _, b := range r.SLOBurnDowns {
		if b.BudgetConsumedPercent != nil && *b.BudgetConsumedPercent <= 100 {
			out = append(out, schema.Statement{
				Description: fmt.Sprintf("%s was kept: %s of the seven-day error budget is used.", b.SLOName, report.Number(b.BudgetConsumedPercent, "%")),
				Evidence:    []string{"slo:" + b.KPI},
			})
		}
	}
	last := w.compared[w.lastDay()]
	var stable []string
	for _, m := range last {
		if m.Service != "" || m.Region != "" {
			continue
		}
		switch {
		case m.Direction == schema.Improvement && m.Drifted:
			out = append(out, schema.Statement{
				Description: fmt.Sprintf("%s improved from %s on GA day to %s (%s).", w.catalogue.NameOf(m.MetricName),
					report.Number(m.BaselineValue, m.Unit), report.Number(m.CurrentValue, m.Unit), report.Change(m.DriftPercent, "%")),
				Evidence: []string{fmt.Sprintf("day:%d", w.lastDay())},
			})
		case m.Direction != schema.Regression && m.CurrentValue != nil && m.BaselineValue != nil && !m.Drifted &&
			w.catalogue.For(m.MetricName, schema.KPI{Direction: m.Direction}).Direction != kpi.Neutral:
			stable = append(stable, m.MetricName)
		}
	}
	if len(stable) > 0 {
		out = append(out, schema.Statement{
			Description: fmt.Sprintf("On day %d no drift from GA day in %s.", w.lastDay(), strings.Join(stable, ", ")),
			Evidence:    []string{fmt.Sprintf("day:%d", w.lastDay())},
		})
	}
	for _, d := range r.Degradations {
		if d.ResolutionStatus == schema.Resolved {
			out = append(out, schema.Statement{
				Description: fmt.Sprintf("Resolved within the week: %s (%s).", d.Description, d.ResolutionDetails),
				Evidence:    []string{d.ID},
			})
		}
	}
	return out
}

// improvements are about the watching itself: gaps, troubles nobody was told
// of, alerts about nothing, inputs that are missing.
func (w *week) improvements(r *schema.Retrospective) []schema.Statement {
	out := []schema.Statement{}
	add := func(evidence []string, format string, args ...any) {
		out = append(out, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence})
	}
	for _, gap := range r.DataQuality.Gaps {
		add(nil, "Nothing was seen from %s to %s (%s): was the metrics source down, and who noticed?",
			report.Time(gap.Start), report.Time(gap.End), report.Duration(gap.End.Sub(gap.Start.Time)))
	}
	knowsAlerts := slices.ContainsFunc(w.days, func(d *schema.DailySummary) bool { return d.IncidentCount != nil })
	for _, d := range r.Degradations {
		switch {
		case knowsAlerts && len(d.Alerts) == 0 && schema.SeverityRank(d.Severity) >= schema.SeverityRank(schema.SeverityMedium):
			add([]string{d.ID}, "No alert fired for: %s. Should one have?", d.Description)
		case strings.HasPrefix(d.Category, "alert "):
			add([]string{d.ID}, "%s fired while no KPI moved: is its threshold right?", strings.TrimPrefix(d.Category, "alert "))
		}
	}
	if missing := w.missingDays(); len(missing) > 0 && len(w.days) > 0 {
		add(nil, "There is no summary of day %s: did the daily job run?", numbers(missing))
	}
	if w.ga == nil {
		add(nil, "There is no baseline of GA day: run tars-ga-kpi at GA; it can be made later, while the source keeps that day.")
	}
	if w.ga != nil && w.ga.History == nil && w.ga.SchemaVersion != "0.0" {
		add(nil, "The baseline carries no days before GA: tars-ga-kpi --lookback 7d tells ordinary spread from change.")
	}
	for _, key := range unknownKPIs(w.days) {
		add(nil, "%s had no data on any day: export it, or take it out of the catalogue.", w.catalogue.NameOf(key))
	}
	return out
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

var priorityOf = map[string]string{"critical": "P0", "high": "P1", "medium": "P2", "low": "P3"}

// lower is the next lower priority.
func lower(p string) string {
	return map[string]string{"P0": "P1", "P1": "P2"}[p] + map[string]string{"P2": "P3", "P3": "P3"}[p]
}

// actions are what to do, by priority, each with a stable id.
func (w *week) actions(r *schema.Retrospective) []schema.ActionItem {
	out := []schema.ActionItem{}
	add := func(about, priority, owner, description string, evidence ...string) {
		out = append(out, schema.ActionItem{
			ID: stableID("A", about), Priority: priority, Owner: owner,
			Description: description, Status: "open", Evidence: evidence,
		})
	}
	if a := w.advice(); a != nil && a.ShouldRollback != nil && *a.ShouldRollback {
		add("rollback", "P0", "release engineer", "Roll back: "+a.Reason+".")
	}
	for _, d := range r.Degradations {
		switch d.ResolutionStatus {
		case schema.Standing:
			add(d.ID, orText(priorityOf[d.Severity], "P3"), ownerOf(d), "Mend what still stands: "+d.Description+".", d.ID)
		case schema.Resolved:
			add(d.ID, lower(orText(priorityOf[d.Severity], "P3")), ownerOf(d), "Explain, though it is over: "+d.Description+".", d.ID)
		default:
			add(d.ID, orText(priorityOf[d.Severity], "P3"), ownerOf(d), "Find out whether it is over: "+d.Description+".", d.ID)
		}
	}
	for _, b := range r.SLOBurnDowns {
		if b.BudgetConsumedPercent != nil && *b.BudgetConsumedPercent > 100 {
			add("slo "+b.KPI, "P1", "service owner", fmt.Sprintf("%s: the seven-day error budget is overspent (%s used); decide what pays for it.",
				b.SLOName, report.Number(b.BudgetConsumedPercent, "%")), "slo:"+b.KPI)
		}
	}
	for _, d := range r.UnexpectedDrifts {
		if d.InvestigationNeeded {
			name := d.MetricName
			if d.Service != "" {
				name += " of " + d.Service
			}
			add(d.ID, "P2", "service owner", fmt.Sprintf("Look into the drift of %s: %s instead of %s (%s).", name,
				report.Number(d.FinalValue, d.Unit), report.Number(d.BaselineValue, d.Unit), report.Change(d.DriftPercent, "%")), d.ID)
		}
	}
	for _, s := range r.CostAnalysis.CostOptimizationRecommendations {
		add(s[:min(len(s), 20)], "P3", "platform team", s, "cost")
	}
	for _, p := range r.ProcessImprovements {
		priority := "P3"
		if strings.HasPrefix(p.Description, "Nothing was seen") || strings.HasPrefix(p.Description, "There is no summary") {
			priority = "P2"
		}
		about := p.Description
		if len(p.Evidence) > 0 { // the numbers in the text change from day to day
			about = "process " + strings.Join(p.Evidence, " ")
		}
		add(about, priority, "SRE", p.Description, p.Evidence...)
	}
	slices.SortStableFunc(out, func(a, b schema.ActionItem) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func ownerOf(d schema.Degradation) string {
	if d.Service != "" {
		return "owner of " + d.Service
	}
	return "service owner"
}

// recommend is what the next release should heed: everything above P3.
func recommend(r *schema.Retrospective) []schema.Recommendation {
	out := []schema.Recommendation{}
	for _, a := range r.ActionItems {
		if a.Priority < "P3" {
			out = append(out, schema.Recommendation{Priority: a.Priority, Description: a.Description, Owner: a.Owner, Evidence: a.Evidence})
		}
	}
	return out
}
