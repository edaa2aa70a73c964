package scripts_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/veleron-dev/tars/fixtures/server"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if dir, err := aboard(); err == nil {
		_ = os.RemoveAll(dir) // only litter stays
	}
	os.Exit(status)
}

// aboard installs the tools and makes the documents of the demo week, once, as
// a newcomer does; it returns the directory of bin, demo and what it printed.
var aboard = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tars-scripts-")
	if err != nil {
		return "", err
	}
	out, err := onboard(dir)
	if err != nil {
		return dir, fmt.Errorf("onboard.sh: %w\n%s", err, out)
	}
	return dir, os.WriteFile(filepath.Join(dir, "printed"), out, 0o600)
})

func onboard(dir string, more ...string) ([]byte, error) {
	args := append([]string{"onboard.sh", "--yes", "--prefix", dir, "--demo-dir", filepath.Join(dir, "demo")}, more...)
	return exec.Command("sh", args...).CombinedOutput()
}

// demo returns a document of the demo week, by its canonical name.
func demo(t *testing.T, name string) string {
	t.Helper()
	dir, err := aboard()
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join(dir, "demo", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const (
	retrospective = "output/GA_7DAY_RETROSPECTIVE.json"
	regressions   = "regression/regression_summary.json"
	anomalies     = "anomalies/anomaly_events.json"
)

// edited returns the document after change.
func edited(t *testing.T, document string, change func(map[string]any)) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(document), &fields); err != nil {
		t.Fatal(err)
	}
	change(fields)
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// members returns the objects of a list in a document.
func members(fields map[string]any, list string) []map[string]any {
	items, _ := fields[list].([]any)
	var all []map[string]any
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// of returns a text of the document, by the jq path.
func of(t *testing.T, document, path string) string {
	t.Helper()
	server.Need(t, "jq")
	cmd := exec.Command("jq", "-r", path)
	cmd.Stdin = strings.NewReader(document)
	out, err := cmd.Output()
	if err != nil || len(out) < 2 {
		t.Fatalf("%s: %v: %q", path, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

const (
	headline = ".executive_summary.headline"
	slow     = `.degradations[] | select(.id == "D-latency-search").description`
)

// outcome is how a script ended.
type outcome struct {
	status int
	stdout string
	// stderr is what it said, trace what the shell said under -x.
	stderr, trace string
}

// run runs a script under sh -x with the document on stdin.
func run(t *testing.T, document string, env []string, script string, args ...string) outcome {
	t.Helper()
	server.Need(t, "jq", "curl", "openssl")
	cmd := exec.Command("sh", append([]string{"-x", script}, args...)...)
	cmd.Env = append(os.Environ(), append([]string{"TARS_BACKOFF=0", "GITHUB_REPOSITORY="}, env...)...)
	cmd.Stdin = strings.NewReader(document)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit status is looked at by the caller
	got := outcome{status: cmd.ProcessState.ExitCode(), stdout: stdout.String()}
	// A traced command may go over several lines; what a script says begins
	// with its name.
	said := strings.TrimSuffix(filepath.Base(script), ".sh") + ": "
	for line := range strings.Lines(stderr.String()) {
		if strings.HasPrefix(line, said) {
			got.stderr += line
		} else {
			got.trace += line
		}
	}
	return got
}

// works runs a script that must succeed, and returns what it printed.
func works(t *testing.T, document string, env []string, script string, args ...string) string {
	t.Helper()
	got := run(t, document, env, script, args...)
	if got.status != 0 {
		t.Fatalf("%s %v ends with %d: %s\n%s", script, args, got.status, got.stderr, got.trace)
	}
	return got.stdout
}
