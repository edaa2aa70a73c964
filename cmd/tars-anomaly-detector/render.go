package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// mostRows bounds the tables of the Markdown form; the JSON has everything.
const mostRows = 50

// markdown returns a writer of the report for people.
func markdown(r *schema.AnomalyReport) func(io.Writer) error {
	return func(w io.Writer) error {
		var b strings.Builder
		title := "# Anomalies"
		if r.Release != "" {
			title += " of " + r.Release
		}
		fmt.Fprintln(&b, title)
		if r.Window != nil {
			fmt.Fprintf(&b, "\n%s to %s, %d series, %d points.\n", clock(r.Window.Start), clock(r.Window.End), r.Summary.Series, r.Summary.Points)
		}
		fmt.Fprintf(&b, "\n**%s and %s**: %d high, %d medium, %d low.\n",
			count(r.Summary.TotalIncidents, "incident"), count(r.Summary.TotalAnomalies, "anomalous point"),
			r.Summary.BySeverity[schema.SeverityHigh], r.Summary.BySeverity[schema.SeverityMedium], r.Summary.BySeverity[schema.SeverityLow])
		markdownIncidents(&b, r.Incidents)
		markdownMetrics(&b, r)
		if q := r.DataQuality; q != nil && len(q.Warnings) > 0 {
			b.WriteString("\n## Doubts\n\n")
			for _, warning := range q.Warnings {
				fmt.Fprintf(&b, "- %s\n", warning)
			}
		}
		fmt.Fprintf(&b, "\nMethod %s", r.Settings.Method)
		if z := r.Settings.ZThreshold; z != nil {
			fmt.Fprintf(&b, ", z threshold %g, alpha %g, window %d", *z, *r.Settings.EWMAAlpha, r.Settings.Window)
		}
		fmt.Fprintf(&b, "; the first %d points of a series are not scored.\n", r.Settings.WarmUp)
		_, err := io.WriteString(w, b.String())
		return err
	}
}

func markdownIncidents(b *strings.Builder, incidents []schema.Incident) {
	if len(incidents) == 0 {
		return
	}
	b.WriteString("\n## Incidents\n\n| started | lasted | severity | what | metrics | peak |\n| --- | --- | --- | --- | --- | --- |\n")
	for i, in := range incidents {
		if i == mostRows {
			fmt.Fprintf(b, "\n%d more incidents are in the JSON form.\n", len(incidents)-mostRows)
			break
		}
		lasted := "open"
		if in.Ended != nil {
			lasted = in.Ended.Sub(in.Started.Time).String()
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", clock(in.Started), lasted, in.Severity,
			in.Classification, cell(strings.Join(in.Metrics, ", ")), cell(peak(in)))
	}
}

// peak tells the worst point of an incident's first member of its severity.
func peak(in schema.Incident) string {
	for _, m := range in.Members {
		if m.Severity != in.Severity {
			continue
		}
		name := m.MetricName
		for _, scope := range []string{m.Service, m.Region} {
			if scope != "" {
				name += " (" + scope + ")"
			}
		}
		if m.PeakValue == nil {
			return name + " silent"
		}
		return fmt.Sprintf("%s %s, expected %s", name, short(m.PeakValue), short(m.PeakExpected))
	}
	return ""
}

func markdownMetrics(b *strings.Builder, r *schema.AnomalyReport) {
	if len(r.AnomaliesByMetric) == 0 {
		return
	}
	b.WriteString("\n## Anomalous points by metric\n\n| metric | points |\n| --- | ---: |\n")
	for _, metric := range slices.Sorted(maps.Keys(r.AnomaliesByMetric)) {
		fmt.Fprintf(b, "| %s | %d |\n", cell(metric), r.AnomaliesByMetric[metric])
	}
}

func clock(t schema.Time) string { return t.Format("2006-01-02 15:04 MST") }

// cell makes text safe inside a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }

// short rounds a number for people.
func short(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.4g", *v)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
