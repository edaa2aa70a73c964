package compare

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

// ga is the GA time of these tests.
var ga = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

// flat is a KPI known by its average alone.
func flat(v float64) schema.KPI { return schema.KPI{Stats: &schema.Stats{Mean: &v}} }

func flatBaseline(kpis schema.KPIs) []Baseline {
	return []Baseline{{Name: SourceGA, Summary: &schema.GAKPISummary{GAStart: schema.At(ga), KPIs: kpis}}}
}

func flatDays(n int, kpis schema.KPIs) []*schema.DailySummary {
	var days []*schema.DailySummary
	for i := 1; i <= n; i++ {
		days = append(days, &schema.DailySummary{DayNumber: i, KPIs: kpis})
	}
	return days
}

func TestWeekByAverages(t *testing.T) {
	healthy := schema.KPIs{"availability": flat(99.95), "error_rate": flat(0.05), "p99_latency_ms": flat(240), "p50_latency_ms": flat(40)}
	with := func(key string, v float64) schema.KPIs {
		kpis := schema.KPIs{}
		maps.Copy(kpis, healthy)
		kpis[key] = flat(v)
		return kpis
	}
	without := func(key string) schema.KPIs {
		kpis := with(key, 0)
		kpis[key] = schema.KPI{Reason: "no series answered"}
		return kpis
	}
	tests := []struct {
		name       string
		base, days schema.KPIs
		want       string // metric direction severity
		assess     string
		advice     string
	}{
		{"nothing changed", healthy, healthy, "", schema.AssessStable, schema.AdviceKeep},
		{"slower", healthy, with("p99_latency_ms", 300), "p99_latency_ms regression medium", schema.AssessWatch, schema.AdviceKeep},
		{"capped at medium", healthy, with("p99_latency_ms", 600), "p99_latency_ms regression medium", schema.AssessWatch, schema.AdviceKeep},
		{"faster", healthy, with("p99_latency_ms", 120), "p99_latency_ms improvement ", schema.AssessStable, schema.AdviceKeep},
		{"below the drift", healthy, with("p99_latency_ms", 262), "", schema.AssessStable, schema.AdviceKeep},
		{"a light rise of errors", with("error_rate", 0.01), with("error_rate", 0.02), "error_rate regression low", schema.AssessWatch, schema.AdviceKeep},
		{"availability lost", healthy, with("availability", 98.9), "availability regression medium", schema.AssessUnknown, schema.AdviceUnknown},
		{"p50 doubled", healthy, with("p50_latency_ms", 85), "p50_latency_ms regression medium", schema.AssessUnknown, schema.AdviceUnknown},
		{"a KPI vanished", healthy, without("p99_latency_ms"), "", schema.AssessUnknown, schema.AdviceUnknown},
		{"no baseline of it", without("availability"), healthy, "", schema.AssessUnknown, schema.AdviceUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Week(Options{Baselines: flatBaseline(tt.base), Days: flatDays(7, tt.days)})
			var got string
			for _, f := range append(r.Regressions, r.Improvements...) {
				got += f.MetricName + " " + f.Direction + " " + f.Severity
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.advice, r.Rollback.Advice); diff != "" {
				t.Errorf("advice (-want +got):\n%s\n%s", diff, r.Rollback.Reason)
			}
			if got, why := r.Assess(); got != tt.assess {
				t.Errorf("Assess() = %s (%s), want %s", got, why, tt.assess)
			}
		})
	}
}

func TestZeroBaseline(t *testing.T) {
	base := schema.KPIs{"error_rate": flat(0), "availability": flat(100)}
	days := schema.KPIs{"error_rate": flat(0.5), "availability": flat(100)}
	r := Week(Options{Baselines: flatBaseline(base), Days: flatDays(7, days)})
	if len(r.Regressions) != 1 {
		t.Fatalf("regressions = %d, want 1", len(r.Regressions))
	}
	f := r.Regressions[0]
	if f.RegressionPercent != nil || f.DriftPercent != nil || f.AbsoluteChange == nil || *f.AbsoluteChange != 0.5 {
		t.Errorf("from a zero baseline: percent %v, change %v; want no percent and 0.5", f.RegressionPercent, f.AbsoluteChange)
	}
}

func TestMissingLastDayIsUnknown(t *testing.T) {
	kpis := schema.KPIs{"error_rate": flat(0.05), "availability": flat(100)}
	r := Week(Options{Baselines: flatBaseline(kpis), Days: flatDays(6, kpis), Expect: 7})
	if r.Rollback.Advice != schema.AdviceUnknown || r.Rollback.ShouldRollback != nil {
		t.Errorf("advice = %q, want unknown", r.Rollback.Advice)
	}
	if got, _ := r.Assess(); got != schema.AssessUnknown {
		t.Errorf("Assess() = %s, want unknown", got)
	}
}
