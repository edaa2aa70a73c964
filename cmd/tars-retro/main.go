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
// directory), in the canonical folders or flat. Given a retrospective in JSON,
// it renders that one again. Nothing is invented: what no input says is not in
// the report, or is said to be unknown.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
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
	GAData        []string `name:"ga-data" help:"The baseline: file or directory." placeholder:"PATH"`
	DayData       []string `name:"7day-data" help:"Daily summaries: files or a directory." placeholder:"PATH"`
	Regression    []string `help:"Regression summary." placeholder:"PATH"`
	Anomalies     []string `help:"Anomaly reports." placeholder:"PATH"`
	Health        []string `help:"Health reports." placeholder:"PATH"`
	FailOn        string   `help:"Exit 3 when the week is at least that bad, 4 when it is unknown: ${enum}." enum:"none,rollback,critical,high,medium" default:"none"`
	AllowUnknown  bool     `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Documents, in any order; - or none at all: stdin."`
}

func (c *command) Describe() string {
	return `Write the retrospective of a release's first seven days.

Example:
  cat ga.json stability/*.json anomalies.json regression.json |
    tars-retro > GA_7DAY_RETROSPECTIVE.md

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

func (c *command) Formats() []string { return []string{"markdown", "json"} }

func (c *command) Run(_ context.Context, s *tool.Streams) error {
	catalogue, err := c.Catalogue()
	if err != nil {
		return err
	}
	paths, err := c.paths()
	if err != nil {
		return err
	}
	docs, err := tool.ReadDocuments(s, paths)
	if err != nil {
		return err
	}
	retro, err := c.compose(s, catalogue, docs)
	if err != nil {
		return err
	}
	if c.Auto && !c.ToFile() && c.OutputDir == "" && c.Format == "" {
		c.OutputDir = c.AutoOutputDir
	}
	const name = "output/GA_7DAY_RETROSPECTIVE"
	forms := []tool.Form{
		{Format: "markdown", Path: name + ".md", Write: markdown(retro)},
		{Format: "json", Path: name + ".json", Write: tool.JSON(retro)},
	}
	if err := c.Emit(s, forms...); err != nil {
		return err
	}
	if ending := filepath.Ext(c.Output.Output); c.ToFile() && strings.EqualFold(ending, ".md") {
		twin := strings.TrimSuffix(c.Output.Output, ending) + ".json"
		if err := tool.WriteDocument(twin, retro); err != nil {
			return err
		}
	}
	return c.gate(retro)
}

// compose renders a retrospective that is the only input again, or makes one.
func (c *command) compose(s *tool.Streams, catalogue *kpi.Catalogue, docs []schema.Document) (*schema.Retrospective, error) {
	if len(docs) == 1 {
		if retro, ok := docs[0].(*schema.Retrospective); ok {
			return retro, nil
		}
	}
	in, err := gather(s, docs)
	if err != nil {
		return nil, err
	}
	return retrospect(catalogue, in, names{release: c.Release, next: c.NextRelease}, c.Clock(s)), nil
}

// gate turns the verdict into the exit status that --fail-on asks for.
func (c *command) gate(r *schema.Retrospective) error {
	verdict := r.ExecutiveSummary.Verdict
	why := "the retrospective says " + verdict + ": " + r.ExecutiveSummary.Headline
	switch c.FailOn {
	case "none":
		return nil
	case "rollback":
		return tool.Gate(verdict == "rollback", verdict == "unknown", c.AllowUnknown, why)
	}
	worst := ""
	for _, d := range r.Degradations {
		if d.ResolutionStatus != schema.Resolved && schema.SeverityRank(d.Severity) > schema.SeverityRank(worst) {
			worst = d.Severity
		}
	}
	return tool.Gate(schema.SeverityRank(worst) >= schema.SeverityRank(c.FailOn), verdict == "unknown", c.AllowUnknown,
		fmt.Sprintf("%s (worst that is not resolved: %s)", why, orText(worst, "none")))
}
