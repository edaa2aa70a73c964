package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

// TestKilled kills a watch of a real Prometheus again and again, in the middle
// of reading, judging and writing: what it told in the end must be what one
// told that was left alone. KILLS sets how often (200 for make bench-kill).
func TestKilled(t *testing.T) {
	kills := 8
	if text := os.Getenv("KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("reading KILLS: %v", err)
		}
	}
	s := server.Start(t, week.History())
	alone := newVictim(t, s.URL)
	if !alone.run(time.Minute) {
		t.Fatal("the watch does not end")
	}
	want := alone.events()
	killed, watches := 0, 0
	for killed < kills {
		watches++
		victim := newVictim(t, s.URL)
		rng := rand.New(rand.NewPCG(uint64(watches), 9))
		for killed < kills && !victim.run(10*time.Millisecond+time.Duration(rng.IntN(190))*time.Millisecond) {
			killed++
		}
		if killed == kills && !victim.run(time.Minute) {
			t.Fatal("the watch does not end")
		}
		if diff := cmp.Diff(want, victim.events()); diff != "" {
			t.Fatalf("after %d kills (-left alone +killed):\n%s", killed, diff)
		}
	}
	t.Logf("%d kills in %d watches of %d events each: none lost, none doubled", killed, watches, len(want))
}

// victim is a watch that may be killed and started again.
type victim struct {
	t    *testing.T
	dir  string
	args []string
}

func newVictim(t *testing.T, url string) *victim {
	dir := t.TempDir()
	return &victim{t, dir, []string{
		"--watch", "--prometheus-url", url, "--interval", "10ms",
		"--since", week.GA.Format(time.RFC3339), "--until", week.End.Add(-12 * time.Hour).Format(time.RFC3339),
		"--now", week.End.Format(time.RFC3339),
		"--state", filepath.Join(dir, "state.json"), "-o", filepath.Join(dir, "events.ndjson"),
	}}
}

// run lets the watch live for a time and reports whether it came to its end.
func (v *victim) run(life time.Duration) (ended bool) {
	v.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	cmd := exec.Command(self, v.args...)
	cmd.Env = append(os.Environ(), runAsTool+"=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	end := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
	defer end.Stop()
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return false
	}
	if err != nil {
		v.t.Fatalf("the watch failed: %v", err)
	}
	return true
}

// A Prometheus adds floating-point numbers in no fixed order, so the last digits
// differ from one query to the next; the numbers are left out.
var numbers = regexp.MustCompile(`"(actual_value|expected_value|deviation|z_score|score|confidence)":[^,}]*`)

// events are the lines of the output without their numbers.
func (v *victim) events() []string {
	v.t.Helper()
	body, err := os.ReadFile(filepath.Join(v.dir, "events.ndjson"))
	if err != nil {
		v.t.Fatal(err)
	}
	if len(body) == 0 {
		v.t.Fatal("no events to compare")
	}
	return regexp.MustCompile(`\n`).Split(numbers.ReplaceAllString(string(body), ""), -1)
}
