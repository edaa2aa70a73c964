package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/chart"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// drawKPI draws a KPI over the week, with what was usual on GA day behind it
// and the degradations that show in it shaded.
func drawKPI(r *schema.Retrospective, k schema.KPIFigure) (figure, *chart.Chart) {
	step := k.Typical.StepSeconds / 86400 // in days
	values := k.Typical.Values
	if !(step > 0) || len(values) == 0 || step*float64(len(values)) > mostDays+1 {
		return figure{}, nil
	}
	title := report.Scoped(orText(k.Name, k.MetricName), k.Service, k.Region)
	f := figure{Name: fileName(k.MetricName, k.Service, k.Region), Section: "week", Title: title, Caption: k.Caption, Evidence: k.Evidence}
	c := &chart.Chart{
		Unit: k.Unit, LastDay: lastDay(int(math.Ceil(step*float64(len(values)))) - 1),
		FromZero: k.Direction != kpi.HigherIsBetter, SpanLabel: "degradation",
	}
	if k.Unit == "%" {
		c.Highest = schema.Num(100)
	}
	typical := chart.Line{Label: "median", Points: along(values, step)}
	if k.Typical.StepSeconds == 86400 {
		typical.Label, typical.Marks = "each day's value", true
	}
	c.Lines = append(c.Lines, typical)
	if len(k.Worst) > 0 {
		c.Lines = append(c.Lines, chart.Line{Label: "worst sample", Points: along(k.Worst, step), Faint: true})
	}
	if b := k.Baseline; b != nil && len(b.Low) == len(b.High) && len(b.Low) > 0 {
		c.Bands = append(c.Bands, chart.Band{Label: "usual on GA day", Ranges: repeated(b, c.LastDay+1)})
	}
	low, high := extent(values)
	if low > high {
		return figure{}, nil
	}
	alt := fmt.Sprintf("%s over GA day and the days after it: between %s and %s", title, report.Number(&low, k.Unit), report.Number(&high, k.Unit))
	if least, most := extent(k.Worst); least <= most {
		if k.Direction != kpi.HigherIsBetter {
			least = most
		}
		alt += ", the worst sample " + report.Number(&least, k.Unit)
	}
	if k.Objective != nil {
		limit := "objective " + report.Number(k.Objective, k.Unit)
		if near(c, *k.Objective, low, high) {
			c.Limits = append(c.Limits, chart.Limit{Label: limit, Y: *k.Objective})
		} else {
			limit += " (outside the chart)"
		}
		alt += "; " + limit
	}
	for _, d := range r.Degradations {
		if span, words, ok := shaded(d, k, c.LastDay); ok {
			c.Spans = append(c.Spans, span)
			f.Evidence = append(slices.Clip(f.Evidence), d.ID)
			alt += "; " + words
		}
	}
	slices.SortStableFunc(c.Spans, func(a, b chart.Span) int { return cmp.Compare(a.From, b.From) })
	f.Alt = alt + "."
	return f, c
}

// along places values at the middle of their steps.
func along(values schema.Values, step float64) []chart.Point {
	points := make([]chart.Point, len(values))
	for i, v := range values {
		points[i] = chart.Point{X: (float64(i) + 0.5) * step, Y: v}
	}
	return points
}

// repeated lays a band over each of some days.
func repeated(b *schema.FigureBand, days int) []chart.Range {
	var all []chart.Range
	n := len(b.Low)
	for i := range n * days {
		all = append(all, chart.Range{X: (float64(i) + 0.5) / float64(n), Low: b.Low[i%n], High: b.High[i%n]})
	}
	return all
}

// extent returns the least and the greatest of the values that are known.
func extent(values schema.Values) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	return low, high
}

// near reports whether an objective can be drawn without flattening the values.
func near(c *chart.Chart, objective, low, high float64) bool {
	const most = 3
	if c.FromZero {
		return objective <= most*max(high, 0)
	}
	return c.Highest != nil || max(objective-high, low-objective) <= most*(high-low)
}

// shaded is the time of a degradation in a KPI's chart; ok is false where the
// KPI is none of its own, or its time is not known.
func shaded(d schema.Degradation, k schema.KPIFigure, last int) (span chart.Span, words string, ok bool) {
	ours := slices.ContainsFunc(d.Metrics, func(m schema.DegradedMetric) bool { return m.MetricName == k.MetricName })
	if !ours || d.Began.IsZero() || k.Typical.Start.IsZero() ||
		d.Service != "" && k.Service != "" && d.Service != k.Service || d.Region != "" && k.Region != "" && d.Region != k.Region {
		return span, "", false
	}
	day := func(t schema.Time) float64 { return t.Sub(k.Typical.Start.Time).Hours() / 24 }
	span = chart.Span{From: day(d.Began), To: day(d.Began)}
	who := ""
	if d.Service != k.Service {
		who = d.Service + " "
	}
	words = fmt.Sprintf("%s began %s", d.ID, report.Time(d.Began))
	switch {
	case d.Ended != nil:
		span.To = day(*d.Ended)
		lasted := report.Duration(time.Duration((span.To - span.From) * 24 * float64(time.Hour)).Round(time.Second))
		span.Label, words = who+lasted, words+" and lasted "+lasted
	case d.ResolutionStatus == schema.Standing:
		span.To = float64(last + 1)
		span.Label, words = who+"stands", words+" and stands"
	default:
		span.Label = strings.TrimSpace(who)
	}
	return span, words, true
}

// fileName makes a name that any system can have of a KPI and its scope,
// "p99_latency_ms.search.svg". What it cannot hold it replaces by a number of
// its own.
func fileName(parts ...string) string {
	plain := true
	clean := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		plain = false
		return '-'
	}
	words := make([]string, len(parts))
	for i, part := range parts {
		words[i] = strings.Map(clean, part)
	}
	name := strings.TrimRight(strings.Join(words, "."), ".")
	const longest = 80
	if !plain || name == "" || len(name) > longest || slices.Contains([]string{healthChart, costChart, budgetChart}, name+".svg") {
		name = strings.TrimLeft(name[:min(len(name), longest)], ".") + stableID("", parts...)
	}
	return name + ".svg"
}
