package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// markdown writes the summary for people: rounded, worst first.
func markdown(d *schema.RegressionSummary) func(io.Writer) error {
	return func(w io.Writer) error {
		var b bytes.Buffer
		writeHead(&b, d)
		writeRollback(&b, d.RollbackRecommendation)
		writeRegressions(&b, d)
		writeGroups(&b, d.Groups)
		writeImprovements(&b, d.Improvements)
		writeUnknown(&b, d.Unknown)
		writeBasis(&b, d)
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("writing Markdown: %w", err)
		}
		return nil
	}
}

func writeHead(b *bytes.Buffer, d *schema.RegressionSummary) {
	title := "# Regression summary"
	if d.Release != "" {
		title += ": " + cell(d.Release)
	}
	fmt.Fprintf(b, "%s\n\n", title)
	fmt.Fprintf(b, "**Assessment: %s.** %s.\n\n", d.OverallAssessment, cell(d.AssessmentReason))
	if d.Window != nil {
		fmt.Fprintf(b, "Days %s, %s to %s.", days(d.Days), when(d.Window.Start), when(d.Window.End))
		if d.Window.Partial {
			b.WriteString(" The last day is not over.")
		}
		b.WriteString("\n\n")
	}
}

func days(numbers []int) string {
	if len(numbers) == 0 {
		return "none"
	}
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

func writeRollback(b *bytes.Buffer, r *schema.RollbackAdvice) {
	fmt.Fprintf(b, "## Rollback: %s\n\n", r.Advice)
	if r.Confidence != nil {
		fmt.Fprintf(b, "Confidence %.1f%%.\n\n", 100**r.Confidence)
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(b, "- %s\n", cell(reason))
	}
	if len(r.Prices) > 0 {
		b.WriteString("\n| Objective | Target | Budget used | Burned per hour | On GA day | Hours left |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
		for _, p := range r.Prices {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", p.SLO, num(p.Objective, ""), num(p.BudgetUsedPercent, "%"),
				num(p.BudgetPerHourPercent, "%"), num(p.BudgetPerHourBeforePercent, "%"), num(p.HoursToExhaustion, ""))
		}
	}
	if len(r.WouldChange) > 0 {
		b.WriteString("\nWhat would change this:\n\n")
		for _, c := range r.WouldChange {
			fmt.Fprintf(b, "- %s\n", cell(c))
		}
	}
	b.WriteString("\n")
}

func writeRegressions(b *bytes.Buffer, d *schema.RegressionSummary) {
	fmt.Fprintf(b, "## Regressions (%d)\n\n", d.TotalRegressions)
	if len(d.Regressions) == 0 {
		b.WriteString("None.\n\n")
		return
	}
	b.WriteString("| Severity | KPI | Baseline | Now | Change | Since | Stands | q |\n| --- | --- | ---: | ---: | ---: | --- | --- | ---: |\n")
	for i := range d.Regressions {
		f := &d.Regressions[i]
		severity := f.Severity
		if f.Acknowledged != nil {
			severity += " (acknowledged)"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", severity, cell(f.Name()), num(f.BaselineValue, f.Unit),
			num(f.CurrentValue, f.Unit), percent(f.DriftPercent), since(f), stands(f), q(f.Evidence))
	}
	b.WriteString("\n")
	for i := range d.Regressions {
		writeFinding(b, &d.Regressions[i])
	}
}

func writeFinding(b *bytes.Buffer, f *schema.Finding) {
	fmt.Fprintf(b, "### %s: %s\n\n%s.", f.MitigationPriority, cell(f.Name()), cell(f.Impact))
	if e := f.Evidence; e != nil && e.ShiftPercent != nil {
		fmt.Fprintf(b, " Estimated shift %s", percent(e.ShiftPercent))
		if e.ShiftLow != nil && e.ShiftHigh != nil {
			fmt.Fprintf(b, " (95%% interval %s to %s)", percent(e.ShiftLow), percent(e.ShiftHigh))
		}
		b.WriteString(".")
	}
	if f.Reason != "" {
		fmt.Fprintf(b, " Rated %s: %s.", f.Severity, cell(f.Reason))
	}
	if f.BeganBeforeGA {
		b.WriteString(" It began before GA: the release is not the cause.")
	}
	b.WriteString("\n\n")
	if a := f.Acknowledged; a != nil {
		fmt.Fprintf(b, "Acknowledged by %s until %s: %s.\n\n", cell(a.Owner), a.Expires.Format(time.DateOnly), cell(a.Reason))
	}
	for _, e := range f.Preceding {
		fmt.Fprintf(b, "- before it: %s %s at %s\n", cell(e.Kind), cell(e.Name), when(e.Timestamp))
	}
	if len(f.Baselines) > 1 {
		for _, v := range f.Baselines {
			fmt.Fprintf(b, "- against %s: %s (%s)\n", cell(v.Source), v.Vote, percent(v.ChangePercent))
		}
	}
	for _, a := range f.RecommendedActions {
		fmt.Fprintf(b, "- %s\n", cell(a))
	}
	b.WriteString("\n")
}

func writeGroups(b *bytes.Buffer, groups []schema.FindingGroup) {
	if len(groups) == 0 {
		return
	}
	b.WriteString("## Moved together\n\n")
	for _, g := range groups {
		fmt.Fprintf(b, "- %s\n", cell(g.Summary))
	}
	b.WriteString("\n")
}

func writeImprovements(b *bytes.Buffer, findings []schema.Finding) {
	if len(findings) == 0 {
		return
	}
	b.WriteString("## Improvements\n\n| KPI | Baseline | Now | Change |\n| --- | ---: | ---: | ---: |\n")
	for i := range findings {
		f := &findings[i]
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", cell(f.Name()), num(f.BaselineValue, f.Unit), num(f.CurrentValue, f.Unit), percent(f.DriftPercent))
	}
	b.WriteString("\n")
}

func writeUnknown(b *bytes.Buffer, unknown []schema.Unknown) {
	if len(unknown) == 0 {
		return
	}
	b.WriteString("## Unknown\n\nNo data is not good news.\n\n")
	for i := range unknown {
		u := &unknown[i]
		fmt.Fprintf(b, "- %s: %s", cell(u.Name()), cell(u.Reason))
		if u.Needs != "" {
			fmt.Fprintf(b, " (needs %s)", cell(u.Needs))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func writeBasis(b *bytes.Buffer, d *schema.RegressionSummary) {
	b.WriteString("## What this rests on\n\n")
	for _, u := range d.Baselines {
		fmt.Fprintf(b, "- baseline %s", cell(u.Source))
		if u.Release != "" {
			fmt.Fprintf(b, " (%s)", cell(u.Release))
		}
		if !u.Series {
			b.WriteString(", averages only")
		}
		if u.HistoryDays > 0 {
			fmt.Fprintf(b, ", with %d days before GA", u.HistoryDays)
		}
		b.WriteString("\n")
	}
	if t := d.Tests; t != nil && t.Hypotheses > 0 {
		fmt.Fprintf(b, "- %d hypotheses examined, admitted at a false discovery rate of %.2g\n", t.Hypotheses, t.FalseDiscoveryRate)
	}
	if t := d.Tests; t != nil && t.WithoutEvidence > 0 {
		fmt.Fprintf(b, "- %d comparisons by averages alone\n", t.WithoutEvidence)
	}
	if q := d.DataQuality; q != nil {
		if q.CoveragePercent != nil {
			fmt.Fprintf(b, "- coverage %.1f%%\n", *q.CoveragePercent)
		}
		for _, warning := range q.Warnings {
			fmt.Fprintf(b, "- %s\n", cell(warning))
		}
	}
}

// cell keeps a text on its line and inside its table cell.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`).Replace(s)
}

func num(v *float64, unit string) string {
	if v == nil {
		return "unknown"
	}
	text := strconv.FormatFloat(*v, 'g', 4, 64)
	if *v >= 1000 || *v > 10 && unit == "%" {
		text = strconv.FormatFloat(*v, 'f', 2, 64)
	}
	switch unit {
	case "":
		return text
	case "%":
		return text + "%"
	}
	return text + " " + cell(unit)
}

func percent(v *float64) string {
	if v == nil {
		return "no percentage"
	}
	return fmt.Sprintf("%+.1f%%", *v)
}

func when(t schema.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func since(f *schema.Finding) string {
	if f.FirstDetected.IsZero() {
		return "unknown"
	}
	return when(f.FirstDetected)
}

func stands(f *schema.Finding) string {
	switch {
	case f.Standing == nil:
		return "unknown"
	case *f.Standing:
		return "yes"
	}
	return "no"
}

func q(e *schema.Evidence) string {
	switch {
	case e == nil || e.Method == "none":
		return "averages only"
	case e.Q == nil:
		return "unknown"
	}
	return strconv.FormatFloat(*e.Q, 'g', 2, 64)
}
