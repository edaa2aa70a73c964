package main

import (
	"io"
	"maps"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// openmetrics returns a writer of the summary as gauges.
func openmetrics(d *schema.RegressionSummary) func(io.Writer) error {
	common := map[string]string{"release": d.Release}
	labels := func(more map[string]string) map[string]string {
		maps.Copy(more, common)
		return more
	}
	found := report.Gauge{Name: "tars_regressions", Help: "Regressions that nobody acknowledged, by severity."}
	for _, s := range schema.Severities {
		found.Samples = append(found.Samples, report.Sample{Labels: labels(map[string]string{"severity": s}), Value: schema.Num(float64(d.RegressionsBySeverity[s]))})
	}
	size := report.Gauge{Name: "tars_regression_percent", Help: "Change for the worse in percent of the baseline."}
	for i := range d.Regressions {
		f := &d.Regressions[i]
		size.Samples = append(size.Samples, report.Sample{Value: f.RegressionPercent, Labels: labels(map[string]string{
			"metric": f.MetricName, "service": f.Service, "region": f.Region, "severity": f.Severity, "shape": f.Shape,
			"since": f.FirstDetected.Format("2006-01-02T15:04Z"),
		})})
	}
	advice := report.Gauge{Name: "tars_rollback_advice", Help: "1 for the advice given on rollback: keep, rollback or unknown."}
	for _, word := range []string{schema.AdviceKeep, schema.AdviceRollback, schema.AdviceUnknown} {
		given := 0.0
		if d.RollbackRecommendation.Advice == word {
			given = 1
		}
		advice.Samples = append(advice.Samples, report.Sample{Labels: labels(map[string]string{"advice": word}), Value: &given})
	}
	unknown := report.Gauge{
		Name: "tars_regression_unknown", Help: "Comparisons that could not be made.",
		Samples: []report.Sample{{Labels: common, Value: schema.Num(float64(len(d.Unknown)))}},
	}
	gauges := append([]report.Gauge{found, size, advice, unknown}, report.HeadGauges(d.Head(), common)...)
	return func(w io.Writer) error { return report.OpenMetrics(w, gauges) }
}
