package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

// block is a piece of shell in a document.
type block struct {
	line int
	text string
}

var fence = regexp.MustCompile("^( *)```(.*)$")

// shell returns the blocks of a document that are marked sh and no more.
func shell(t *testing.T, path string) (blocks []block) {
	t.Helper()
	var open *block
	indent, inside := "", false
	for i, line := range strings.Split(read(t, path), "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && !inside:
			inside, indent = true, m[1]
			if m[2] == "sh" {
				open = &block{line: i + 2}
			}
		case m != nil:
			inside = false
			if open != nil {
				blocks = append(blocks, *open)
			}
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	return blocks
}

// bringJQ makes sure that there is a jq: the one on PATH, else one built from
// the tools that development uses.
func bringJQ(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("jq"); err == nil {
		return
	}
	build := exec.Command("go", "build", "-modfile=build/tools/go.mod", "-o", filepath.Join(bin, "jq"), "github.com/itchyny/gojq/cmd/gojq")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building jq: %v\n%s", err, out)
	}
}

// TestDocumentedCommands runs the commands of the documents one block after the
// other, each document in a data directory of its own, after the demo week.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	bringJQ(t)
	script, err := filepath.Abs("cron/tars-week")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(script, filepath.Join(bin, "tars-week")); err != nil {
		t.Fatal(err)
	}
	source := server.Start(t, week.History())
	now := week.GA.AddDate(0, 0, 8).Add(17 * time.Minute)
	for _, path := range []string{"RUNBOOK.md", "README.md"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(data, 0o750); err != nil {
				t.Fatal(err)
			}
			blocks := shell(t, path)
			if len(blocks) == 0 {
				t.Fatal("it has no commands")
			}
			for _, b := range blocks {
				cmd := exec.Command("sh", "-eu", "-c", b.text)
				cmd.Dir = data
				cmd.Env = environment("PROMETHEUS_URL="+source.URL, "GA_TIMESTAMP="+week.GA.Format(time.RFC3339),
					"TARS_RELEASE=v1.0.1", "SOURCE_DATE_EPOCH="+strconv.FormatInt(now.Unix(), 10))
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Errorf("line %d: %v\n%s\nprinted:\n%s", b.line, err, b.text, out)
				}
				if strings.Contains(string(out), "null") {
					t.Errorf("line %d: a value is null, is its name right?\n%s\nprinted:\n%s", b.line, b.text, out)
				}
				t.Logf("line %d:\n%s%s", b.line, b.text, out)
			}
		})
	}
}
