package main

import (
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

var ga = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

// at is an instant of a day of the sample week.
func at(day int, hours float64) schema.Time {
	return schema.At(ga.Add(time.Duration(day)*24*time.Hour + time.Duration(hours*float64(time.Hour))))
}

func catalogue(t *testing.T) *kpi.Catalogue {
	t.Helper()
	c, err := kpi.Preset("tars")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func retro(t *testing.T, docs []schema.Document, events ...schema.SystemEvent) *schema.Retrospective {
	t.Helper()
	in, err := gather(slog.New(slog.DiscardHandler), docs)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) > 0 {
		in.events = events
	}
	return retrospect(catalogue(t), in, settings{now: ga.Add(9 * 24 * time.Hour), next: "v2"})
}

func head(kind string, from, to schema.Time) schema.Header {
	return schema.Header{
		Kind: kind, SchemaVersion: schema.Version, Release: "v1.0.1", GeneratedAt: to,
		Window:      &schema.Window{Start: from, End: to},
		DataQuality: &schema.DataQuality{ExpectedSamples: 288, ActualSamples: 288, CoveragePercent: new(100.0)},
	}
}

// sampleGA is GA day. Its cost, 3.217 USD an hour, is nobody else's.
func sampleGA() *schema.GAKPISummary {
	return &schema.GAKPISummary{
		Header: head(schema.KindGAKPISummary, at(0, 0), at(1, 0)), GAStart: at(0, 0), GAEnd: at(1, 0),
		SLOCompliance: schema.SLOCompliance{"availability": {Met: new(true)}, "error_rate": {Met: new(true)}},
		KPIs:          sampleKPIs(3.217, 99.99, 1, 24),
	}
}

// sampleKPIs measures cost, availability and p99 over the given hours of 24.
func sampleKPIs(cost, availability, slow, hours float64) schema.KPIs {
	stats := func(mean float64) *schema.Stats {
		n := int(math.Round(hours * 12))
		return &schema.Stats{Count: n, Missing: 288 - n, Mean: &mean, Max: new(mean * 1.1)}
	}
	return schema.KPIs{
		"availability":   {Unit: "%", Category: "availability", Direction: "higher_is_better", Stats: stats(availability), Query: "100 * avg_over_time(up[1d])"},
		"p99_latency_ms": {Unit: "ms", Category: "performance", Direction: "lower_is_better", Stats: stats(240 * slow)},
		"error_rate":     {Unit: "%", Category: "availability", Direction: "lower_is_better", Value: new(0.04), Stats: stats(0.04)},
		"requests":       {Unit: "count", Category: "traffic", Direction: "neutral", Value: new(1e6), Stats: stats(3472)},
		"cost_per_hour":  {Unit: "USD", Category: "cost", Direction: "lower_is_better", Stats: stats(cost)},
	}
}

func compared(metric, service, unit string, baseline, current float64, direction, severity string) schema.MetricComparison {
	return schema.MetricComparison{
		MetricName: metric, Service: service, Unit: unit, BaselineValue: &baseline, CurrentValue: &current,
		DriftPercent: new(100 * (current - baseline) / baseline), AbsoluteChange: new(current - baseline),
		Direction: direction, Drifted: direction != schema.Unchanged, Severity: severity,
	}
}

// sampleDay is a day: an outage of checkout on day 2, slow searches from day 4,
// a hole of two hours on day 6, a database that got faster from day 3.
func sampleDay(n int) *schema.DailySummary {
	d := &schema.DailySummary{
		Header: head(schema.KindDailySummary, at(n, 0), at(n+1, 0)), DayNumber: n, GAStart: at(0, 0),
		LegacyCounts: schema.LegacyCounts{IncidentCount: new(0.0)},
		RollbackRecommendation: &schema.RollbackAdvice{
			ShouldRollback: new(false), Advice: schema.AdviceKeep, Reason: fmt.Sprintf("nothing on day %d", n),
		},
	}
	slow, up, db := 1.0, 99.99, 18.0
	availability, latency, database := schema.Unchanged, schema.Unchanged, schema.Unchanged
	if n == 2 {
		up, availability = 99.5, schema.Regression
		d.Alerts = []schema.Alert{{Name: "CheckoutDown", Severity: "page", Labels: map[string]string{"service": "checkout"}, Started: at(2, 10), Ended: new(at(2, 10.4))}}
		d.IncidentCount = new(1.0)
	}
	if n >= 4 {
		slow, latency = 1.4, schema.Regression
	}
	if n >= 3 {
		db, database = 14, schema.Improvement
	}
	d.KPIs = sampleKPIs(3, up, slow, 24)
	if n == 6 {
		d.KPIs = sampleKPIs(3, up, slow, 22)
		d.DataQuality.ActualSamples, d.DataQuality.CoveragePercent = 264, new(100*264.0/288)
		d.DataQuality.Gaps = []schema.Gap{{Start: at(6, 2), End: at(6, 4)}}
		d.DataQuality.Warnings = []string{"the source was away"}
	}
	severity := map[string]string{schema.Regression: schema.SeverityHigh}
	d.MetricsComparison = []schema.MetricComparison{
		compared("availability", "checkout", "%", 99.99, up, availability, severity[availability]),
		compared("availability", "", "%", 99.99, up, availability, severity[availability]),
		compared("p99_latency_ms", "search", "ms", 240, 240*slow, latency, severity[latency]),
		compared("db_p95_latency_ms", "", "ms", 18, db, database, ""),
		compared("error_rate", "", "%", 0.04, 0.04, schema.Unchanged, ""),
	}
	return d
}

func sampleRegression() *schema.RegressionSummary {
	r := &schema.RegressionSummary{
		Header: head(schema.KindRegressionSummary, at(1, 0), at(8, 0)), GAStart: at(0, 0), Days: []int{1, 2, 3, 4, 5, 6, 7},
		Regressions: []schema.Finding{
			{
				MetricName: "p99_latency_ms", Service: "search", Unit: "ms", BaselineSource: "ga", BaselineValue: new(240.0), CurrentValue: new(331.3),
				DriftPercent: new(38.0), RegressionPercent: new(38.0), Direction: schema.Regression, Shape: schema.ShapeLevel, Severity: schema.SeverityHigh,
				Impact: "searches take 91.3 ms longer", FirstDetected: at(4, 6), FirstDetectedDay: new(4), Standing: new(true),
				Evidence: &schema.Evidence{Method: "day_levels", P: new(0.0001), Q: new(0.00137), ShiftPercent: new(37.7)},
			},
			{
				MetricName: "availability", Service: "checkout", Unit: "%", BaselineSource: "ga", BaselineValue: new(99.99), CurrentValue: new(7.77),
				DriftPercent: new(-92.2), RegressionPercent: new(92.2), Direction: schema.Regression, Shape: schema.ShapeIncident, Severity: schema.SeverityCritical,
				Impact: "no checkout", FirstDetected: at(2, 10), FirstDetectedDay: new(2), Ended: new(at(2, 10.5)), Standing: new(false),
			},
		},
		Unknown:                []schema.Unknown{{MetricName: "redis_hit_rate", Reason: "no day has it"}},
		RollbackRecommendation: &schema.RollbackAdvice{ShouldRollback: new(false), Advice: schema.AdviceKeep, Reason: "1 standing regression, none that asks for a rollback", Confidence: new(0.973)},
		Tests:                  &schema.TestAccount{Hypotheses: 41, FalseDiscoveryRate: 0.05},
	}
	r.Count()
	return r
}

func sampleAnomalies() *schema.AnomalyReport {
	return &schema.AnomalyReport{
		Header: head(schema.KindAnomalyReport, at(0, 0), at(8, 0)), Settings: &schema.DetectorSettings{Method: "ewma"},
		Incidents: []schema.Incident{
			{
				IncidentID: "20251120T100500Z-0badcafe", Status: schema.IncidentClosed, Started: at(2, 10), Ended: new(at(2, 10.4)),
				Classification: schema.ClassDrop, Severity: schema.SeverityHigh, Metrics: []string{"availability"},
				Members: []schema.IncidentMember{
					{MetricName: "availability", PeakValue: new(66.7), PeakExpected: new(99.99), PeakZScore: new(-40.0)},
					{MetricName: "availability", Service: "checkout", PeakValue: new(0.0), PeakExpected: new(99.99), PeakZScore: new(-90.0)},
				},
			},
			{
				IncidentID: "20251119T070000Z-0ddba11", Status: schema.IncidentClosed, Started: at(1, 7), Ended: new(at(1, 8)),
				Classification: schema.ClassSpike, Severity: schema.SeverityHigh, Metrics: []string{"error_rate"},
				Members: []schema.IncidentMember{{MetricName: "error_rate", PeakValue: new(5.55), PeakExpected: new(0.04), PeakZScore: new(12.0)}},
			},
		},
	}
}

func sampleHealth(n int) *schema.HealthReport {
	return &schema.HealthReport{
		Header: head(schema.KindHealthReport, at(n, 0), at(n+1, 0)), DayNumber: n, HealthScore: new(81.93 + float64(n)), Status: schema.HealthGood, CoveragePercent: new(100.0),
	}
}

var sampleEvents = []schema.SystemEvent{{Timestamp: at(4, 5), Kind: "deploy", Name: "search 1.4.2", Service: "search"}}

// sampleWeek is everything, in order.
func sampleWeek() []schema.Document {
	docs := []schema.Document{sampleGA()}
	for n := 1; n <= 7; n++ {
		docs = append(docs, sampleDay(n))
	}
	return append(docs, sampleAnomalies(), sampleRegression(), sampleHealth(6), sampleHealth(7))
}
