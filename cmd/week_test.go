// Package cmd_test runs the built tools together, as users do.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
	"github.com/veleron-dev/tars/lib/schema"
)

// tools are the built binaries.
type tools struct{ dir string }

var names = []string{
	"tars-ga-kpi", "tars-stability-monitor", "tars-anomaly-detector",
	"tars-health-report", "tars-regression-analyzer", "tars-retro",
}

// build builds the tools. It looks at every source, so that `go test` does not
// take a stale pass from its cache.
func build(t *testing.T) tools {
	t.Helper()
	for _, root := range []string{".", "../lib"} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	args := []string{"build", "-o", dir}
	for _, name := range names {
		args = append(args, "./"+name)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("building the tools: %v\n%s", err, out)
	}
	return tools{dir}
}

// result is how a tool ended.
type result struct {
	status   int
	out, err string
}

func (x tools) run(t *testing.T, stdin []byte, name string, args ...string) result {
	t.Helper()
	cmd := exec.Command(filepath.Join(x.dir, name), args...)
	cmd.Env = clean(os.Environ())
	cmd.Stdin = bytes.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // Run returns it unwrapped
		t.Fatalf("%s: %v", name, err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// must runs a tool that must succeed.
func (x tools) must(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	r := x.run(t, stdin, name, args...)
	if r.status != 0 {
		t.Fatalf("%s %s: exit %d: %s", name, strings.Join(args, " "), r.status, r.err)
	}
	return []byte(r.out)
}

// clean keeps the tester's environment out of the tools.
func clean(env []string) []string {
	var kept []string
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "PROMETHEUS_URL", "GA_TIMESTAMP", "DAY_NUMBER", "SOURCE_DATE_EPOCH", "Z_THRESHOLD", "EWMA_ALPHA",
			"TARS_DATA_DIR", "TARS_OUTPUT_DIR", "TARS_RELEASE":
		default:
			kept = append(kept, v)
		}
	}
	return kept
}

const afterTheWeek = "2025-11-26T00:00:00Z"

// TestWeekAgainstItsTruth reads the generated week from a real Prometheus and
// holds every number against what the generator knows.
func TestWeekAgainstItsTruth(t *testing.T) {
	x := build(t)
	source := server.Start(t, week.History())
	ga := x.must(t, nil, "tars-ga-kpi", "--prometheus-url", source.URL, "--now", afterTheWeek, "--ga-timestamp", "2025-11-18T00:00:00Z", "--lookback", "7d")
	baseline := write(t, "ga.json", ga)

	var summary schema.GAKPISummary
	decode(t, ga, &summary)
	check(t, 0, summary.KPIs, summary.Services, summary.DataQuality)
	if summary.CertificationStatus != "PASS" {
		t.Errorf("GA day is %s: %v", summary.CertificationStatus, summary.CertificationNotes)
	}
	if h := summary.History; h == nil || len(h.KPIs["requests"]) != 168 || len(h.KPIs["p99_latency_ms"]) != 168 {
		t.Error("the history is not seven days of hours")
	}

	alerts := map[int]string{2: week.Outage.Alert, 3: week.ErrorBurst.Alert}
	for n := 1; n <= 7; n++ {
		var day schema.DailySummary
		decode(t, x.must(t, nil, "tars-stability-monitor", "--prometheus-url", source.URL, "--now", afterTheWeek,
			"--day-number", fmt.Sprint(n), "--ga-baseline", baseline), &day)
		check(t, n, day.KPIs, day.Services, day.DataQuality)
		switch {
		case alerts[n] == "" && len(day.Alerts) != 0:
			t.Errorf("day %d: alerts %v, want none", n, day.Alerts)
		case alerts[n] != "" && (len(day.Alerts) != 1 || day.Alerts[0].Name != alerts[n]):
			t.Errorf("day %d: alerts %v, want %s", n, day.Alerts, alerts[n])
		}
		if n == 6 {
			if len(day.DataQuality.Gaps) != 1 || !day.DataQuality.Gaps[0].Start.Equal(week.Hole.Start) || !day.DataQuality.Gaps[0].End.Equal(week.Hole.End) {
				t.Errorf("day 6: gaps %v, want the hole from %v to %v", day.DataQuality.Gaps, week.Hole.Start, week.Hole.End)
			}
		}
	}
}

// check holds the KPIs of a day against the truth: counts to 0.1 percent,
// everything else to 1 percent.
func check(t *testing.T, day int, kpis schema.KPIs, services map[string]schema.Breakdown, q *schema.DataQuality) {
	t.Helper()
	whole := week.TruthOf(day, "")
	if q == nil || q.CoveragePercent == nil || math.Abs(*q.CoveragePercent-whole.CoveragePercent) > 0.5 {
		t.Errorf("day %d: coverage %v, want %.2f", day, q, whole.CoveragePercent)
	}
	compare(t, fmt.Sprintf("day %d", day), kpis, whole)
	near(t, fmt.Sprintf("day %d: redis_hit_rate", day), kpis, "redis_hit_rate", whole.HitRate, 0.01)
	near(t, fmt.Sprintf("day %d: memory_percent", day), kpis, "memory_percent", whole.MemoryPercent, 0.01)
	for _, service := range week.Services {
		compare(t, fmt.Sprintf("day %d, %s", day, service), services[service].KPIs, week.TruthOf(day, service))
	}
	if k := kpis["cost_per_hour"]; k.Stats == nil || k.Stats.Mean == nil {
		t.Errorf("day %d: no cost: %s", day, k.Reason)
	}
}

func compare(t *testing.T, what string, kpis schema.KPIs, want week.Truth) {
	t.Helper()
	near(t, what+": requests", kpis, "requests", want.Requests, 0.001)
	near(t, what+": errors", kpis, "errors", want.Errors, 0.001)
	near(t, what+": error_rate", kpis, "error_rate", want.ErrorRate, 0.01)
	near(t, what+": availability", kpis, "availability", want.Availability, 0.001)
	near(t, what+": p50", kpis, "p50_latency_ms", want.P50, 0.01)
	near(t, what+": p95", kpis, "p95_latency_ms", want.P95, 0.01)
	near(t, what+": p99", kpis, "p99_latency_ms", want.P99, 0.01)
	near(t, what+": cpu_percent", kpis, "cpu_percent", want.CPUPercent, 0.01)
	if !math.IsNaN(want.DBP95) {
		near(t, what+": db p95", kpis, "db_p95_latency_ms", want.DBP95, 0.01)
	}
}

func near(t *testing.T, what string, kpis schema.KPIs, key string, want, tolerance float64) {
	t.Helper()
	got, ok := kpis.Of(key)
	if !ok || math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s is %v (known: %t), want %v within %g %%", what, got, ok, want, 100*tolerance)
	}
}

func decode(t *testing.T, text []byte, doc any) {
	t.Helper()
	if err := json.Unmarshal(text, doc); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
