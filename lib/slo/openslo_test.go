package slo_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/slo"
)

// openSLO is the fields of an SLO that tests change.
const openSLO = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: error-rate
spec:
  service: shop
  indicator:
    metadata: {name: failures}
    spec:
      ratioMetric: {counter: true}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - target: 0.995
`

func TestParseOpenSLO(t *testing.T) {
	text, err := os.ReadFile("testdata/openslo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := slo.ParseOpenSLO("openslo.yaml", text, catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []slo.Objective{
		{Name: "shop-errors", KPI: "error_rate", Service: "shop", SLO: kpi.SLO{Objective: 0.5}},
		{Name: "shop-up", KPI: "availability", Service: "shop", SLO: kpi.SLO{Objective: 99.5, SlicesPercent: 99.9}, Slice: 5 * time.Minute},
		{Name: "p99-latency-ms", KPI: "p99_latency_ms", Service: "shop", SLO: kpi.SLO{Objective: 300, SlicesPercent: 98}},
		{Name: "cache", KPI: "redis_hit_rate", SLO: kpi.SLO{Objective: 80, SlicesPercent: 95}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objectives (-want +got):\n%s", diff)
	}
	c, err := slo.WithObjectives(catalogue(t), got)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"error_rate": "below 0.5 %", "p99_latency_ms": "below 300 ms", "redis_hit_rate": "at least 80 %"} {
		if k, _ := c.Lookup(key); k.Objective() != want {
			t.Errorf("%s is %s, want %s", key, k.Objective(), want)
		}
	}
	if k, _ := catalogue(t).Lookup("error_rate"); k.SLO.Objective != 0.1 {
		t.Error("the catalogue itself changed")
	}
}

func TestOpenSLOErrorsNameTheLine(t *testing.T) {
	for _, tc := range []struct{ what, old, new, want string }{
		{"another version", "openslo/v1", "openslo/v1alpha", `line 1: apiVersion "openslo/v1alpha" is not openslo/v1`},
		{"unknown kind", "kind: SLO", "kind: SLx", `line 2: kind "SLx" is not one of SLO, SLI`},
		{"no name", "name: error-rate", "displayName: x", "line 4: an SLO has no metadata.name"},
		{"no such KPI", "name: error-rate", "name: speed", "line 4: SLO speed: neither it nor its indicator is named like a KPI"},
		{"annotation of no KPI", "name: error-rate", "name: x\n  annotations: {tars/kpi: speed}", `line 5: SLO x: the catalogue has no KPI "speed"; it has availability`},
		{"typo in spec", "budgetingMethod", "budgetingMthod", `line 12: unknown key "budgetingMthod" in spec; known are description`},
		{"typo in objective", "target:", "targt:", `line 14: unknown key "targt" in an objective`},
		{"method", "Occurrences", "RatioTimeslices", `line 12: budgetingMethod "RatioTimeslices" is not Occurrences or Timeslices`},
		{"no budget", "0.995", "1", "line 14: target is 1; it must be above 0 and below 1"},
		{"percent in target", "0.995", "99.5", "line 14: target is 99.5; it must be above 0 and below 1"},
		{"both targets", "target: 0.995", "target: 0.995\n      targetPercent: 99.5", "line 14: an objective needs either target or targetPercent"},
		{"no number", "0.995", "high", `line 14: target "high" is not a number`},
		{"two objectives", "- target: 0.995", "- target: 0.995\n    - target: 0.9", "line 14: SLO error-rate: it must have exactly one objective"},
		{"value of a ratio", "target: 0.995", "target: 0.995\n      value: 3", "line 15: value needs a thresholdMetric"},
		{"ratio of what is none", "name: error-rate", "name: p99-latency-ms", "line 14: p99_latency_ms is no share"},
		{"threshold without value", "ratioMetric", "thresholdMetric", "line 14: a thresholdMetric needs op and value"},
		{"wrong side", "ratioMetric: {counter: true}", "thresholdMetric: {}", "line 14: a thresholdMetric needs op and value"},
		{"slices without target", "Occurrences", "Timeslices", "line 14: Timeslices of a ratioMetric need timeSliceTarget"},
		{"slice length", "target: 0.995", "target: 0.995\n      timeSliceWindow: soon", `line 15: timeSliceWindow "soon" is not a duration`},
		{"no SLO", "kind: SLO", "kind: Service", "it has no document of kind SLO"},
		{"no YAML", "spec:", "spec: [", "line"},
		{"no mapping", openSLO, "- 1\n", "line 1: the document is not a mapping"},
		{"empty", openSLO, "", "it has no document of kind SLO"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			text := strings.Replace(openSLO, tc.old, tc.new, 1)
			if text == openSLO {
				t.Fatal("nothing replaced")
			}
			_, err := slo.ParseOpenSLO("my.yaml", []byte(text), catalogue(t))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), "reading OpenSLO file my.yaml: ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not contain %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
		})
	}
}

func TestThresholdOnTheWrongSide(t *testing.T) {
	text := strings.NewReplacer("ratioMetric: {counter: true}", "thresholdMetric: {}",
		"target: 0.995", "{op: gt, value: 1, target: 0.99}").Replace(openSLO)
	_, err := slo.ParseOpenSLO("my.yaml", []byte(text), catalogue(t))
	if want := `op "gt" is not lte or lt, and of error_rate lower is better`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v does not contain %q", err, want)
	}
}

func TestTwoSLOsOfOneKPI(t *testing.T) {
	o := slo.Objective{Name: "a", KPI: "error_rate", SLO: kpi.SLO{Objective: 1}}
	b := o
	b.Name = "b"
	if _, err := slo.WithObjectives(catalogue(t), []slo.Objective{o, b}); err == nil || !strings.Contains(err.Error(), "a is about error_rate as well") {
		t.Errorf("error is %v", err)
	}
}

// FuzzParseOpenSLO checks that what is accepted makes a good catalogue, which
// survives write and read.
func FuzzParseOpenSLO(f *testing.F) {
	f.Add([]byte(openSLO))
	f.Add([]byte(strings.NewReplacer("ratioMetric: {counter: true}", "thresholdMetric: {}",
		"target: 0.995", "{op: lt, value: 1, targetPercent: 99, timeSliceWindow: 1h}").Replace(openSLO)))
	base, err := kpi.Preset("tars")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		objectives, err := slo.ParseOpenSLO("fuzz", text, base)
		if err != nil {
			return
		}
		c, err := slo.WithObjectives(base, objectives)
		if err != nil {
			return
		}
		again, err := kpi.Parse("again", c.YAML())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("changed by write and read (-want +got):\n%s", diff)
		}
	})
}
