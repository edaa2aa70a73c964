package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// inputs are the documents a day is graded by.
type inputs struct {
	day *schema.DailySummary
	// window is the day's; nil when the summary does not tell.
	window *schema.Window
	// baseline is what GA day was; nil when the day's own comparisons are all
	// there is.
	baseline *schema.GAKPISummary
	// earlier are the days before it, days with reports first.
	earlier []*schema.DailySummary
	reports []*schema.HealthReport
	// anomalies is nil when nobody looked.
	anomalies []*schema.AnomalyReport
	// regressions is nil when nobody compared the week.
	regressions *schema.RegressionSummary
}

// written returns the report to write once more, when the documents are health
// reports alone: that of the day asked for, else of the latest; nil for none.
func written(docs []schema.Document, number *int) (report *schema.HealthReport) {
	for _, doc := range docs {
		r, ok := doc.(*schema.HealthReport)
		switch {
		case !ok:
			return nil
		case number != nil && r.DayNumber != *number:
		case report == nil || r.DayNumber > report.DayNumber,
			r.DayNumber == report.DayNumber && r.GeneratedAt.After(report.GeneratedAt.Time):
			report = r
		}
	}
	return report
}

// gather picks the day, by number or the latest, and what belongs to it.
func gather(s *tool.Streams, docs []schema.Document, number *int) (inputs, error) {
	var in inputs
	var days []*schema.DailySummary
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.DailySummary:
			days = append(days, d)
		case *schema.HealthReport:
			in.reports = append(in.reports, d)
		case *schema.AnomalyReport:
			in.anomalies = append(in.anomalies, d)
		case *schema.RegressionSummary:
			if in.regressions != nil {
				s.Log.Warn("not used: there is a later regression summary", "made", in.regressions.GeneratedAt)
			}
			in.regressions = d
		case *schema.GAKPISummary:
			if in.baseline != nil {
				s.Log.Warn("not used: there is a later GA summary", "made", in.baseline.GeneratedAt)
			}
			in.baseline = d
		default:
			s.Log.Warn("not used: a day is graded by its summary, GA day, anomalies, regressions and earlier days", "kind", doc.Head().Kind)
		}
	}
	if len(days) == 0 {
		return in, errors.New("grading the day: there is no daily summary among the documents; give what tars-stability-monitor wrote")
	}
	slices.SortStableFunc(days, func(a, b *schema.DailySummary) int {
		if a.DayNumber != b.DayNumber {
			return a.DayNumber - b.DayNumber
		}
		return a.GeneratedAt.Compare(b.GeneratedAt.Time) // of two of the same day the newer counts
	})
	wanted := days[len(days)-1].DayNumber
	if number != nil {
		wanted = *number
	}
	for _, d := range days {
		switch {
		case d.DayNumber < wanted:
			in.earlier = append(in.earlier, d)
		case d.DayNumber > wanted:
			s.Log.Info("not used: it is after the day that is graded", "day", d.DayNumber)
		default:
			if in.day != nil {
				s.Log.Warn("not used: there is a newer summary of this day", "day", d.DayNumber, "made", in.day.GeneratedAt)
			}
			in.day = d
		}
	}
	if in.day == nil {
		return in, fmt.Errorf("grading day %d: there is no summary of it; there are days %s", wanted, list(days))
	}
	in.window = windowOf(in.day, in.baseline)
	if in.baseline != nil {
		in.day = compared(in.day, in.baseline)
		for i, d := range in.earlier {
			in.earlier[i] = compared(d, in.baseline)
		}
	}
	return in, nil
}

// windowOf returns a day's window. Older summaries do not say it: it follows
// from the GA time or, they being made at their day's end, from when that was.
func windowOf(d *schema.DailySummary, baseline *schema.GAKPISummary) *schema.Window {
	const day = 24 * time.Hour
	start := d.GAStart
	if start.IsZero() && baseline != nil {
		start = baseline.GAStart
	}
	switch {
	case d.Window != nil:
		return d.Window
	case !start.IsZero():
		from := start.Add(time.Duration(d.DayNumber) * day)
		return &schema.Window{Start: schema.At(from), End: schema.At(from.Add(day))}
	case !d.Timestamp.IsZero():
		return &schema.Window{Start: schema.At(d.Timestamp.Add(-day)), End: d.Timestamp}
	}
	return nil
}

// compared returns the day with a comparison for each KPI that both days know
// and the summary does not compare: older ones list what drifted alone. By size
// only, and rated so.
func compared(d *schema.DailySummary, baseline *schema.GAKPISummary) *schema.DailySummary {
	out := *d
	out.MetricsComparison = slices.Clone(d.MetricsComparison)
	for _, key := range d.KPIs.Keys() {
		base, known := baseline.KPIs.Of(key)
		now, also := d.KPIs.Of(key)
		there := slices.ContainsFunc(d.MetricsComparison, func(m schema.MetricComparison) bool {
			return m.MetricName == key && m.Service == "" && m.Region == ""
		})
		if there || !known || !also {
			continue
		}
		m := schema.MetricComparison{
			MetricName: key, Unit: d.KPIs[key].Unit, Category: d.KPIs[key].Category,
			BaselineValue: &base, CurrentValue: &now, AbsoluteChange: schema.Num(now - base),
		}
		if base != 0 {
			m.DriftPercent = schema.Num(100 * (now - base) / math.Abs(base))
		}
		out.MetricsComparison = append(out.MetricsComparison, m)
	}
	return &out
}

func list(days []*schema.DailySummary) string {
	var text strings.Builder
	for i, d := range days {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprint(&text, d.DayNumber)
	}
	return text.String()
}
