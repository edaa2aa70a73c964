package kpi_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// contractKeys are the keys that readers of the documents rely on.
var contractKeys = []string{
	"availability", "error_rate", "requests", "errors", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms",
	"cpu_percent", "memory_percent", "db_p95_latency_ms", "redis_hit_rate", "cluster_cpu_utilization",
	"cluster_memory_utilization", "cost_per_hour",
}

func preset(t *testing.T, name string) *kpi.Catalogue {
	t.Helper()
	c, err := kpi.Preset(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultPresetHasEveryKey(t *testing.T) {
	c := preset(t, kpi.DefaultPreset)
	for _, key := range contractKeys {
		if _, ok := c.Lookup(key); !ok {
			t.Errorf("no KPI %q", key)
		}
	}
}

func TestEveryPresetSurvivesWriteAndRead(t *testing.T) {
	names := kpi.Presets()
	if diff := cmp.Diff([]string{"istio", "kubernetes", "nginx-ingress", "otel", "tars"}, names); diff != "" {
		t.Errorf("presets (-want +got):\n%s", diff)
	}
	for _, name := range names {
		c := preset(t, name)
		if c.Name != name {
			t.Errorf("preset %s calls itself %s", name, c.Name)
		}
		again, err := kpi.Parse("again", c.YAML())
		if err != nil {
			t.Fatalf("%s: reading what was written: %v", name, err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", name, diff)
		}
	}
}

// METHODS of the comparison: the default ladders, objectives and weights.
func TestDefaultThresholds(t *testing.T) {
	c := preset(t, kpi.DefaultPreset)
	for key, want := range map[string]kpi.Ladder{
		"availability": {Medium: 0.2, High: 0.5, Critical: 1}, "error_rate": {Medium: 20, High: 50, Critical: 100},
		"p99_latency_ms": {Medium: 15, High: 30, Critical: 50}, "cpu_percent": {Medium: 20, High: 30, Critical: 50},
		"memory_percent": {Medium: 20, High: 30, Critical: 50}, "cost_per_hour": {Medium: 10, High: 20, Critical: 30},
		"redis_hit_rate": {Medium: 5, High: 10, Critical: 20},
	} {
		k, _ := c.Lookup(key)
		if diff := cmp.Diff(want, k.Severity); diff != "" {
			t.Errorf("%s severity (-want +got):\n%s", key, diff)
		}
	}
	for key, want := range map[string]string{"availability": "at least 99.9 %", "error_rate": "below 0.1 %", "p99_latency_ms": "below 500 ms", "requests": ""} {
		k, _ := c.Lookup(key)
		if k.Objective() != want {
			t.Errorf("%s objective is %q, want %q", key, k.Objective(), want)
		}
	}
	if want := (kpi.HealthWeights{Availability: 40, Latency: 30, ErrorRate: 15, Drift: 15}); c.Health != want {
		t.Errorf("health weights are %v, want %v", c.Health, want)
	}
}

func TestUnknownKeysTakeTheirCategorysDefaults(t *testing.T) {
	got := preset(t, "tars").For("queue_seconds", schema.KPI{Unit: "s", Category: "performance", Direction: "lower_is_better"})
	if got.Severity.High != 30 || got.DriftPercent != 10 || got.Unit != "s" {
		t.Errorf("got %+v", got)
	}
	if got := preset(t, "tars").For("x", schema.KPI{}); got.Direction != kpi.Neutral {
		t.Errorf("a KPI without direction is %s", got.Direction)
	}
}

func TestExpand(t *testing.T) {
	price := 0.5
	for _, tc := range []struct {
		what, template string
		vars           kpi.Vars
		want           string
	}{
		{"nothing to say", "sum by ($by) (rate(x{$selector}[$step]))", kpi.Vars{Step: 5 * time.Minute}, "sum(rate(x[5m]))"},
		{
			"selector and grouping", "sum by (le, $by) (rate(x{a=\"b\",$selector}[$step]))",
			kpi.Vars{Selector: `namespace="prod"`, By: "service", Step: time.Minute},
			`sum by (le, service) (rate(x{a="b",namespace="prod"}[1m]))`,
		},
		{
			"one of them empty", "sum by (le, $by) (rate(x{a=\"b\",$selector}[$step]))",
			kpi.Vars{Step: 90 * time.Second},
			`sum by (le) (rate(x{a="b"}[90s]))`,
		},
		{"a selector with a dollar", "x{$selector}", kpi.Vars{Selector: `path=~".*\\.js$|x"`}, `x{path=~".*\\.js$|x"}`},
		{"spaces inside the selector's strings", "x{\n  $selector}", kpi.Vars{Selector: `path="a  b"`}, `x{ path="a  b"}`},
		{"grouping after the aggregated", "sum(x{$selector}) by ($by)", kpi.Vars{}, "sum(x)"},
		{"window and prices, in one line", "a[$window] *\n  $price_gib_hour", kpi.Vars{Window: 24 * time.Hour, Prices: kpi.PriceSheet{GiBHour: &price}}, "a[1d] * 0.5"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, kpi.Expand(tc.template, tc.vars)); diff != "" {
				t.Errorf("PromQL (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse checks that what is accepted survives write and read.
func FuzzParse(f *testing.F) {
	// Small seeds: the fuzzer spends its time shortening long ones. The presets
	// themselves are written and read in a test above.
	f.Add([]byte(good))
	f.Add([]byte("name: x\nbased_on: platform\nkpis: [{key: cpu_percent, weight: 2, slo: {objective: 80}}]"))
	f.Add([]byte("kpis:\n- &a {key: a, name: a, unit: '%', category: cost, direction: neutral, queries: [{series: up}]}\n- {<<: *a, key: b, min_change: 0}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := kpi.Parse("fuzz", text)
		if err != nil {
			return
		}
		again, err := kpi.Parse("again", c.YAML())
		if err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, c.YAML())
		}
		if !bytes.Equal(c.YAML(), again.YAML()) {
			t.Fatalf("changed by write and read:\n%s\n%s", c.YAML(), again.YAML())
		}
	})
}
