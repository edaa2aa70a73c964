package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

var priorityOf = map[string]string{
	schema.SeverityCritical: "P0", schema.SeverityHigh: "P1", schema.SeverityMedium: "P2", schema.SeverityLow: "P3",
}

// lower is the next lower priority.
func lower(p string) string {
	if p == "P0" || p == "P1" {
		return map[string]string{"P0": "P1", "P1": "P2"}[p]
	}
	return "P3"
}

// actions are what to do, by priority, each with a stable id.
func (w *week) actions(r *schema.Retrospective) []schema.ActionItem {
	out := []schema.ActionItem{}
	add := func(about, priority, owner, description, reason string, evidence ...string) {
		out = append(out, schema.ActionItem{
			ID: stableID("A", about), Priority: priority, Owner: owner,
			Description: description, Reason: reason, Status: "open", Evidence: evidence,
		})
	}
	v := w.verdict()
	switch v.word {
	case schema.AdviceRollback:
		add("rollback", "P0", "release engineer", "Roll back: "+v.reason+".", "the verdict", v.evidence...)
	case schema.AdviceUnknown:
		if w.findings != nil || len(w.days) > 0 {
			add("verdict unknown", "P1", "release engineer", "Find out what the verdict lacks: "+v.reason+".", "nobody can tell whether to roll back", v.evidence...)
		}
	}
	for _, d := range r.Degradations {
		if d.Acknowledged != nil {
			continue
		}
		what, priority := "Find out whether it is over: ", orText(priorityOf[d.Severity], "P3")
		switch d.ResolutionStatus {
		case schema.Standing:
			what = "Mend what still stands: "
		case schema.Resolved, schema.Recovered:
			what, priority = "Explain, though it is over: ", lower(priority)
		}
		add(d.ID, priority, ownerOf(d), what+d.Description+".", d.Severity+", "+d.ResolutionStatus, d.ID)
	}
	for _, b := range r.SLOBurnDowns {
		told := slices.ContainsFunc(r.Degradations, func(d schema.Degradation) bool { return d.Category == "objective "+b.KPI })
		if b.BudgetConsumedPercent != nil && *b.BudgetConsumedPercent > 100 && !told {
			add("slo "+b.KPI, "P1", "service owner", fmt.Sprintf("%s: the seven-day error budget is overspent (%s used); decide what pays for it.",
				b.SLOName, report.Number(b.BudgetConsumedPercent, "%")), "the budget is gone", "slo:"+b.KPI)
		}
	}
	for _, d := range r.UnexpectedDrifts {
		if !d.InvestigationNeeded {
			continue
		}
		priority, reason := "P2", fmt.Sprintf("it moved by %d %% or more", investigateFrom)
		if d.Direction == schema.Improvement {
			priority, reason = "P3", "it is better, and nobody said why"
		}
		add(d.ID, priority, "service owner", fmt.Sprintf("Look into the drift of %s: %s on day %d instead of %s on GA day (%s).",
			report.Scoped(w.catalogue.NameOf(d.MetricName), d.Service, d.Region), report.Number(d.FinalValue, d.Unit), d.FinalDay,
			report.Number(d.BaselineValue, d.Unit), report.Change(d.DriftPercent, "%")), reason, d.ID)
	}
	for _, h := range w.headroom() {
		if slices.Contains(r.CostAnalysis.CostOptimizationRecommendations, h.text) {
			add("headroom "+h.key, "P3", "platform team", h.text, "measured use", "inputs")
		}
	}
	for _, l := range w.process(r) {
		add("process "+l.about, l.priority, "SRE", l.Description, "", l.Evidence...)
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

// recommend is what the next release should heed: what stands, what it must not
// repeat, what is left of the budgets, what it will be compared with.
func (w *week) recommend(r *schema.Retrospective) []schema.Recommendation {
	out := []schema.Recommendation{}
	add := func(priority, owner string, evidence []string, format string, args ...any) {
		out = append(out, schema.Recommendation{Priority: priority, Owner: owner, Evidence: evidence, Description: fmt.Sprintf(format, args...)})
	}
	if w.verdict().word == schema.AdviceRollback {
		add("P0", "release engineer", w.verdict().evidence, "Ship nothing on top of this release before it is rolled back or mended.")
	}
	for _, d := range r.Degradations {
		if len(d.Metrics) == 0 || schema.SeverityRank(d.Severity) < schema.SeverityRank(schema.SeverityMedium) {
			continue
		}
		m := d.Metrics[0]
		name := report.Scoped(w.catalogue.NameOf(m.MetricName), m.Service, m.Region)
		baseline := report.Number(m.BaselineValue, m.Unit)
		switch {
		case d.Acknowledged != nil:
			add("P3", orText(d.Acknowledged.Owner, ownerOf(d)), []string{d.ID}, "%s is accepted until %s (%s): see to it before then.", name, report.Time(d.Acknowledged.Expires), d.Acknowledged.Reason)
		case over(d):
			add(lower(priorityOf[d.Severity]), ownerOf(d), []string{d.ID}, "Show that what ended %s cannot come back with the next release: %s.", endedOn(d), d.Description)
		default:
			add(priorityOf[d.Severity], ownerOf(d), []string{d.ID}, "Bring %s back to %s, or accept it openly, before the next release is compared with this one.", name, baseline)
		}
	}
	for _, b := range r.SLOBurnDowns {
		const most = 50 // percent of the budget, from which it is to be spared
		if used := b.BudgetConsumed30DayPercent; used != nil && b.BudgetConsumedPercent != nil && *b.BudgetConsumedPercent >= most {
			add("P2", "service owner", []string{"slo:" + b.KPI}, "%s: this week took %s of a 30-day error budget; plan the next release with the %s that are left.",
				b.SLOName, report.Number(used, "%"), report.Number(schema.Num(math.Max(0, 100-*used)), "%"))
		}
	}
	for _, d := range r.UnexpectedDrifts {
		if d.Direction == schema.Improvement {
			add("P3", "service owner", []string{d.ID}, "Hold the next release against the improved %s of %s.", report.Number(d.FinalValue, d.Unit),
				report.Scoped(w.catalogue.NameOf(d.MetricName), d.Service, d.Region))
		}
	}
	for _, a := range r.ActionItems {
		if a.Owner == "SRE" && strings.Compare(a.Priority, "P3") < 0 {
			add(a.Priority, a.Owner, a.Evidence, "Settle before the next watch begins: %s", a.Description)
		}
	}
	slices.SortStableFunc(out, func(a, b schema.Recommendation) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func endedOn(d schema.Degradation) string {
	if d.Ended != nil {
		return report.Time(*d.Ended)
	}
	return "after day " + numbers(d.Days[max(0, len(d.Days)-1):])
}
