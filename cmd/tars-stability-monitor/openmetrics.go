package main

import (
	"io"
	"maps"
	"strconv"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// openmetrics returns a writer of the day as gauges.
func openmetrics(day *schema.DailySummary) func(io.Writer) error {
	common := map[string]string{"release": day.Release, "day": strconv.Itoa(day.DayNumber)}
	drift := report.Gauge{Name: "tars_drift_ratio", Help: "Change of a KPI against the baseline; 0.1 is 10 percent more."}
	for _, m := range day.MetricsComparison {
		drift.Samples = append(drift.Samples, report.Sample{Value: ratio(m.DriftPercent), Labels: with(common, map[string]string{
			"kpi": m.MetricName, "service": m.Service, "region": m.Region, "direction": m.Direction,
		})})
	}
	gauges := append(report.KPIGauges(&day.Header, day.KPIs, day.Services, day.Regions, common), drift)
	gauges = append(gauges, budgetGauges(day.SLOBurnDowns, common)...)
	gauges = append(gauges, report.AdviceGauge(day.Kind, day.RollbackRecommendation.Advice, common))
	return func(w io.Writer) error { return report.OpenMetrics(w, gauges) }
}

// budgetGauges tell the error budgets after the days that were given.
func budgetGauges(budgets []schema.SLOBurnDown, common map[string]string) []report.Gauge {
	left := report.Gauge{
		Name: "tars_slo_budget_left_ratio",
		Help: "Share of an objective's error budget of 7 or 30 days that the days until now left; negative when overspent.",
	}
	burn := report.Gauge{Name: "tars_slo_burn_rate", Help: "Speed at which the last judged day burned the error budget; 1 uses it up exactly."}
	for _, b := range budgets {
		for window, consumed := range map[string]*float64{"7d": b.BudgetConsumedPercent, "30d": b.BudgetConsumed30DayPercent} {
			if consumed != nil {
				left.Samples = append(left.Samples, report.Sample{
					Value: schema.Num(1 - *consumed/100), Labels: with(common, map[string]string{"slo": b.KPI, "window": window}),
				})
			}
		}
		burn.Samples = append(burn.Samples, report.Sample{Value: b.BurnRate, Labels: with(common, map[string]string{"slo": b.KPI})})
	}
	return []report.Gauge{left, burn}
}

// with returns the labels and more.
func with(common, more map[string]string) map[string]string {
	maps.Copy(more, common)
	return more
}

func ratio(percent *float64) *float64 {
	if percent == nil {
		return nil
	}
	return schema.Num(*percent / 100)
}
