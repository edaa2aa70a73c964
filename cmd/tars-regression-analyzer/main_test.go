package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/veleron-dev/tars/lib/tool/tooltest"

	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/tool"
)

func TestMain(m *testing.M) {
	tooltest.Main(m, "tars-regression-analyzer", main)
}

func TestScript(t *testing.T) {
	tooltest.Run(t, map[string]func(*testscript.TestScript, bool, []string){"week": week})
}

// week writes a simulated week whose truth is known, ga.json and days/: week
// DIR KIND. GA is Tuesday 2025-11-18T00:00:00Z.
func week(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: week DIR KIND")
	}
	latencies := []string{"p50_latency_ms", "p95_latency_ms", "p99_latency_ms"}
	configs := map[string]simulate.Config{
		"calm":      {},
		"slower":    {Effects: []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: 62, Size: 1.4}}},
		"before-ga": {History: true, Effects: []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: -60, Size: 1.4}}},
		"with-ga":   {History: true, Effects: []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: 0, Size: 1.4}}},
		"outage":    {Effects: []simulate.Effect{{Form: simulate.Drop, KPIs: []string{"availability"}, Start: 62, Size: 1.05}}},
		"incident":  {Effects: []simulate.Effect{{Form: simulate.Incident, KPIs: latencies, Start: 50, End: 62, Size: 2.2}}},
		"service":   {Services: 4, Effects: []simulate.Effect{{Form: simulate.Step, KPIs: latencies, Start: 62, Size: 1.6, Service: 3}}},
	}
	config, ok := configs[args[1]]
	if !ok {
		ts.Fatalf("no kind of week %q", args[1])
	}
	config.GAWeekday = time.Tuesday
	made := simulate.Make(config, 7)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Join(dir, "days"), 0o750))
	save := func(name string, doc any) {
		f, err := os.Create(filepath.Join(dir, name))
		ts.Check(err)
		ts.Check(tool.JSON(doc)(f))
		ts.Check(f.Close())
	}
	save("ga.json", made.Baseline)
	for _, day := range made.Days {
		save(fmt.Sprintf("days/day_%02d_summary.json", day.DayNumber), day)
	}
}
