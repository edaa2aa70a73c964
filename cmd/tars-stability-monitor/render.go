package main

import (
	"fmt"
	"io"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// markdown returns a writer of the day for people: the advice, what drifted,
// what is not known.
func markdown(day *schema.DailySummary) func(io.Writer) error {
	return func(w io.Writer) error {
		advice := day.RollbackRecommendation
		title := fmt.Sprintf("Day %d", day.DayNumber)
		if day.Release != "" {
			title += " of " + report.Escape(day.Release)
		}
		if _, err := fmt.Fprintf(w, "# %s: rollback advice %s\n\n%s\n\n", title, advice.Advice, report.Escape(advice.Reason)); err != nil {
			return err
		}
		changed := report.Table{
			Head:  []string{"metric", "baseline", "day", "change", "direction", "severity"},
			Right: []bool{false, true, true, true},
		}
		unknown := report.Table{Head: []string{"not known", "why"}}
		same := 0
		for _, m := range day.MetricsComparison {
			switch {
			case m.Direction != schema.Regression && m.Direction != schema.Improvement && m.Direction != schema.Unchanged:
				unknown.Add(m.Name(), m.Reason)
			case !m.Drifted:
				same++
			default:
				changed.Add(m.Name(), report.Number(m.BaselineValue, m.Unit), report.Number(m.CurrentValue, m.Unit),
					report.Change(m.DriftPercent, "%"), m.Direction, m.Severity)
			}
		}
		if _, err := fmt.Fprintf(w, "%d comparisons show no drift.\n\n", same); err != nil {
			return err
		}
		if err := changed.Write(w); err != nil {
			return err
		}
		if err := unknown.Write(w); err != nil {
			return err
		}
		if err := report.Budgets(w, day.SLOBurnDowns); err != nil {
			return err
		}
		return report.Quality(w, &day.Header)
	}
}
