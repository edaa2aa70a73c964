package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// inputs are the documents a day is graded by.
type inputs struct {
	day *schema.DailySummary
	// earlier are the days before it, days with reports first.
	earlier []*schema.DailySummary
	reports []*schema.HealthReport
	// anomalies is nil when nobody looked.
	anomalies []*schema.AnomalyReport
	// regressions is nil when nobody compared the week.
	regressions *schema.RegressionSummary
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
		default:
			s.Log.Warn("not used: a day is graded by its summary, anomalies, regressions and earlier days", "kind", doc.Head().Kind)
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
	return in, nil
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
