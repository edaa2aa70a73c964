package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// writer writes a summary for people: rounded, worst first.
type writer struct {
	bytes.Buffer
	catalogue *kpi.Catalogue
}

// markdown returns a writer of the summary as Markdown.
func markdown(c *kpi.Catalogue, d *schema.RegressionSummary) func(io.Writer) error {
	return func(w io.Writer) error {
		p := &writer{catalogue: c}
		p.head(d)
		p.rollback(d.RollbackRecommendation)
		p.regressions(d)
		p.actions(d.Regressions)
		p.groups(d.Groups)
		p.improvements(d.Improvements)
		p.unknown(d.Unknown)
		p.basis(d)
		if _, err := w.Write(bytes.TrimRight(p.Bytes(), "\n")); err != nil {
			return fmt.Errorf("writing Markdown: %w", err)
		}
		_, err := io.WriteString(w, "\n")
		return err
	}
}

func (p *writer) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *writer) list(items []string) {
	for _, item := range items {
		p.printf("- %s\n", report.Escape(item))
	}
	if len(items) > 0 {
		p.printf("\n")
	}
}

func (p *writer) table(t report.Table) { _ = t.Write(p) } // a buffer takes everything

func (p *writer) head(d *schema.RegressionSummary) {
	p.printf("# %s\n\n**Assessment: %s.**", report.Escape(title(d)), d.OverallAssessment)
	if d.AssessmentReason != "" {
		p.printf(" %s.", sentence(report.Escape(d.AssessmentReason)))
	}
	p.printf("\n\n")
	_ = report.Quality(p, d.Head())
}

// title is the heading, and the name of the page's window.
func title(d *schema.RegressionSummary) string {
	if d.Release == "" {
		return "Regression summary"
	}
	return "Regression summary: " + d.Release
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (p *writer) rollback(r *schema.RollbackAdvice) {
	p.printf("## Rollback advice: %s\n\n", r.Advice)
	p.list(r.Reasons)
	if r.Confidence != nil {
		p.printf("Confidence %.1f%%.\n\n", 100**r.Confidence)
	}
	prices := report.Table{
		Head:  []string{"Objective", "Target", "7-day budget used", "Burned per hour", "On GA day", "Hours to exhaustion"},
		Right: []bool{false, true, true, true, true, true},
	}
	for _, price := range r.Prices {
		left := report.Number(price.HoursToExhaustion, "")
		if price.HoursToExhaustion == nil && price.BudgetPerHourPercent != nil {
			left = "does not burn"
		}
		prices.Add(p.catalogue.NameOf(price.SLO), report.Number(price.Objective, "%"), report.Number(price.BudgetUsedPercent, "%"),
			report.Number(price.BudgetPerHourPercent, "%"), report.Number(price.BudgetPerHourBeforePercent, "%"), left)
	}
	p.table(prices)
	if len(r.WouldChange) > 0 {
		p.printf("What would change this:\n\n")
		p.list(r.WouldChange)
	}
}

func (p *writer) regressions(d *schema.RegressionSummary) {
	p.printf("## Regressions\n\n")
	if len(d.Regressions) == 0 {
		p.printf("None found.\n\n")
		return
	}
	t := report.Table{
		Head:  []string{"Severity", "KPI", "Baseline", "Since then", "Change", "Began", "Stands", "q"},
		Right: []bool{false, false, true, true, true, false, false, true},
	}
	for i := range d.Regressions {
		f := &d.Regressions[i]
		severity := f.Severity
		if f.Acknowledged != nil {
			severity += " (acknowledged)"
		}
		t.Add(severity, p.name(f), report.Number(f.BaselineValue, f.Unit), report.Number(f.CurrentValue, f.Unit),
			report.Change(f.DriftPercent, "%"), report.Time(f.FirstDetected), stands(f), evidence(f.Evidence))
	}
	p.table(t)
	for i := range d.Regressions {
		p.finding(&d.Regressions[i])
	}
	p.printf("\n")
}

// name is a finding's KPI as people call it, and where it is.
func (p *writer) name(f *schema.Finding) string {
	return report.Scoped(p.catalogue.NameOf(f.MetricName), f.Service, f.Region)
}

// finding writes one finding as an item of a list, what belongs to it beneath.
func (p *writer) finding(f *schema.Finding) {
	p.printf("- **%s** %s: %s.", f.MitigationPriority, report.Escape(p.name(f)), report.Escape(f.Impact))
	if e := f.Evidence; e != nil && e.ShiftPercent != nil {
		p.printf(" Estimated shift %s", report.Change(e.ShiftPercent, "%"))
		if e.ShiftLow != nil && e.ShiftHigh != nil {
			p.printf(", between %s and %s with 95%% confidence", report.Change(e.ShiftLow, "%"), report.Change(e.ShiftHigh, "%"))
		}
		p.printf(".")
	}
	if f.BeganBeforeGA {
		p.printf(" It began before GA: the release is not the cause.")
	}
	if f.Reason != "" {
		p.printf(" %s.", sentence(report.Escape(f.Reason)))
	}
	p.printf("\n")
	var points []string
	if a := f.Acknowledged; a != nil {
		points = append(points, fmt.Sprintf("acknowledged by %s until %s: %s", a.Owner, a.Expires.Format(time.DateOnly), a.Reason))
	}
	for _, e := range f.Preceding {
		points = append(points, fmt.Sprintf("shortly before: %s at %s", strings.TrimSpace(e.Kind+" "+e.Name), report.Time(e.Timestamp)))
	}
	if len(f.Baselines) > 1 {
		for _, v := range f.Baselines {
			points = append(points, fmt.Sprintf("against %s: %s (%s)", v.Source, v.Vote, report.Change(v.ChangePercent, "%")))
		}
	}
	for _, point := range points {
		p.printf("  - %s\n", report.Escape(point))
	}
}

// actions lists what to do once each, with the findings it is for, in the order
// of the worst of them.
func (p *writer) actions(findings []schema.Finding) {
	var actions []string
	first, names := map[string]string{}, map[string][]string{}
	for i := range findings {
		f := &findings[i]
		for _, action := range f.RecommendedActions {
			if names[action] == nil {
				actions = append(actions, action)
				first[action] = f.MitigationPriority
			}
			names[action] = append(names[action], p.name(f))
		}
	}
	if len(actions) == 0 {
		return
	}
	p.printf("## What to do\n\n")
	const shown = 4 // findings of an action; the JSON has all
	for _, action := range actions {
		of := names[action]
		more := ""
		if len(of) > shown {
			more = fmt.Sprintf(" and %d more", len(of)-shown)
			of = of[:shown]
		}
		p.printf("- **%s** %s (%s%s)\n", first[action], sentence(report.Escape(action)), report.Escape(strings.Join(of, "; ")), more)
	}
	p.printf("\n")
}

func (p *writer) groups(groups []schema.FindingGroup) {
	if len(groups) == 0 {
		return
	}
	p.printf("## Moved together\n\n")
	for _, g := range groups {
		p.printf("- %s\n", report.Escape(g.Summary))
	}
	p.printf("\n")
}

func (p *writer) improvements(findings []schema.Finding) {
	if len(findings) == 0 {
		return
	}
	p.printf("## Improvements\n\n")
	t := report.Table{Head: []string{"KPI", "Baseline", "Since then", "Change", "Began"}, Right: []bool{false, true, true, true}}
	for i := range findings {
		f := &findings[i]
		t.Add(p.name(f), report.Number(f.BaselineValue, f.Unit), report.Number(f.CurrentValue, f.Unit),
			report.Change(f.DriftPercent, "%"), report.Time(f.FirstDetected))
	}
	p.table(t)
}

func (p *writer) unknown(unknown []schema.Unknown) {
	if len(unknown) == 0 {
		return
	}
	p.printf("## Unknown\n\nNo data is not good news.\n\n")
	var points []string
	for i := range unknown {
		u := &unknown[i]
		point := u.Name() + ": " + u.Reason
		if u.Needs != "" {
			point += " (needs " + u.Needs + ")"
		}
		points = append(points, point)
	}
	p.list(points)
}

func (p *writer) basis(d *schema.RegressionSummary) {
	p.printf("## What this rests on\n\n")
	var points []string
	for _, u := range d.Baselines {
		point := "baseline " + u.Source
		if u.Release != "" {
			point += " (" + u.Release + ")"
		}
		if !u.Series {
			point += ", averages only"
		}
		if u.HistoryDays > 0 {
			point += fmt.Sprintf(", with %d days before GA", u.HistoryDays)
		}
		points = append(points, point)
	}
	days := make([]string, len(d.Days))
	for i, n := range d.Days {
		days[i] = strconv.Itoa(n)
	}
	points = append(points, "days "+strings.Join(days, ", "))
	if t := d.Tests; t != nil && t.Hypotheses > 0 {
		points = append(points, fmt.Sprintf("%d hypotheses examined, findings admitted at a false discovery rate of %.0f%%", t.Hypotheses, 100*t.FalseDiscoveryRate))
	}
	if t := d.Tests; t != nil && t.WithoutEvidence > 0 {
		points = append(points, fmt.Sprintf("%d comparisons by averages alone", t.WithoutEvidence))
	}
	p.list(points)
}

func stands(f *schema.Finding) string {
	switch {
	case f.Standing == nil:
		return report.Unknown
	case *f.Standing:
		return "yes"
	}
	return "no"
}

func evidence(e *schema.Evidence) string {
	switch {
	case e == nil || e.Method == "none":
		return "averages only"
	case e.Q == nil:
		return report.Unknown
	case *e.Q < 1e-6:
		return "< 0.000001"
	}
	return strconv.FormatFloat(*e.Q, 'g', 2, 64)
}
