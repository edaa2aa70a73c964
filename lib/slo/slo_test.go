package slo_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

func catalogue(t *testing.T) *kpi.Catalogue {
	t.Helper()
	c, err := kpi.Preset("tars")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mean(v float64) schema.KPI  { return schema.KPI{Stats: &schema.Stats{Mean: &v}} }
func total(v float64) schema.KPI { return schema.KPI{Value: &v} }

func counted(k schema.KPI, count, missing int) schema.KPI {
	s := schema.Stats{Mean: k.Value}
	if k.Stats != nil {
		s = *k.Stats
	}
	s.Count, s.Missing = count, missing
	k.Stats = &s
	return k
}

func series(values ...float64) schema.KPI {
	k := mean(1)
	k.Series = &schema.Series{StepSeconds: 300, Values: values}
	return k
}

func TestJudge(t *testing.T) {
	got := slo.Judge(catalogue(t), schema.KPIs{"availability": mean(99.9), "error_rate": mean(0.1)})
	yes, no := true, false
	want := schema.SLOCompliance{
		"availability":   {Objective: schema.Num(99.9), Value: schema.Num(99.9), Met: &yes},
		"error_rate":     {Objective: schema.Num(0.1), Value: schema.Num(0.1), Met: &no},
		"p99_latency_ms": {Objective: schema.Num(500)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

// burn 1 for 7 of 30 days is 23.3% of the month's budget.
func TestBudgetIsTheRealShare(t *testing.T) {
	nan := math.NaN()
	day := func(n int, kpis schema.KPIs) slo.Day { return slo.Day{Number: n, Hours: 24, Seen: 24, KPIs: kpis} }
	steady := func(availability float64) []slo.Day {
		var days []slo.Day
		for n := 1; n <= 7; n++ {
			days = append(days, day(n, schema.KPIs{"availability": mean(availability)}))
		}
		return days
	}
	for _, tc := range []struct {
		what, key            string
		days                 []slo.Day
		week, month, burn    *float64
		exhaustion, coverage *float64
	}{
		{"burn 1 all week", "availability", steady(99.9), schema.Num(100), schema.Num(100 * 7.0 / 30), schema.Num(1), schema.Num(0), schema.Num(100)},
		{"no burn", "availability", steady(100), schema.Num(0), schema.Num(0), schema.Num(0), nil, schema.Num(100)},
		{
			"one day at burn 2 of seven", "availability",
			[]slo.Day{day(1, schema.KPIs{"availability": mean(99.8)})},
			schema.Num(200.0 / 7), schema.Num(200.0 / 30), schema.Num(2), schema.Num((1 - 2.0/7) * 7 / 2), schema.Num(100),
		},
		{
			"half a day unseen is neither good nor bad", "availability",
			[]slo.Day{
				{Number: 1, Hours: 24, Seen: 12, KPIs: schema.KPIs{"availability": mean(99.8)}},
			},
			schema.Num(100.0 / 7), schema.Num(100.0 / 30), schema.Num(2), schema.Num((1 - 1.0/7) * 7 / 2), schema.Num(50),
		},
		{
			"errors weigh by requests", "error_rate",
			[]slo.Day{
				day(1, schema.KPIs{"error_rate": mean(0.4), "requests": total(1000)}),
				day(2, schema.KPIs{"error_rate": mean(0.0), "requests": total(3000)}),
			},
			schema.Num(100 * (0.4 * 1000) / (0.1 * 4000.0 / 48 * 168)), schema.Num(100 * (0.4 * 1000) / (0.1 * 4000.0 / 48 * 720)), schema.Num(0), nil, schema.Num(100),
		},
		{
			"a KPI knows its own gaps", "availability",
			[]slo.Day{day(1, schema.KPIs{"availability": counted(mean(99.8), 144, 144)})},
			schema.Num(100.0 / 7), schema.Num(100.0 / 30), schema.Num(2), schema.Num((1 - 1.0/7) * 7 / 2), schema.Num(50),
		},
		{
			"hours without requests are no gaps", "error_rate",
			[]slo.Day{day(1, schema.KPIs{"error_rate": counted(mean(0.2), 144, 144), "requests": counted(total(500), 288, 0)})},
			schema.Num(200.0 / 7), schema.Num(200.0 / 30), schema.Num(2), schema.Num((1 - 2.0/7) * 7 / 2), schema.Num(100),
		},
		{
			"days of unknown requests weigh by time", "error_rate",
			[]slo.Day{
				day(1, schema.KPIs{"error_rate": mean(0.4), "requests": total(1000)}),
				day(2, schema.KPIs{"error_rate": mean(0)}),
			},
			schema.Num(400.0 / 7), schema.Num(400.0 / 30), schema.Num(0), nil, schema.Num(100),
		},
		{
			"a day without data is neither good nor bad", "availability",
			[]slo.Day{day(1, schema.KPIs{"availability": mean(99.8)}), day(2, nil)},
			schema.Num(200.0 / 7), schema.Num(200.0 / 30), schema.Num(2), schema.Num((1 - 2.0/7) * 7 / 2), schema.Num(50),
		},
		{"overspent", "availability", steady(99.5), schema.Num(500), schema.Num(500 * 7.0 / 30), schema.Num(5), schema.Num(0), schema.Num(100)},
		{
			"slices over the objective", "p99_latency_ms",
			[]slo.Day{
				day(1, schema.KPIs{"p99_latency_ms": series(100, 600, nan, 100, 499)}),
			},
			schema.Num(100 * 25.0 / 7), schema.Num(100 * 25.0 / 30), schema.Num(25), schema.Num(0), schema.Num(100),
		},
		{"slices without a series", "p99_latency_ms", []slo.Day{day(1, schema.KPIs{"p99_latency_ms": mean(100)})}, nil, nil, nil, nil, schema.Num(0)},
		{"no days", "availability", nil, nil, nil, nil, nil, nil},
	} {
		t.Run(tc.what, func(t *testing.T) {
			for _, got := range slo.BurnDowns(catalogue(t), tc.days) {
				if got.KPI != tc.key {
					continue
				}
				near := cmpopts.EquateApprox(1e-9, 1e-9)
				for name, pair := range map[string][2]*float64{
					"week": {tc.week, got.BudgetConsumedPercent}, "month": {tc.month, got.BudgetConsumed30DayPercent},
					"burn": {tc.burn, got.BurnRate}, "exhaustion": {tc.exhaustion, got.DaysToExhaustion}, "coverage": {tc.coverage, got.CoveragePercent},
				} {
					if diff := cmp.Diff(pair[0], pair[1], near); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
				if got.BurnAlerts == nil != (tc.days == nil || tc.days[0].KPIs[tc.key].Series == nil) {
					t.Errorf("burn alerts %v", got.BurnAlerts)
				}
				var last *float64 // what a day used stays used
				for _, day := range got.ComplianceByDay {
					if (day.BudgetConsumedPercent == nil) != (day.BadPercent == nil) {
						t.Errorf("day %d: consumed %v, bad %v", day.DayNumber, day.BudgetConsumedPercent, day.BadPercent)
					}
					if now := day.BudgetConsumedPercent; now != nil {
						if last != nil && *now < *last {
							t.Errorf("day %d: consumed %v after %v", day.DayNumber, *now, *last)
						}
						last = now
					}
				}
				if diff := cmp.Diff(got.BudgetConsumedPercent, last, near); diff != "" {
					t.Errorf("the last day (-week +day):\n%s", diff)
				}
				if (got.BudgetConsumedPercent == nil) != (got.Reason != "") {
					t.Errorf("consumed %v, reason %q", got.BudgetConsumedPercent, got.Reason)
				}
			}
		})
	}
}

// An objective is met on a day as Judge says; where slices decide and are not
// known, the average does, and no budget is made up from it.
func TestComplianceByDay(t *testing.T) {
	yes, no := true, false
	for _, tc := range []struct {
		what, key string
		kpi       schema.KPI
		want      schema.SLODay
	}{
		{"at the objective", "availability", mean(99.9), schema.SLODay{BadPercent: schema.Num(0.1), BurnRate: schema.Num(1), Met: &yes}},
		{"below is below", "error_rate", mean(0.1), schema.SLODay{BadPercent: schema.Num(0.1), BurnRate: schema.Num(1), Met: &no}},
		{"unknown", "availability", schema.KPI{}, schema.SLODay{}},
		{"one slice of a hundred", "p99_latency_ms", series(append(make([]float64, 99), 600)...), schema.SLODay{BadPercent: schema.Num(1), BurnRate: schema.Num(1), Met: &yes}},
		{"two slices", "p99_latency_ms", series(append(make([]float64, 98), 600, 600)...), schema.SLODay{BadPercent: schema.Num(2), BurnRate: schema.Num(2), Met: &no}},
		{"an average under it", "p99_latency_ms", mean(499), schema.SLODay{Met: &yes}},
		{"an average over it", "p99_latency_ms", mean(501), schema.SLODay{Met: &no}},
	} {
		t.Run(tc.key+" "+tc.what, func(t *testing.T) {
			tc.want.DayNumber = 3
			if burn := tc.want.BurnRate; burn != nil {
				tc.want.BudgetConsumedPercent = schema.Num(100 * *burn / 7)
			}
			for _, got := range slo.BurnDowns(catalogue(t), []slo.Day{{Number: 3, Hours: 24, Seen: 24, KPIs: schema.KPIs{tc.key: tc.kpi}}}) {
				if got.KPI != tc.key {
					continue
				}
				if diff := cmp.Diff([]schema.SLODay{tc.want}, got.ComplianceByDay, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
					t.Errorf("day (-want +got):\n%s", diff)
				}
				if tc.want.BadPercent == nil && (got.BudgetConsumedPercent != nil || got.BurnRate != nil) {
					t.Errorf("a budget out of nothing: %+v", got)
				}
			}
		})
	}
}
