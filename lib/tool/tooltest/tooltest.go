// Package tooltest runs the transcripts of a tool: testdata/script/*.txtar,
// each a session at the shell with its files and what must come out.
package tooltest

import (
	"errors"
	"flag"
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden output of the transcripts")

// Clock is where the clock stands in transcripts: 2025-11-27, when all seven
// days of the demo week are over.
const Clock = "1764201600"

// Main makes the tool's main a command of its transcripts. Call it from
// TestMain.
func Main(m *testing.M, name string, main func()) {
	testscript.Main(m, map[string]func(){name: main})
}

// Run runs the transcripts in testdata/script. They know $FIXTURES and, besides
// testscript's own commands, `exits STATUS CMD ...`, which checks the exact
// exit status; further commands are added by name.
func Run(t *testing.T, commands map[string]func(*testscript.TestScript, bool, []string)) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	all := map[string]func(*testscript.TestScript, bool, []string){"exits": exits}
	maps.Copy(all, commands)
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SOURCE_DATE_EPOCH", Clock)
			env.Setenv("FIXTURES", filepath.Join(filepath.Dir(here), "..", "..", "..", "fixtures"))
			return nil
		},
		Cmds: all,
	})
}

// exits runs a command and checks its exact exit status: exits STATUS CMD ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s exited %d, want %d\n%s", args[1], got, want, ts.ReadFile("stderr"))
	}
}
