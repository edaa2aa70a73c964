package report

import (
	"fmt"
	"io"

	"github.com/veleron-dev/tars/lib/schema"
)

// Budgets writes a table of error budgets, and why one is not known below it.
func Budgets(w io.Writer, list []schema.SLOBurnDown) error {
	t := Table{
		Head:  []string{"objective", "budget of 7 days used", "of 30 days", "burn rate", "days to exhaustion", "days kept"},
		Right: []bool{false, true, true, true, true, true},
	}
	var notes string
	for _, b := range list {
		kept, judged := 0, 0
		for _, d := range b.ComplianceByDay {
			if d.Met != nil {
				judged++
				if *d.Met {
					kept++
				}
			}
		}
		left := "does not burn"
		if b.DaysToExhaustion != nil {
			left = Number(b.DaysToExhaustion, "")
		} else if b.BurnRate == nil {
			left = Unknown
		}
		t.Add(b.SLOName, Number(b.BudgetConsumedPercent, "%"), Number(b.BudgetConsumed30DayPercent, "%"),
			Number(b.BurnRate, ""), left, fmt.Sprintf("%d of %d", kept, judged))
		if b.Reason != "" {
			notes += "- " + Escape(b.SLOName+": "+b.Reason) + "\n"
		}
	}
	if err := t.Write(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, notes)
	return err
}
