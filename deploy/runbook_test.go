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

// documents are those whose commands are tested.
var documents = []string{"RUNBOOK.md", "README.md"}

// block is a piece between fences in a document.
type block struct {
	line int
	// mark stands behind the opening fence: sh for what is run here, sh and a
	// need for what is not, nothing for what is no command.
	mark, text string
}

var fence = regexp.MustCompile("^( *)```(.*)$")

// fenced returns the blocks of a document.
func fenced(t *testing.T, path string) (blocks []block) {
	t.Helper()
	var open *block
	indent := ""
	for i, line := range strings.Split(read(t, path), "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			indent, open = m[1], &block{line: i + 2, mark: m[2]}
		case m != nil:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s: the block of line %d has no end", path, open.line)
	}
	return blocks
}

// TestBlocks checks that no command of the documents escapes: a block is run by
// TestDocumentedCommands, or it says what it needs and does need it, or it holds
// no command.
func TestBlocks(t *testing.T) {
	command := regexp.MustCompile(`(?m)^\s*(tars-|make |docker |kubectl |jq |curl |cp |mkdir |for |export )`)
	needs := map[string]*regexp.Regexp{
		"sh needs-a-cluster":     regexp.MustCompile(`\bkubectl `),
		"sh needs-an-engine":     regexp.MustCompile(`\bdocker |\bmake image`),
		"sh needs-root":          regexp.MustCompile(`\bsystemctl |\bjournalctl | /etc/| /usr/`),
		"sh needs-a-release":     regexp.MustCompile(`\b(brew|gh) `),
		"sh needs-a-pushgateway": regexp.MustCompile(`//pushgateway:`),
	}
	for _, path := range documents {
		for _, b := range fenced(t, path) {
			need, marked := needs[b.mark]
			switch {
			case b.mark == "sh":
			case marked && !need.MatchString(b.text):
				t.Errorf("%s: line %d: it is marked %q and does not need it", path, b.line, b.mark)
			case marked:
				if out, err := exec.Command("sh", "-n", "-c", b.text).CombinedOutput(); err != nil {
					t.Errorf("%s: line %d: %v: %s", path, b.line, err, out)
				}
			case b.mark != "":
				t.Errorf("%s: line %d: the mark %q is not known", path, b.line, b.mark)
			case command.MatchString(b.text):
				t.Errorf("%s: line %d: commands without a mark, so no test runs them", path, b.line)
			}
		}
	}
}

// TestInlineCommands checks the command lines within the text and the tables:
// the tool must know the flags.
func TestInlineCommands(t *testing.T) {
	known := map[string]bool{}
	for _, path := range documents {
		found := regexp.MustCompile("`((?:tars-[a-z-]+) [^`]*)`").FindAllStringSubmatch(read(t, path), -1)
		if path == "README.md" && len(found) < len(tools) {
			t.Errorf("%s has %d command lines, want one of each tool at least", path, len(found))
		}
		for _, m := range found {
			words := strings.Fields(m[1])
			for _, word := range words[1:] {
				flag, _, _ := strings.Cut(word, "=")
				if !strings.HasPrefix(flag, "--") || known[words[0]+flag] {
					continue
				}
				known[words[0]+flag] = true
				// Alone it is refused for something else, or does nothing without input.
				cmd := exec.CommandContext(t.Context(), filepath.Join(bin, words[0]), flag)
				cmd.Dir, cmd.Env = t.TempDir(), environment()
				if out, err := cmd.CombinedOutput(); err != nil && strings.Contains(string(out), "unknown flag") {
					t.Errorf("%s: %q: %s", path, m[1], out)
				}
			}
		}
	}
	if len(known) == 0 {
		t.Error("no flags were found")
	}
}

// TestVariables compares the table of the environment variables in README.md
// with what the tools' help says, and the settings of Compose with both.
func TestVariables(t *testing.T) {
	help := map[string]bool{}
	for _, tool := range tools {
		out, err := exec.Command(filepath.Join(bin, tool), "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\(\$([A-Z_]+)\)`).FindAllStringSubmatch(string(out), -1) {
			help[m[1]] = true
		}
	}
	compose := read(t, "compose.yaml")
	table := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| ((?:`[A-Z_]+`,? ?)+)\\|").FindAllStringSubmatch(read(t, "README.md"), -1) {
		for _, m := range regexp.MustCompile("`([A-Z_]+)`").FindAllStringSubmatch(row[1], -1) {
			table[m[1]] = true
			if !help[m[1]] {
				t.Errorf("README.md tells of %s, which no tool knows", m[1])
			}
			if !strings.Contains(compose, "\n    "+m[1]+": ") {
				t.Errorf("compose.yaml does not pass %s on", m[1])
			}
		}
	}
	for name := range help {
		if !table[name] {
			t.Errorf("README.md does not tell of %s", name)
		}
	}
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
	for _, path := range documents {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(data, 0o750); err != nil {
				t.Fatal(err)
			}
			ran := 0
			for _, b := range fenced(t, path) {
				if b.mark != "sh" {
					continue
				}
				ran++
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
			if ran == 0 {
				t.Error("it has no commands")
			}
		})
	}
}
