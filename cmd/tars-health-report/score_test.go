package main

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

func defaults(t interface{ Fatal(...any) }) *kpi.Catalogue {
	c, err := kpi.Preset(kpi.DefaultPreset)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// judged are the KPIs that the score knows, and what is usual for them.
var judged = map[string]float64{
	"availability": 99.95, "error_rate": 0.05, "errors": 400, "nodes_under_pressure": 0, "p50_latency_ms": 50, "p95_latency_ms": 120, "p99_latency_ms": 300,
	"cpu_percent": 40, "memory_percent": 60, "redis_hit_rate": 95, "cost_per_hour": 12,
}

// aDay draws a day around the usual values, some of them unknown.
func aDay(t *rapid.T) *schema.DailySummary {
	day := &schema.DailySummary{DayNumber: 1, KPIs: schema.KPIs{}}
	seen := rapid.Float64Range(0, 100).Draw(t, "seen")
	day.DataQuality = &schema.DataQuality{CoveragePercent: &seen}
	for _, key := range slices.Sorted(maps.Keys(judged)) {
		usual := judged[key]
		value := func(what string) *float64 {
			if rapid.IntRange(0, 5).Draw(t, key+what+" known") == 0 {
				return nil
			}
			v := usual * rapid.Float64Range(0.5, 2).Draw(t, key+what)
			if key == "availability" || key == "redis_hit_rate" {
				v = min(v, 100)
			}
			return &v
		}
		day.KPIs[key] = schema.KPI{Value: value(" value")}
		day.MetricsComparison = append(day.MetricsComparison, schema.MetricComparison{
			MetricName: key, BaselineValue: value(" baseline"), CurrentValue: value(" current"),
		})
	}
	return day
}

func copied(day *schema.DailySummary) *schema.DailySummary {
	c := *day
	c.KPIs = schema.KPIs{}
	maps.Copy(c.KPIs, day.KPIs)
	c.MetricsComparison = append([]schema.MetricComparison{}, day.MetricsComparison...)
	return &c
}

func points(r *schema.HealthReport) float64 {
	if r.HealthScore == nil {
		return 0
	}
	return *r.HealthScore
}

// The score and the status never rise because data vanished, and the score
// never when one input gets worse. What the document bears no trace of at all
// cannot be missed; the KPIs of the score are, whether they are there or not.
func TestScoreNeverRisesWithoutReason(t *testing.T) {
	catalogue := defaults(t)
	rapid.Check(t, func(t *rapid.T) {
		day := aDay(t)
		before := grade(catalogue, inputs{day: day})
		if s := points(before); s < 0 || s > 100 || math.IsNaN(s) {
			t.Fatalf("score %v", s)
		}
		worseDay := copied(day)
		i := rapid.IntRange(0, len(day.MetricsComparison)-1).Draw(t, "which")
		m := &worseDay.MetricsComparison[i]
		key := m.MetricName
		k := worseDay.KPIs[key]
		worsen := func(v *float64) *float64 {
			if v == nil {
				return nil
			}
			by := math.Abs(*v) * rapid.Float64Range(0, 3).Draw(t, "by")
			entry, _ := catalogue.Lookup(key)
			if entry.Direction == kpi.HigherIsBetter {
				by = -by
			}
			return schema.Num(*v + by)
		}
		what := rapid.SampledFrom([]string{
			"value vanishes", "comparison vanishes", "baseline vanishes", "row vanishes", "KPI vanishes from the day",
			"value worsens", "comparison worsens", "baseline was better", "hours vanish",
		}).Draw(t, "what")
		switch what {
		case "value vanishes":
			k.Value = nil
		case "comparison vanishes":
			m.CurrentValue = nil
		case "baseline vanishes":
			m.BaselineValue = nil
		case "KPI vanishes from the day":
			k.Value, m.CurrentValue = nil, nil
		case "value worsens":
			k.Value = worsen(k.Value)
		case "comparison worsens":
			m.CurrentValue = worsen(m.CurrentValue)
		case "baseline was better":
			if m.BaselineValue != nil {
				by := *m.BaselineValue * rapid.Float64Range(0, 1).Draw(t, "by")
				if entry, _ := catalogue.Lookup(key); entry.Direction == kpi.LowerIsBetter {
					by = -by
				}
				m.BaselineValue = schema.Num(*m.BaselineValue + by)
			}
		case "hours vanish":
			seen := *day.DataQuality.CoveragePercent * rapid.Float64Range(0, 1).Draw(t, "seen")
			worseDay.DataQuality = &schema.DataQuality{CoveragePercent: &seen}
		}
		worseDay.KPIs[key] = k
		if what == "row vanishes" {
			worseDay.MetricsComparison = slices.Delete(worseDay.MetricsComparison, i, i+1)
		}
		if entry, _ := catalogue.Lookup(key); entry.Component == "" && measured(day, key) && !measured(worseDay, key) {
			return // its last trace: from here on it is a KPI that the release never had
		}
		after := grade(catalogue, inputs{day: worseDay})
		if points(after) > points(before)+1e-9 {
			t.Fatalf("%s of %s: the score rises from %v to %v", what, key, points(before), points(after))
		}
		if after.Status != schema.HealthUnknown && before.Status != schema.HealthUnknown && rank(after.Status) < rank(before.Status) {
			t.Fatalf("%s of %s: the status rises from %s to %s", what, key, before.Status, after.Status)
		}
		if before.Status == schema.HealthUnknown && after.Status != schema.HealthUnknown {
			t.Fatalf("%s of %s: what was not known is %s", what, key, after.Status)
		}
		lost := 0.0
		for _, c := range after.Components {
			lost += c.PointsLost
		}
		if math.Abs(100-lost-points(after)) > 1e-6 {
			t.Fatalf("%v points and %v lost are not 100", points(after), lost)
		}
	})
}

func TestStatusGrades(t *testing.T) {
	catalogue := defaults(t)
	perfect := func() *schema.DailySummary {
		day := &schema.DailySummary{DayNumber: 1, KPIs: schema.KPIs{}}
		for key, v := range map[string]float64{"availability": 100, "error_rate": 0, "p50_latency_ms": 50, "p95_latency_ms": 100, "p99_latency_ms": 200} {
			day.KPIs[key] = schema.KPI{Value: &v}
			day.MetricsComparison = append(day.MetricsComparison, schema.MetricComparison{MetricName: key, BaselineValue: &v, CurrentValue: &v})
		}
		return day
	}
	for _, tc := range []struct {
		what   string
		change func(*schema.DailySummary)
		score  float64
		status string
	}{
		{"all as on GA day", func(*schema.DailySummary) {}, 100, schema.HealthExcellent},
		{"the error budget burnt up exactly", func(d *schema.DailySummary) { d.KPIs["availability"] = schema.KPI{Value: schema.Num(99.9)} }, 96, schema.HealthExcellent},
		{"a critical KPI misses its objective", func(d *schema.DailySummary) { d.KPIs["error_rate"] = schema.KPI{Value: schema.Num(0.11)} }, 98.35, schema.HealthFair},
		{"nothing is known", func(d *schema.DailySummary) { d.KPIs, d.MetricsComparison = nil, nil }, 0, schema.HealthUnknown},
		{"less than half is known", func(d *schema.DailySummary) {
			delete(d.KPIs, "availability")
			d.MetricsComparison = nil
		}, 22.5, schema.HealthUnknown}, // error rate 15, half of p99 7.5
		{"a critical KPI is not known", func(d *schema.DailySummary) { d.KPIs["error_rate"] = schema.KPI{} }, 85, schema.HealthFair},
		{"a quarter of the day was not seen", func(d *schema.DailySummary) {
			d.DataQuality = &schema.DataQuality{CoveragePercent: schema.Num(75)}
		}, 75, schema.HealthGood},
		{"more than half of the day was not seen", func(d *schema.DailySummary) {
			d.DataQuality = &schema.DataQuality{CoveragePercent: schema.Num(49)}
		}, 49, schema.HealthUnknown},
		{"a comparison is gone", func(d *schema.DailySummary) {
			d.MetricsComparison = slices.DeleteFunc(d.MetricsComparison, func(m schema.MetricComparison) bool { return m.MetricName == "error_rate" })
		}, 97, schema.HealthExcellent}, // one of five in drift
		{"a cache that nobody ever had", func(d *schema.DailySummary) {
			d.KPIs["redis_hit_rate"] = schema.KPI{Reason: "no series"}
			d.MetricsComparison = append(d.MetricsComparison, schema.MetricComparison{MetricName: "redis_hit_rate"})
		}, 100, schema.HealthExcellent},
		{"a cache that the day lost", func(d *schema.DailySummary) {
			d.KPIs["redis_hit_rate"] = schema.KPI{Reason: "no series"}
			d.MetricsComparison = append(d.MetricsComparison, schema.MetricComparison{MetricName: "redis_hit_rate", BaselineValue: schema.Num(95)})
		}, 97.5, schema.HealthExcellent}, // one of six in drift
	} {
		t.Run(tc.what, func(t *testing.T) {
			day := perfect()
			tc.change(day)
			r := grade(catalogue, inputs{day: day})
			if diff := cmp.Diff(tc.status, r.Status); diff != "" || math.Abs(points(r)-tc.score) > 0.01 {
				t.Errorf("score %v, status %s (%s); want %v, %s", points(r), r.Status, r.StatusReason, tc.score, tc.status)
			}
		})
	}
}
