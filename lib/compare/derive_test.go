package compare_test

import (
	"testing"
	"time"

	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

// TestErrorRateFromCounts: documents with errors and requests alone are judged
// as those that say the rate.
func TestErrorRateFromCounts(t *testing.T) {
	week := simulate.Make(simulate.Config{
		GAWeekday: time.Tuesday,
		Effects:   []simulate.Effect{{Form: simulate.Step, KPIs: []string{"errors"}, Start: 62, Size: 3}},
	}, 3)
	want := judge(week)
	delete(week.Baseline.KPIs, "error_rate")
	for _, d := range week.Days {
		delete(d.KPIs, "error_rate")
		for _, key := range []string{"errors", "requests"} {
			k := d.KPIs[key]
			k.Value = nil // only the samples
			d.KPIs[key] = k
		}
	}
	got := judge(week)
	find := func(findings []schema.Finding) *schema.Finding {
		for i := range findings {
			if findings[i].MetricName == "error_rate" {
				return &findings[i]
			}
		}
		t.Fatal("no finding of the error rate")
		return nil
	}
	a, b := find(want.Regressions), find(got.Regressions)
	if a.Severity != b.Severity || *a.RegressionPercent != *b.RegressionPercent || *a.Evidence.P != *b.Evidence.P {
		t.Errorf("by the rate: %s %v%% (p %v), by the counts: %s %v%% (p %v)", a.Severity, *a.RegressionPercent, *a.Evidence.P,
			b.Severity, *b.RegressionPercent, *b.Evidence.P)
	}
}

// TestValuesFromSamples: documents with samples alone, no statistics, are judged
// as those that say the mean.
func TestValuesFromSamples(t *testing.T) {
	week := slower()
	want := judge(week)
	strip := func(kpis schema.KPIs) {
		for key, k := range kpis {
			k.Value, k.Stats = nil, nil
			kpis[key] = k
		}
	}
	strip(week.Baseline.KPIs)
	for _, d := range week.Days {
		strip(d.KPIs)
	}
	got := judge(week)
	if len(got.Regressions) != len(want.Regressions) || len(got.Regressions) == 0 {
		t.Fatalf("%d regressions, want %d", len(got.Regressions), len(want.Regressions))
	}
	for i := range got.Regressions {
		if a, b := *want.Regressions[i].RegressionPercent, *got.Regressions[i].RegressionPercent; a-b > 1e-9 || b-a > 1e-9 {
			t.Errorf("%s: %v%%, want %v%%", got.Regressions[i].Name(), b, a)
		}
	}
}
