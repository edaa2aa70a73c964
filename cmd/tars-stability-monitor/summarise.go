package main

import (
	"fmt"
	"slices"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/measure"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
	"github.com/veleron-dev/tars/lib/tool"
)

// summarise makes the summary of a measured day, before it is judged; header
// and window are the caller's.
func summarise(catalogue *kpi.Catalogue, set schema.CaptureSettings, w schema.Window, m *measure.Measurement) *schema.DailySummary {
	if w.Partial {
		m.Quality.Warnings = append(m.Quality.Warnings,
			fmt.Sprintf("day %d has not ended: this is its first %.1f hours", set.DayNumber, w.Hours()))
	}
	verdicts := slo.Judge(catalogue, m.KPIs)
	return &schema.DailySummary{
		DayNumber: set.DayNumber, GAStart: set.GAStart,
		LegacyKPIs: schema.FlatKPIs(m.KPIs), LegacyCounts: schema.FlatCounts(m.Alerts, m.KPIs, m.Quality, w),
		SLOCompliancePercent: metPercent(verdicts), SLOCompliance: verdicts,
		KPIs: m.KPIs, Services: m.Services, Regions: m.Regions, Alerts: m.Alerts, Cost: m.Cost,
	}
}

// metPercent is the share of the judged objectives that were met, nil when
// none could be judged.
func metPercent(verdicts schema.SLOCompliance) *float64 {
	judged, met := 0, 0
	for _, v := range verdicts {
		if v.Met == nil {
			continue
		}
		judged++
		if *v.Met {
			met++
		}
	}
	if judged == 0 {
		return nil
	}
	return schema.Num(100 * float64(met) / float64(judged))
}

// judge compares the day with the baseline and gives the rollback advice.
func judge(catalogue *kpi.Catalogue, in inputs, day *schema.DailySummary) {
	result := compare.Day(compare.Options{
		Rules:     compare.FromCatalogue(catalogue),
		Baselines: []compare.Baseline{{Name: compare.SourceGA, Summary: in.baseline}},
		GAStart:   day.GAStart.Time,
	}, day, in.earlier)
	day.SLOBurnDowns = budgets(catalogue, in.earlier, day)
	day.MetricsComparison = result.Comparisons
	day.RollbackRecommendation = &result.Rollback
	drift := result.Drift()
	day.DriftAnalysis = &drift
}

// budgets counts the error budgets over the earlier days and this one.
func budgets(catalogue *kpi.Catalogue, earlier []*schema.DailySummary, day *schema.DailySummary) []schema.SLOBurnDown {
	var days []slo.Day
	for _, d := range compare.SortDays(append(slices.Clone(earlier), day)) {
		if d.DayNumber <= day.DayNumber {
			days = append(days, slo.DayOf(d.DayNumber, d.Head(), d.KPIs))
		}
	}
	return slo.BurnDowns(catalogue, days)
}

// gate turns the day's verdict into the exit status that --fail-on asks for.
func (c *command) gate(day *schema.DailySummary) error {
	advice := day.RollbackRecommendation
	switch c.FailOn {
	case "none":
		return nil
	case "rollback":
		return tool.Gate(advice.ShouldRollback != nil && *advice.ShouldRollback, advice.ShouldRollback == nil,
			c.AllowUnknown, fmt.Sprintf("rollback advice of day %d: %s", day.DayNumber, advice.Reason))
	}
	worst := day.DriftAnalysis.WorstSeverity
	return tool.Gate(schema.SeverityRank(worst) >= schema.SeverityRank(c.FailOn), day.DriftAnalysis.Unknown > 0, c.AllowUnknown,
		fmt.Sprintf("day %d: worst regression %s (%s), %d comparisons unknown",
			day.DayNumber, or(day.DriftAnalysis.WorstMetric, "none"), or(worst, "none"), day.DriftAnalysis.Unknown))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
