package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/schema"
)

func TestCost(t *testing.T) {
	priced := func(n int, parts ...schema.CostPart) *schema.DailySummary {
		d := sampleDay(n)
		d.Cost = &schema.Cost{Currency: "USD", Parts: parts, PriceSheet: "ours, 2025-11-01"}
		return d
	}
	cpu, memory := schema.CostPart{Name: "cpu", PerHour: 2}, schema.CostPart{Name: "memory", PerHour: 1}
	foreign := sampleDay(2)
	foreign.KPIs["cost_per_hour"] = schema.KPI{Unit: "EUR", Stats: &schema.Stats{Mean: new(3.0), Count: 288}}
	unpriced := sampleDay(2)
	unpriced.KPIs["cost_per_hour"] = schema.KPI{Unit: "USD", Reason: "no price was given"}
	uncounted := sampleDay(3)
	delete(uncounted.KPIs, "requests")
	for _, x := range []struct {
		name string
		docs []schema.Document
		want schema.CostAnalysis
	}{
		{
			"measured hours alone",
			[]schema.Document{sampleGA(), priced(1, cpu, memory), priced(6, cpu, memory)},
			schema.CostAnalysis{
				Currency: "USD", GADayCost: new(77.208), GADayHoursMeasured: new(24.0), SevenDayTotalCost: new(138.0), HoursMeasured: 46,
				CoveragePercent: new(46.0 / 1.68), DailyAverageCost: new(72.0), ChangePercent: new(100 * (3 - 3.217) / 3.217), CostTrend: "unknown",
				PerThousandRequests: new(0.069), CostBreakdown: map[string]float64{"cpu": 92, "memory": 46}, PriceSheet: "ours, 2025-11-01",
			},
		},
		{
			"no breakdown of some days alone",
			[]schema.Document{priced(1, cpu), sampleDay(3)},
			schema.CostAnalysis{
				Currency: "USD", SevenDayTotalCost: new(144.0), HoursMeasured: 48, CoveragePercent: new(48.0 / 1.68), DailyAverageCost: new(72.0),
				CostTrend: "unknown", PerThousandRequests: new(0.072), PriceSheet: "ours, 2025-11-01",
			},
		},
		{
			"a day without price, a day without requests",
			[]schema.Document{sampleDay(1), unpriced, uncounted},
			schema.CostAnalysis{
				Currency: "USD", SevenDayTotalCost: new(144.0), HoursMeasured: 48, CoveragePercent: new(48.0 / 1.68), DailyAverageCost: new(72.0),
				CostTrend: "unknown", PerThousandRequests: new(0.072),
			},
		},
		{"two currencies", []schema.Document{sampleDay(1), foreign}, schema.CostAnalysis{CostTrend: "unknown", Reason: "the inputs name different currencies: USD and others"}},
		{"no price", []schema.Document{unpriced}, schema.CostAnalysis{CostTrend: "unknown", Reason: "no price was given"}},
		{"nothing", []schema.Document{sampleHealth(1)}, schema.CostAnalysis{CostTrend: "unknown", Reason: "no input says what it cost"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := retro(t, x.docs).CostAnalysis
			if diff := cmp.Diff(&x.want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-9, 0), cmpopts.IgnoreFields(schema.CostAnalysis{}, "ByDay")); diff != "" {
				t.Errorf("cost (-want +got):\n%s", diff)
			}
		})
	}
}
