package kpi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

const good = `name: x
discovery: {query: "count by ($by) (up)", labels: [service]}
kpis:
  - key: a
    name: A
    unit: ms
    category: performance
    direction: lower_is_better
    queries: [{series: up}]
    weight: 1
`

func TestErrorsNameTheLine(t *testing.T) {
	if _, err := kpi.Parse("good", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ what, old, new, want string }{
		{"misspelt key", "weight: 1", "wieght: 1", `line 10: unknown key "wieght"; did you mean "weight"?`},
		{"misspelt key at the top", "discovery:", "discovry:", `line 2: unknown key "discovry"; did you mean "discovery"?`},
		{"misspelt key of a query", "series:", "serie:", `line 9: unknown key "serie"; did you mean "series"?`},
		{"unknown key", "weight: 1", "colour: red", `line 10: unknown key "colour"; known are key, name, unit`},
		{"key twice", "weight: 1", "name: B", `line 10: mapping key "name" already defined at line 5`},
		{"direction", "lower_is_better", "up", `line 8: kpi "a": direction "up" is not one of higher_is_better, lower_is_better, neutral`},
		{"misspelt direction", "lower_is_better", "lower_is_beter", `; did you mean "lower_is_better"?`},
		{"category", "performance", "speed", `line 7: kpi "a": category "speed" is not one of`},
		{"component", "weight: 1", "component: speed", `line 10: kpi "a": component "speed" is not one of`},
		{"no unit", "    unit: ms\n", "", `line 4: kpi "a": it has no unit`},
		{"no queries", "[{series: up}]", "[]", `line 9: kpi "a": it has no queries`},
		{"empty query", "series: up", "series: ''", `line 9: kpi "a": a query is empty`},
		{"placeholder", "series: up", "series: 'up[$stp]'", `line 9: kpi "a": a query has the unknown placeholder $stp; did you mean "$step"?`},
		{"selector not last", "series: up", `series: 'up{$selector,job="x"}'`, `line 9: kpi "a": $selector must be the last thing inside braces`},
		{"by outside a grouping", "series: up", "series: 'up * $by'", `line 9: kpi "a": $by must be a label of a grouping`},
		{"discovery without by", "count by ($by) (up)", "up", `line 2: discovery: the query has no $by`},
		{"discovery without labels", ", labels: [service]", "", "line 2: discovery needs both query and labels"},
		{"label", "[service]", "[k8s-app]", `line 2: discovery: "k8s-app" is no label name`},
		{"key", "key: a", "key: a-b", `line 4: kpi "a-b": key must be letters`},
		{"not a number", "weight: 1", "weight: heavy", "line 10: cannot unmarshal !!str"},
		{"NaN", "weight: 1", "weight: .nan", `line 10: kpi "a": weight is NaN`},
		{"infinite", "weight: 1", "min_change: .inf", `line 10: kpi "a": min_change is +Inf`},
		{"price", "weight: 1", "weight: 1\nprices: {cpu_core_hour: -1}", "line 11: cpu_core_hour is -1"},
		{"ratio without window", "weight: 1", "aggregate: ratio", `line 9: kpi "a": a ratio needs a window form`},
		{"forms that break down differently", "{series: up}", "{series: 'sum by ($by) (up)', window: sum(up)}", `line 9: kpi "a": one form has $by`},
		{"severity that falls", "weight: 1", "severity: {medium: 30, high: 20, critical: 50}", `line 10: kpi "a": severity must rise`},
		{"defaults of no category", "weight: 1", "weight: 1\ndefaults: {speed: {severity: {medium: 1, high: 2, critical: 3}}}", `line 11: defaults: category "speed"`},
		{"no error budget in slices", "weight: 1", "slo: {objective: 5, slices_percent: 100}", `line 10: kpi "a": slices_percent is 100`},
		{"no such base", "name: x", "name: x\nbased_on: tras", `line 2: based_on "tras"; did you mean "tars"?; there are istio`},
		{"no kpis", good[strings.Index(good, "kpis:"):], "", "line 1: it has no kpis"},
		{"second document", "weight: 1", "weight: 1\n---\nname: y", "line 11: a second document follows"},
		{"empty", good, "", "it is empty"},
		{"no YAML", "kpis:", "kpis: [", "line"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			text := strings.Replace(good, tc.old, tc.new, 1)
			if text == good {
				t.Fatal("nothing replaced")
			}
			_, err := kpi.Parse("my.yaml", []byte(text))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), "reading KPI catalogue my.yaml: ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not contain %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
		})
	}
}

// An objective of a share that leaves nothing to fail has no error budget.
func TestObjectivesOfSharesLeaveABudget(t *testing.T) {
	const share = `
    unit: "%"
    category: availability
    direction: higher_is_better
    slo: {objective: 100}
    queries: [{series: up}]
`
	_, err := kpi.Parse("c", []byte("name: x\nkpis:\n  - key: a\n    name: A"+share))
	if err == nil || !strings.Contains(err.Error(), "line 8: ") || !strings.Contains(err.Error(), "there must be an error budget") {
		t.Errorf("error is %v", err)
	}
}

func TestBasedOn(t *testing.T) {
	c, err := kpi.Parse("mine", []byte(`name: mine
based_on: tars
prices: {name: contract, currency: EUR, cpu_core_hour: 0.02, gib_hour: 0.003}
health: {latency: 60}
kpis:
  - key: p99_latency_ms
    slo: {objective: 250}
    min_change: 0
  - key: availability
    slo: null
  - key: queue_length
    name: Queue
    unit: count
    category: traffic
    direction: lower_is_better
    queries: [{series: 'sum(queue_length{$selector})'}]
`))
	if err != nil {
		t.Fatal(err)
	}
	tars := preset(t, "tars")
	if diff := cmp.Diff(append([]string{"queue_length"}, tars.Keys()...), c.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	want, _ := tars.Lookup("p99_latency_ms")
	want.SLO, want.MinChange = &kpi.SLO{Objective: 250, SlicesPercent: 99}, 0
	got, _ := c.Lookup("p99_latency_ms")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("amended KPI (-want +got):\n%s", diff)
	}
	if a, _ := c.Lookup("availability"); a.SLO != nil || len(a.Queries) == 0 {
		t.Errorf("availability is %+v", a)
	}
	price := 0.02
	if *c.Prices.CPUCoreHour != price || c.Prices.Date != "" || c.Prices.Name != "contract" {
		t.Errorf("prices are %+v", c.Prices)
	}
	if c.Health != (kpi.HealthWeights{Availability: 40, Latency: 60, ErrorRate: 15, Drift: 15}) || c.BasedOn != "" {
		t.Errorf("health %+v, based on %q", c.Health, c.BasedOn)
	}
	again, err := kpi.Parse("again", c.YAML())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("changed by write and read (-want +got):\n%s", diff)
	}
	if p99, _ := preset(t, "tars").Lookup("p99_latency_ms"); p99.SLO.Objective != 500 {
		t.Error("the preset itself changed")
	}
}

// An amended KPI is checked as a whole, at its own line.
func TestAmendmentsAreChecked(t *testing.T) {
	for _, tc := range []struct{ what, amendment, want string }{
		{"objective of a share", "{key: error_rate, slo: {objective: 0}}", `line 4: kpi "error_rate": objective is 0 %`},
		{"half a ladder that falls", "{key: cpu_percent, severity: {medium: 30, high: 20, critical: 40}}", "severity must rise"},
		{"ratio without window", "{key: error_rate, queries: [{series: up}]}", "a ratio needs a window form"},
		{"new KPI without name", "{key: mine, unit: s}", `kpi "mine": it has no name`},
		{"twice", "{key: error_rate, weight: 2}\n  - {key: error_rate, weight: 3}", `line 5: kpi "error_rate": there is another`},
	} {
		t.Run(tc.what, func(t *testing.T) {
			_, err := kpi.Parse("c", []byte("name: x\nbased_on: tars\nkpis:\n  - "+tc.amendment+"\n"))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v does not contain %q", err, tc.want)
			}
		})
	}
}

// What matters in milliseconds does not in seconds.
func TestDefaultsKnowTheUnit(t *testing.T) {
	c := preset(t, "tars")
	for unit, want := range map[string]float64{"ms": 1, "s": 0.001, "furlongs": 0} {
		k := c.For("x", schema.KPI{Unit: unit, Category: "performance", Direction: kpi.LowerIsBetter})
		if k.MinChange != want {
			t.Errorf("smallest change in %s is %v, want %v", unit, k.MinChange, want)
		}
	}
}
