// Tars-retro writes the retrospective of a release: what went well, what did
// not, what drifted, what it cost, which objectives held, and what to do, as
// Markdown and JSON. It reads everything the other tools wrote, in any order.
//
//	cat ga.json stability/*.json anomalies.json regression.json | tars-retro > GA_7DAY_RETROSPECTIVE.md
//	tars-retro --auto --output-dir /data/output
//	tars-retro --ga-data ga_kpis --7day-data stability --regression regression_summary.json --output retro.md
//	tars-retro --auto -f json | jq '.action_items[] | select(.priority == "P0")'
//
// With --auto the inputs are found under $TARS_DATA_DIR (default: this
// directory), by their canonical names, in the canonical folders or flat. -o
// X.md writes the JSON twin X.json beside it, and so does -o X.html: the same
// text as one page that holds its charts and needs nothing else. Given a
// retrospective in JSON, it renders that one again. Nothing is invented: what no
// input says is not in the report, or is said to be unknown.
//
// With --charts-dir the week is drawn too: one SVG file a chart, which the
// Markdown shows.
//
// The Markdown comes from a template (Go's text/template) that knows the fields
// of the JSON document by their names. A house format starts from the built-in:
//
//	tars-retro --print-template > house.tmpl
//	tars-retro --auto --template house.tmpl
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/veleron-dev/tars/lib/slo"
	"github.com/veleron-dev/tars/lib/tool"
)

func main() {
	os.Exit(tool.Main("tars-retro", &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	slo.Flags

	Auto          bool     `help:"Find the inputs under the data directory."`
	DataDir       string   `help:"The data directory of --auto." env:"TARS_DATA_DIR" default:"." placeholder:"DIR"`
	AutoOutputDir string   `name:"auto-output-dir" help:"Where --auto writes when nothing else says so." env:"TARS_OUTPUT_DIR" placeholder:"DIR"`
	GAData        []string `name:"ga-data" sep:"none" help:"The baseline: file or directory." placeholder:"PATH"`
	DayData       []string `name:"7day-data" sep:"none" help:"Daily summaries: files or a directory." placeholder:"PATH"`
	Regression    []string `sep:"none" help:"Regression summary." placeholder:"PATH"`
	Anomalies     []string `sep:"none" help:"Anomaly reports." placeholder:"PATH"`
	Health        []string `sep:"none" help:"Health reports." placeholder:"PATH"`
	Events        string   `help:"What happened to the system (deploys, flags, scalings), as JSON lines, for the timeline." placeholder:"FILE"`
	LinkBase      string   `name:"link-base" help:"Prometheus as readers of the report reach it: KPIs get links to their graphs." placeholder:"URL"`
	ChartsDir     string   `name:"charts-dir" help:"Write charts (SVG) into this directory; the Markdown shows them." placeholder:"DIR"`
	Template      string   `help:"Write the Markdown, and the HTML made of it, by this template instead of the built-in one." placeholder:"FILE"`
	PrintTemplate bool     `help:"Print the built-in template and exit."`
	FailOn        string   `help:"Exit 3 when the week is at least that bad, 4 when it is unknown: ${enum}." enum:"none,rollback,critical,high,medium" default:"none"`
	AllowUnknown  bool     `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Documents, in any order; - or none at all: stdin."`

	// inputs are the paths that were read, for the twin to spare.
	inputs []string
}

// Describe is shown by --help above the flags.
func (c *command) Describe() string {
	return `Write the retrospective of a release's first seven days.

Example:
  cat ga.json stability/*.json anomalies.json regression.json |
    tars-retro > GA_7DAY_RETROSPECTIVE.md

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

// Formats are the output formats, the default first.
func (c *command) Formats() []string { return []string{"markdown", "json", "html"} }

// Run reads the documents, makes the retrospective and writes it.
func (c *command) Run(_ context.Context, s *tool.Streams) error {
	if c.PrintTemplate {
		if _, err := s.Out.Write(builtin); err != nil {
			return fmt.Errorf("writing stdout: %w", err)
		}
		return nil
	}
	page, err := readPage(c.Template)
	if err != nil {
		return err
	}
	catalogue, err := c.Catalogue()
	if err != nil {
		return err
	}
	retro, err := c.compose(s, catalogue)
	if err != nil {
		return err
	}
	if err := c.write(s, page, retro); err != nil {
		return err
	}
	return c.gate(retro)
}
