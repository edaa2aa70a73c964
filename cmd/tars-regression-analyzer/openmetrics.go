package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// openmetrics writes the summary as text that node_exporter's textfile
// collector and Pushgateway take.
func openmetrics(d *schema.RegressionSummary) func(io.Writer) error {
	return func(w io.Writer) error {
		var b bytes.Buffer
		b.WriteString("# HELP tars_regressions Regressions that nobody acknowledged, by severity.\n# TYPE tars_regressions gauge\n")
		for _, s := range schema.Severities {
			fmt.Fprintf(&b, "tars_regressions{severity=%q} %d\n", s, d.RegressionsBySeverity[s])
		}
		b.WriteString("# HELP tars_regression_percent Change for the worse in percent of the baseline.\n# TYPE tars_regression_percent gauge\n")
		for i := range d.Regressions {
			f := &d.Regressions[i]
			if f.RegressionPercent == nil {
				continue
			}
			fmt.Fprintf(&b, "tars_regression_percent{metric=\"%s\",service=\"%s\",region=\"%s\",severity=\"%s\",shape=\"%s\"} %v\n", label(f.MetricName),
				label(f.Service), label(f.Region), label(f.Severity), label(f.Shape), *f.RegressionPercent)
		}
		b.WriteString("# HELP tars_rollback Advice on rollback: 1 for the advice given.\n# TYPE tars_rollback gauge\n")
		for _, advice := range []string{schema.AdviceKeep, schema.AdviceRollback, schema.AdviceUnknown} {
			given := 0
			if d.RollbackRecommendation.Advice == advice {
				given = 1
			}
			fmt.Fprintf(&b, "tars_rollback{advice=%q} %d\n", advice, given)
		}
		fmt.Fprintf(&b, "# HELP tars_regression_unknown Comparisons that could not be made.\n# TYPE tars_regression_unknown gauge\ntars_regression_unknown %d\n", len(d.Unknown))
		b.WriteString("# EOF\n")
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("writing OpenMetrics: %w", err)
		}
		return nil
	}
}

// label escapes a label value as the text format asks.
func label(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(s)
}
