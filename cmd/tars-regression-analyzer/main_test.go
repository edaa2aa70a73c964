package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/tool"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tars-regression-analyzer": main})
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SOURCE_DATE_EPOCH", "1764201600") // 2025-11-27, when all seven days are over
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "week": week},
	})
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

// exits runs a command and checks its exact exit status: exits STATUS CMD ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s exited %d, want %d\n%s", args[1], got, want, ts.ReadFile("stderr"))
	}
}
