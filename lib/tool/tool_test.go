package tool_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// command is a small tool: it reads documents and writes their kinds, or does
// what its flags say.
type command struct {
	tool.Frame
	tool.Output

	Fail     string        `help:"Fail with this error."`
	Gate     string        `help:"Gate on this verdict: bad, unknown."`
	Allow    bool          `help:"Allow unknown."`
	Wait     tool.Duration `help:"A length of time."`
	ShowTime bool          `help:"Write the clock."`
	Number   *int          `help:"A number." env:"TARS_TEST_NUMBER"`
	Files    []string      `arg:"" optional:"" name:"FILE" help:"Documents."`
}

func (c *command) Describe() string { return "A tool.\n\nExample:\n  tars-test < x | jq ." }

func (c *command) Run(_ context.Context, s *tool.Streams) error {
	switch {
	case c.Fail == "pipe":
		return &os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}
	case c.Fail != "":
		return errors.New(c.Fail)
	case c.Gate != "":
		return tool.Gate(c.Gate == "bad", c.Gate == "unknown", c.Allow, "the reason")
	case c.ShowTime:
		_, err := io.WriteString(s.Out, c.Clock(s).Format(time.RFC3339)+" "+c.Wait.String()+"\n")
		return err
	}
	docs, err := tool.ReadDocuments(s, c.Files)
	if err != nil {
		return err
	}
	text := ""
	for _, doc := range docs {
		text += doc.Head().Kind + "\n"
	}
	write := func(prefix string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, prefix+text)
			return err
		}
	}
	return c.Emit(s,
		tool.Form{Format: "json", Path: "stability/day_01_summary.json", Write: write("")},
		tool.Form{Format: "markdown", Path: "stability/day_01_summary.md", Write: write("# ")},
	)
}

type outcome struct {
	Status   int
	Out, Err string
}

func run(stdin string, args ...string) outcome {
	var out, errs bytes.Buffer
	status := tool.Main("tars-test", &command{}, args, tool.Streams{
		In: strings.NewReader(stdin), Out: &out, Err: &errs,
		Now: func() time.Time { return time.Date(2025, 11, 18, 12, 0, 0, 5, time.UTC) },
	})
	return outcome{status, out.String(), errs.String()}
}

const capture = `{"kind":"capture","schema_version":"1.0","queries":[]}`

func TestExitStatusAndErrorLine(t *testing.T) {
	for _, tc := range []struct {
		what, stdin string
		args        []string
		want        outcome
	}{
		{"done", capture, nil, outcome{0, "capture\n", ""}},
		{"failure", "", []string{"--fail", "reading the moon: too far"}, outcome{1, "", "tars-test: reading the moon: too far\n"}},
		{"an error of several lines stays on one", "", []string{"--fail", "a\nb"}, outcome{1, "", "tars-test: a b\n"}},
		{"a closed pipe ends quietly", "", []string{"--fail", "pipe"}, outcome{0, "", ""}},
		{"unknown flag", "", []string{"--no-such"}, outcome{2, "", "tars-test: unknown flag --no-such; see tars-test --help\n"}},
		{"unknown format", capture, []string{"-f", "yaml"}, outcome{2, "", "tars-test: choosing the output format: \"yaml\" is not one of json, markdown\n"}},
		{"bad verdict", "", []string{"--gate", "bad"}, outcome{3, "", "tars-test: failing on the verdict: the reason\n"}},
		{"unknown verdict", "", []string{"--gate", "unknown"}, outcome{4, "", "tars-test: the verdict is unknown: the reason; --allow-unknown lets it pass\n"}},
		{"unknown verdict allowed", "", []string{"--gate", "unknown", "--allow"}, outcome{0, "", ""}},
		{"empty stdin", "", nil, outcome{1, "", "tars-test: reading stdin: it is empty; want at least one JSON document\n"}},
		{"missing file", "", []string{"nowhere.json"}, outcome{1, "", "tars-test: reading nowhere.json: no such file or directory\n"}},
		{"the clock by flag", "", []string{"--show-time", "--now", "1763424300", "--wait", "1d12h"}, outcome{0, "2025-11-18T00:05:00Z 36h0m0s\n", ""}},
		{"the clock", "", []string{"--show-time"}, outcome{0, "2025-11-18T12:00:00Z 0s\n", ""}},
		{"no clock", "", []string{"--now", "noon"}, outcome{2, "", "tars-test: --now: \"noon\" is not a time; write it as 2025-11-18T00:00:00Z; see tars-test --help\n"}},
	} {
		t.Run(tc.what, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, run(tc.stdin, tc.args...)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelpShowsAnExampleAndExitsZero(t *testing.T) {
	got := run("", "--help")
	if got.Status != 0 || got.Err != "" {
		t.Errorf("status %d, stderr %q", got.Status, got.Err)
	}
	for _, want := range []string{"tars-test < x | jq .", "--output-dir=DIR", "json, markdown"} {
		if !strings.Contains(got.Out, want) {
			t.Errorf("help lacks %q:\n%s", want, got.Out)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestVersionAnswersOrSaysWhyNot(t *testing.T) {
	if got := run("", "--version"); got.Status != 0 || got.Err != "" || !strings.HasPrefix(got.Out, "tars-test ") || strings.Count(got.Out, "\n") != 1 {
		t.Errorf("got %+v", got)
	}
	var errs bytes.Buffer
	status := tool.Main("tars-test", &command{}, []string{"--version"}, tool.Streams{In: strings.NewReader(""), Out: full{}, Err: &errs, Now: time.Now})
	if want := "tars-test: writing stdout: " + syscall.ENOSPC.Error() + "\n"; status != 1 || errs.String() != want {
		t.Errorf("on a full disk: status %d, %q; want 1, %q", status, &errs, want)
	}
}

func TestEmptyVariableIsAsGoodAsNone(t *testing.T) {
	t.Setenv("TARS_TEST_NUMBER", "")
	t.Setenv("SOURCE_DATE_EPOCH", "")
	if diff := cmp.Diff(outcome{0, "capture\n", ""}, run(capture)); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

func TestOutputGoesWhereTheFlagsSay(t *testing.T) {
	const json, markdown = "capture\n", "# capture\n"
	for _, tc := range []struct {
		what  string
		args  func(dir string) []string
		out   string
		files map[string]string
	}{
		{"to a file", func(d string) []string { return []string{"-o", d + "/x.json"} }, "", map[string]string{"x.json": json}},
		{"the ending says the form", func(d string) []string { return []string{"--output-file", d + "/x.md"} }, "", map[string]string{"x.md": markdown}},
		{
			"a data root", func(d string) []string { return []string{"--output-dir", d} }, "",
			map[string]string{"stability/day_01_summary.json": json, "stability/day_01_summary.md": markdown},
		},
		{
			"a directory of the canonical name", func(d string) []string { return []string{"--output-dir", d + "/stability/"} }, "",
			map[string]string{"stability/day_01_summary.json": json, "stability/day_01_summary.md": markdown},
		},
		{
			"a data root and a form", func(d string) []string { return []string{"--output-dir", d, "-f", "markdown"} }, markdown,
			map[string]string{"stability/day_01_summary.json": json, "stability/day_01_summary.md": markdown},
		},
		{
			"an unknown ending is the first form, folders are made", func(d string) []string { return []string{"-o", d + "/new/dir/x.txt"} }, "",
			map[string]string{"new/dir/x.txt": json},
		},
	} {
		t.Run(tc.what, func(t *testing.T) {
			dir := t.TempDir()
			got := run(capture, tc.args(dir)...)
			if diff := cmp.Diff(outcome{0, tc.out, ""}, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.files, tree(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// tree returns the files under dir and what is in them.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWriteFileLeavesTheOldOneOnFailure(t *testing.T) {
	dir := t.TempDir()
	if err := tool.WriteFile(dir, []byte("x")); err == nil || !strings.Contains(err.Error(), "it is a directory") {
		t.Errorf("writing a directory: %v", err)
	}
	path := filepath.Join(dir, "x.json")
	if err := tool.WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := tool.WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"x.json": "new", "link.json": "new"}, tree(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
	}
}

func TestDirectoriesStandForTheirDocuments(t *testing.T) {
	dir := t.TempDir()
	for name, body := range map[string]string{
		"a.json": capture, "stability/day_01_summary.json": `{"kind":"daily_summary"}`,
		"notes.txt": "no document", "stability/x[1].json": capture,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := outcome{0, "capture\ndaily_summary\ncapture\n", ""}
	if diff := cmp.Diff(want, run("", dir)); diff != "" {
		t.Errorf("a data root (-want +got):\n%s", diff)
	}
	empty := t.TempDir()
	got := run("", empty)
	if got.Status != 1 || !strings.Contains(got.Err, "it is a directory without documents") {
		t.Errorf("an empty directory: %+v", got)
	}
}

func TestReadOne(t *testing.T) {
	s := &tool.Streams{In: strings.NewReader(capture + capture)}
	if _, err := tool.ReadOne[*schema.Capture](s, "-", "the capture"); err == nil {
		t.Error("two documents were taken for one")
	}
	s.In = strings.NewReader(capture)
	if _, err := tool.ReadOne[*schema.DailySummary](s, "-", "the day"); err == nil {
		t.Error("a capture was taken for a day")
	}
	s.In = strings.NewReader(capture)
	if c, err := tool.ReadOne[*schema.Capture](s, "-", "the capture"); err != nil || c.Kind != schema.KindCapture {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7d": 7 * 24 * time.Hour, "2w1d": 15 * 24 * time.Hour, "90s": 90 * time.Second, "1d30m": 24*time.Hour + 30*time.Minute, "": 0,
	} {
		var d tool.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Duration != want {
			t.Errorf("%q is %v, %v; want %v", text, d.Duration, err, want)
		}
	}
	for _, text := range []string{"7", "d", "-1h", "soon", "1h1d"} {
		var d tool.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, d.Duration)
		}
	}
}
