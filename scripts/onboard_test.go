package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnboard: the tools are there and say what they are, the sample is there,
// and a second run does no harm.
func TestOnboard(t *testing.T) {
	dir, err := aboard()
	if err != nil {
		t.Fatal(err)
	}
	printed, err := os.ReadFile(filepath.Join(dir, "printed"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"which will do (go.mod wants ", "installed tars-ga-kpi ", "installed tars-retro ",
		"\n  " + of(t, demo(t, retrospective), headline), "\n  - " + of(t, demo(t, retrospective), ".action_items | length") + " action items\n    P0: ", "demo/output/GA_7DAY_RETROSPECTIVE.md", "\nNext:\n  export PATH=",
	} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("it does not print %q:\n%s", want, printed)
		}
	}
	if got := demo(t, "demo.log"); !strings.Contains(got, "$ tars-retro --auto") {
		t.Errorf("the demo's log is:\n%s", got)
	}
	again, err := onboard(dir, "--no-demo")
	if err != nil || strings.Count(string(again), "\ninstalled tars-") != 6 {
		t.Errorf("the second run: %v:\n%s", err, again)
	}

	theirs := t.TempDir()
	if err := os.Mkdir(filepath.Join(theirs, "output"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := onboard(dir, "--demo-dir", theirs)
	if _, lost := os.Stat(filepath.Join(theirs, "output")); err == nil || !strings.Contains(string(out), "holds no earlier demo") || lost != nil {
		t.Errorf("a directory of theirs: %v, %v:\n%s", err, lost, out)
	}
}

// TestOnboardRefuses says what is wrong before anything is built.
func TestOnboardRefuses(t *testing.T) {
	for _, tc := range []struct {
		what, version, toolchain string
		args                     []string
		status                   int
		says                     string
	}{
		{"too old to help itself", "go1.20.4", "auto", []string{"--yes"}, 1, "go 1.20.4 is too old: go.mod wants "},
		{"too old, and may not fetch", "go1.22rc1", "local", []string{"--yes"}, 1, "go 1.22rc1 is too old"},
		{"nobody to ask", "go1.99.0", "local", nil, 2, "say --yes to install into "},
		{"nobody to ask, and go may fetch", "go1.22.3", "auto", nil, 2, "say --yes to install into "},
		{"a flag too many", "go1.99.0", "local", []string{"--force"}, 2, "unknown argument --force"},
	} {
		dir := t.TempDir()
		fake := "#!/bin/sh\ncase $2 in GOVERSION) echo " + tc.version + " ;; *) echo " + tc.toolchain + " ;; esac\n"
		if err := os.WriteFile(filepath.Join(dir, "go"), []byte(fake), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", append([]string{"onboard.sh", "--prefix", filepath.Join(dir, "prefix")}, tc.args...)...)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, _ := cmd.CombinedOutput() // the status is looked at
		if got := cmd.ProcessState.ExitCode(); got != tc.status || !strings.Contains(string(out), tc.says) {
			t.Errorf("%s: it ends with %d, want %d saying %q:\n%s", tc.what, got, tc.status, tc.says, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "prefix")); err == nil {
			t.Errorf("%s: it began", tc.what)
		}
	}
}
