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
	size := report.Gauge{Name: "tars_regression_ratio", Help: "Change for the worse against the baseline; 0.1 is 10 percent."}
	onset := report.Gauge{Name: "tars_regression_onset_timestamp_seconds", Help: "When a regression began, in Unix seconds."}
	for i := range d.Regressions {
		f := &d.Regressions[i]
		l := labels(map[string]string{
			"baseline": f.BaselineSource, "kpi": f.MetricName, "service": f.Service, "region": f.Region, "severity": f.Severity,
		})
		if f.RegressionPercent != nil {
			size.Samples = append(size.Samples, report.Sample{Labels: l, Value: schema.Num(*f.RegressionPercent / 100)})
		}
		if !f.FirstDetected.IsZero() {
			onset.Samples = append(onset.Samples, report.Sample{Labels: l, Value: schema.Num(float64(f.FirstDetected.Unix()))})
		}
	}
	unknown := report.Gauge{
		Name: "tars_regressions_unknown", Help: "Comparisons that could not be made.",
		Samples: []report.Sample{{Labels: common, Value: schema.Num(float64(len(d.Unknown)))}},
	}
	gauges := append(report.HeadGauges(d.Head(), common), found, size, onset, unknown,
		report.AdviceGauge(d.Kind, d.RollbackRecommendation.Advice, common))
	return func(w io.Writer) error { return report.OpenMetrics(w, gauges) }
}
