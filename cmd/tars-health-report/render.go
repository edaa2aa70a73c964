package main

import (
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// markdown returns a writer of the report for people: the grade first, then
// where the points went, what was wrong, what to do.
func markdown(c *kpi.Catalogue, r *schema.HealthReport) func(io.Writer) error {
	return func(w io.Writer) error {
		var b strings.Builder
		fmt.Fprintf(&b, "# %s\n\n", report.Escape(title(r)))
		if r.StatusReason != "" {
			fmt.Fprintf(&b, "%s.\n\n", report.Escape(capital(r.StatusReason)))
		}
		fmt.Fprintf(&b, "%s of the score's weight had data.", report.Number(r.CoveragePercent, "%"))
		if t := r.Trend; t != nil && t.Change != nil {
			fmt.Fprintf(&b, " Since day %d: %s points.", t.SinceDay, report.Change(t.Change, ""))
		}
		if a := r.RollbackRecommendation; a != nil && a.Reason != "" {
			fmt.Fprintf(&b, " Rollback advice: %s (%s).", orText(a.Advice, report.Unknown), report.Escape(a.Reason))
		}
		b.WriteString("\n\n## Score\n\n")
		if err := score(&b, r.Components); err != nil {
			return err
		}
		if err := hourByHour(&b, c, r.Course); err != nil {
			return err
		}
		b.WriteString("## Degradations\n\n")
		if len(r.Degradations) == 0 {
			b.WriteString("None among what was looked at.\n\n")
		}
		for _, d := range r.Degradations {
			fmt.Fprintf(&b, "- **%s** %s\n", d.Severity, report.Escape(d.Description))
		}
		if len(r.Degradations) > 0 && len(r.NotJudged) > 0 {
			b.WriteString("\n")
		}
		for i, what := range r.NotJudged {
			if i == 0 {
				b.WriteString("Not looked at:\n\n")
			}
			fmt.Fprintf(&b, "- %s\n", report.Escape(what))
		}
		if len(r.MitigationPlan) > 0 {
			b.WriteString("\n## What to do\n\n")
			for _, m := range r.MitigationPlan {
				fmt.Fprintf(&b, "- **%s** %s\n", m.Priority, report.Escape(m.Action))
				if m.Check != "" {
					fmt.Fprintf(&b, "  `%s`\n", m.Check)
				}
			}
		}
		if len(r.SLOBurnDowns) > 0 {
			b.WriteString("\n## Error budgets\n\n")
			if err := report.Budgets(&b, r.SLOBurnDowns); err != nil {
				return err
			}
		}
		b.WriteString("\n## Evidence\n\n")
		if r.Window == nil {
			b.WriteString("The summary does not say when and how much of the day was seen.\n\n")
		}
		if err := report.Quality(&b, &r.Header); err != nil {
			return err
		}
		text := strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
		_, err := io.WriteString(w, strings.TrimRight(text, "\n")+"\n")
		return err
	}
}

// title is the grade in one line.
func title(r *schema.HealthReport) string {
	text := fmt.Sprintf("Health of day %d", r.DayNumber)
	if r.Release != "" {
		text += " of " + r.Release
	}
	text += ": " + r.Status
	if r.HealthScore != nil {
		text += fmt.Sprintf(", %.1f of 100", *r.HealthScore)
	}
	return text
}

// score writes what the score is made of: a narrow table, and the reasons for
// the points beneath, which can be long.
func score(w io.Writer, components []schema.HealthComponent) error {
	t := report.Table{Head: []string{"component", "points", "of"}, Right: []bool{false, true, true}}
	for _, comp := range components {
		t.Add(strings.ReplaceAll(comp.Name, "_", " "), fmt.Sprintf("%.1f", comp.Points), report.Number(&comp.Weight, ""))
	}
	if err := t.Write(w); err != nil {
		return err
	}
	said := false
	for _, comp := range components {
		if comp.Why != "" {
			said = true
			fmt.Fprintf(w, "- **%s** %s\n", strings.ReplaceAll(comp.Name, "_", " "), report.Escape(comp.Why))
		}
	}
	if said {
		fmt.Fprintln(w)
	}
	return nil
}

// hourByHour writes the course of the day as sparklines; nothing without a
// series.
func hourByHour(w io.Writer, c *kpi.Catalogue, course []schema.HealthCourse) error {
	t := report.Table{Head: []string{"KPI", "course", "samples"}, Right: []bool{false, false, true}}
	start := schema.Time{}
	for _, k := range course {
		start = k.Hourly.Start
		t.Add(c.NameOf(k.MetricName), report.Sparkline(k.Hourly.Values), span(k))
	}
	if len(t.Rows) == 0 {
		return nil
	}
	fmt.Fprintf(w, "## Hour by hour\n\nMedians of the hours from %s, each KPI between its own lowest and highest hour; a dot is not known. The numbers are the lowest and the highest sample.\n\n", report.Time(start))
	return t.Write(w)
}

// span is the lowest and the highest sample: "67.3 to 77.2 ms", or the one value
// that all have.
func span(k schema.HealthCourse) string {
	low, high := report.Number(k.Lowest, k.Unit), report.Number(k.Highest, k.Unit)
	if low == high {
		return high
	}
	return strings.TrimSuffix(low, " "+k.Unit) + " to " + high
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// openmetrics returns a writer of the report as gauges.
func openmetrics(r *schema.HealthReport) func(io.Writer) error {
	return func(w io.Writer) error {
		common := map[string]string{"release": r.Release, "day": strconv.Itoa(r.DayNumber)}
		gauges := append(report.HeadGauges(&r.Header, common),
			report.Gauge{Name: "tars_health_score", Help: "Health of the day, 0 to 100.", Samples: []report.Sample{{Labels: common, Value: r.HealthScore}}},
			report.Gauge{Name: "tars_health_coverage_ratio", Help: "Share of the score's weight that had data, 0 to 1.", Samples: []report.Sample{{Labels: common, Value: ratio(r.CoveragePercent)}}},
		)
		parts := report.Gauge{Name: "tars_health_points", Help: "Points that a component of the health score earned."}
		for _, comp := range r.Components {
			l := maps.Clone(common)
			l["component"] = comp.Name
			parts.Samples = append(parts.Samples, report.Sample{Labels: l, Value: &comp.Points})
		}
		return report.OpenMetrics(w, append(gauges, parts))
	}
}

func ratio(percent *float64) *float64 {
	if percent == nil {
		return nil
	}
	return schema.Num(*percent / 100)
}
