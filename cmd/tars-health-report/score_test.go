package main

import (
	"maps"
	"math"
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
	"availability": 99.95, "error_rate": 0.05, "p50_latency_ms": 50, "p95_latency_ms": 120, "p99_latency_ms": 300,
	"cpu_percent": 40, "memory_percent": 60, "redis_hit_rate": 95, "cost_per_hour": 12,
}

// aDay draws a day around the usual values, some of them unknown.
func aDay(t *rapid.T) *schema.DailySummary {
	day := &schema.DailySummary{DayNumber: 1, KPIs: schema.KPIs{}}
	for key, usual := range judged {
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

// The score never rises because data vanished, and never when one input gets
// worse.
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
		what := rapid.SampledFrom([]string{"value vanishes", "comparison vanishes", "value worsens", "comparison worsens"}).Draw(t, "what")
		switch what {
		case "value vanishes":
			k.Value = nil
		case "comparison vanishes":
			m.CurrentValue = nil
		case "value worsens":
			k.Value = worsen(k.Value)
		case "comparison worsens":
			m.CurrentValue = worsen(m.CurrentValue)
		}
		worseDay.KPIs[key] = k
		after := grade(catalogue, inputs{day: worseDay})
		if points(after) > points(before)+1e-9 {
			t.Fatalf("%s of %s: the score rises from %v to %v", what, key, points(before), points(after))
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
