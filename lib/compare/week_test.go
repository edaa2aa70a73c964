package compare_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

var latencies = []string{"p50_latency_ms", "p95_latency_ms", "p99_latency_ms"}

func judge(week simulate.Week) compare.Result {
	o := gaOf(week)
	o.Days, o.Expect = week.Days, 7
	return compare.Week(o)
}

func slower() simulate.Week {
	return simulate.Make(simulate.Config{
		GAWeekday: time.Tuesday,
		Effects:   []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: 62, Size: 1.4}},
	}, 3)
}

// without returns the KPIs less one, said to be missing.
func without(kpis schema.KPIs, key string) schema.KPIs {
	out := schema.KPIs{}
	for k, v := range kpis {
		if k == key {
			v = schema.KPI{Unit: v.Unit, Category: v.Category, Direction: v.Direction, Reason: "no series answered"}
		}
		out[k] = v
	}
	return out
}

// TestMissingIsNeverStable takes away what a verdict rests on. Whatever is
// missing must be listed as unknown, and the week must not be called stable.
func TestMissingIsNeverStable(t *testing.T) {
	calm := simulate.Make(simulate.Config{GAWeekday: time.Tuesday}, 3)
	tests := []struct {
		name string
		cut  func(*simulate.Week)
	}{
		{"a KPI on all days", func(w *simulate.Week) {
			for i, d := range w.Days {
				day := *d
				day.KPIs = without(day.KPIs, "cpu_percent")
				w.Days[i] = &day
			}
		}},
		{"a KPI on GA day", func(w *simulate.Week) { w.Baseline.KPIs = without(w.Baseline.KPIs, "memory_percent") }},
		{"a KPI on the last day", func(w *simulate.Week) {
			day := *w.Days[6]
			day.KPIs = without(day.KPIs, "p99_latency_ms")
			w.Days[6] = &day
		}},
		{"availability everywhere", func(w *simulate.Week) {
			w.Baseline.KPIs = without(w.Baseline.KPIs, "availability")
			for i, d := range w.Days {
				day := *d
				day.KPIs = without(day.KPIs, "availability")
				w.Days[i] = &day
			}
		}},
		{"GA day", func(w *simulate.Week) { w.Baseline.KPIs = schema.KPIs{} }},
		{"the last day", func(w *simulate.Week) { w.Days = w.Days[:6] }},
		{"most of the last day", func(w *simulate.Week) {
			day := *w.Days[6]
			day.KPIs = schema.KPIs{}
			for k, v := range w.Days[6].KPIs {
				series := *v.Series
				series.Values = slices.Clone(series.Values)
				for i := range series.Values {
					if i > 60 {
						series.Values[i] = math.NaN()
					}
				}
				v.Series = &series
				day.KPIs[k] = v
			}
			w.Days[6] = &day
		}},
	}
	if got, why := assess(judge(calm)); got != schema.AssessStable {
		t.Fatalf("the whole week is %s (%s), want stable", got, why)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := *calm.Baseline
			cut := simulate.Week{Baseline: &base, Days: slices.Clone(calm.Days)}
			tt.cut(&cut)
			r := judge(cut)
			if got, why := assess(r); got != schema.AssessUnknown {
				t.Errorf("assessed %s (%s), want unknown", got, why)
			}
			if len(r.Unknown) == 0 && tt.name != "the last day" {
				t.Error("nothing is listed as unknown")
			}
			if r.Rollback.ShouldRollback != nil && len(r.Unknown) > 1 {
				t.Errorf("rollback advice %s, want unknown", r.Rollback.Advice)
			}
		})
	}
}

func assess(r compare.Result) (string, string) { return r.Assess() }

// TestSameInSameOut: the order of the days does not matter, and nothing depends
// on the order of maps.
func TestSameInSameOut(t *testing.T) {
	week := slower()
	want, err := json.Marshal(judge(week))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		slices.Reverse(week.Days)
		got, err := json.Marshal(judge(week))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Fatalf("another order of days (-want +got):\n%s", diff)
		}
	}
}

// TestEvidence: every finding carries its evidence, and its numbers agree.
func TestEvidence(t *testing.T) {
	r := judge(slower())
	if len(r.Regressions) < 3 {
		t.Fatalf("%d regressions, want the three latencies", len(r.Regressions))
	}
	for i := range r.Regressions {
		f := &r.Regressions[i]
		e := f.Evidence
		if e == nil || e.P == nil || e.Q == nil || e.ShiftPercent == nil || e.CliffsDelta == nil || e.SmallestDetectablePercent == nil {
			t.Fatalf("%s: evidence is incomplete: %+v", f.Name(), e)
		}
		if *e.Q < *e.P || *e.ShiftLow > *e.ShiftPercent || *e.ShiftPercent > *e.ShiftHigh {
			t.Errorf("%s: p %v, q %v, shift %v in [%v, %v] do not agree", f.Name(), *e.P, *e.Q, *e.ShiftPercent, *e.ShiftLow, *e.ShiftHigh)
		}
		if e.BaselineDays != 3 || e.CurrentDays != 6 || e.BaselineHours+e.CurrentHours != 8*24 {
			t.Errorf("%s: %d+%d days and %d+%d hours, want 3+6 and 192 in all", f.Name(), e.BaselineDays, e.CurrentDays, e.BaselineHours, e.CurrentHours)
		}
		if got := 100 * (*f.CurrentValue/(*f.BaselineValue) - 1); math.Abs(got-*f.DriftPercent) > 1e-9 {
			t.Errorf("%s: drift is %v%%, the values say %v%%", f.Name(), *f.DriftPercent, got)
		}
	}
	if len(r.Groups) != 1 || len(r.Groups[0].Metrics) != 3 {
		t.Errorf("groups = %+v, want the three latencies in one", r.Groups)
	}
}

// TestImprovementNeverCounts: what got better is no regression and no reason.
func TestImprovementNeverCounts(t *testing.T) {
	week := simulate.Make(simulate.Config{
		GAWeekday: time.Tuesday,
		Effects:   []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: 62, Size: 0.6}},
	}, 3)
	r := judge(week)
	if len(r.Improvements) != 3 {
		t.Errorf("%d improvements, want 3", len(r.Improvements))
	}
	if len(r.Regressions) != 0 || r.Rollback.Advice != schema.AdviceKeep {
		t.Errorf("regressions %v, advice %s; want none and keep", r.Regressions, r.Rollback.Advice)
	}
}

// TestBaselinesVote: a slower staging says the week is no slower than it, the
// faster earlier release says it is.
func TestBaselinesVote(t *testing.T) {
	week := slower()
	o := gaOf(week)
	o.Days = week.Days
	fast := simulate.Make(simulate.Config{GAWeekday: time.Tuesday}, 4)
	like := simulate.Make(simulate.Config{
		GAWeekday: time.Tuesday,
		Effects:   []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: -200, Size: 1.4}},
	}, 5)
	o.Baselines = append(o.Baselines, compare.Baseline{Name: "staging", Summary: like.Baseline}, compare.Baseline{Name: "v1.0.0", Days: fast.Days})
	r := compare.Week(o)
	for i := range r.Regressions {
		f := &r.Regressions[i]
		var votes []string
		for _, v := range f.Baselines {
			votes = append(votes, v.Source+" "+v.Vote)
		}
		if diff := cmp.Diff([]string{"ga regression", "staging none", "v1.0.0 regression"}, votes); diff != "" {
			t.Errorf("%s: votes (-want +got):\n%s", f.Name(), diff)
		}
	}
}

// TestPartialDay: a day of five hours says nothing new, and the day before it
// says what stands.
func TestPartialDay(t *testing.T) {
	week := slower()
	last := *week.Days[6]
	last.Window = &schema.Window{Start: last.Window.Start, End: schema.At(last.Window.Start.Add(5 * time.Hour)), Partial: true}
	kpis := schema.KPIs{}
	for k, v := range last.KPIs {
		series := *v.Series
		series.Values = series.Values[:60]
		v.Series = &series
		kpis[k] = v
	}
	last.KPIs = kpis
	week.Days[6] = &last
	r := judge(week)
	if got, why := assess(r); got != schema.AssessDegraded {
		t.Errorf("assessed %s (%s), want degraded", got, why)
	}
	for i := range r.Regressions {
		if s := r.Regressions[i].Standing; s == nil || !*s {
			t.Errorf("%s does not stand, with five hours of day 7 and all of day 6", r.Regressions[i].Name())
		}
	}
}

// TestWarmUp leaves the first hours of GA day out of the baseline.
func TestWarmUp(t *testing.T) {
	week := slower()
	o := gaOf(week)
	o.Days, o.WarmUp = week.Days, 90*time.Minute
	r := compare.Week(o)
	for i := range r.Regressions {
		if e := r.Regressions[i].Evidence; e.BaselineHours+e.CurrentHours != 8*24-2 {
			t.Errorf("%s rests on %d hours, want all but the two that warming up touches", r.Regressions[i].Name(), e.BaselineHours+e.CurrentHours)
		}
	}
	if len(r.Regressions) != 3 {
		t.Errorf("%d regressions, want the three latencies", len(r.Regressions))
	}
}

// TestOnlyAnEarlierRelease: without GA day, sizes against the earlier release
// are told, and that is all.
func TestOnlyAnEarlierRelease(t *testing.T) {
	week := slower()
	old := simulate.Make(simulate.Config{GAWeekday: time.Tuesday}, 4)
	r := compare.Week(compare.Options{Baselines: []compare.Baseline{{Name: "v1.0.0", Days: old.Days}}, Days: week.Days})
	for i := range r.Regressions {
		f := &r.Regressions[i]
		if f.BaselineSource != "v1.0.0" || f.Evidence.Method != "none" || schema.SeverityRank(f.Severity) > 2 {
			t.Errorf("%s: %s against %s with evidence %s, want medium at most against v1.0.0 and none", f.Name(), f.Severity, f.BaselineSource, f.Evidence.Method)
		}
	}
	if len(r.Regressions) == 0 {
		t.Error("nothing told of a rise of 40%")
	}
}
