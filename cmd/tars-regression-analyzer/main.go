// Tars-regression-analyzer holds the days after GA against one or several
// baselines and says what got worse, since when, how sure that is, and whether
// to roll back. It writes a regression_summary.
//
//	tars-regression-analyzer --ga-baseline ga_kpi_summary.json --7day-summaries stability > regression_summary.json
//	tars-regression-analyzer --ga-baseline ga.json --baseline staging=staging.json --baseline v1.0.0=old.json stability/
//	cat ga.json stability/day_*.json | tars-regression-analyzer -f markdown
//	tars-regression-analyzer -o regressions.html ga.json stability/
//
// The first baseline decides: GA day where there is one. The others vote. A
// baseline with several days (an earlier release) is compared day by day.
//
// Events (deploys, flags, scalings) come as JSON lines:
//
//	{"timestamp": "2025-11-20T14:00:00Z", "kind": "deploy", "name": "checkout 1.4.2", "service": "checkout"}
//
// Findings that somebody answers for come as YAML; they stay visible and stop
// counting until they expire:
//
//   - metric_name: p99_latency_ms
//     service: checkout
//     reason: known, fixed in the next release
//     owner: dana
//     expires: 2025-12-01
package main

import (
	"context"
	"os"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

func main() {
	os.Exit(tool.Main("tars-regression-analyzer", &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	kpi.Choice

	GABaseline   string        `name:"ga-baseline" help:"The baseline of GA day, written by tars-ga-kpi; it may be among the input files instead." placeholder:"FILE"`
	Baselines    []string      `name:"baseline" sep:"none" help:"A further baseline: staging, an earlier release. Repeatable." placeholder:"[NAME=]FILE"`
	Summaries    []string      `name:"7day-summaries" sep:"none" help:"The daily summaries, a directory or a file." placeholder:"DIR"`
	GATimestamp  schema.Time   `name:"ga-timestamp" help:"The GA time; left out: the baseline's." env:"GA_TIMESTAMP" placeholder:"TIME"`
	Days         int           `help:"The last day of the watch." default:"7" placeholder:"N"`
	WarmUp       tool.Duration `name:"warm-up" help:"Leave out this much of GA day's beginning: a young process is not a baseline." placeholder:"DURATION"`
	Events       string        `help:"What happened to the system, as JSON lines; what came shortly before an onset is named." placeholder:"FILE"`
	Acknowledged string        `help:"Findings that somebody answers for (YAML); they stay visible and stop counting." placeholder:"FILE"`
	FailOn       string        `help:"Exit 3 when the verdict is at least that bad, 4 when it is unknown: ${enum}." enum:"none,rollback,critical,high,medium" default:"none"`
	AllowUnknown bool          `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Baseline and daily summaries, files or directories, in any order; - or none: stdin."`
}

// Describe is shown by --help above the flags.
func (c *command) Describe() string {
	return `Compare the days after GA with one or several baselines.

Examples:
  cat ga.json stability/day_*.json | tars-regression-analyzer -f markdown
  tars-regression-analyzer --ga-baseline ga.json --baseline staging=staging.json stability/
  tars-regression-analyzer -f html regression_summary.json   # once more, in another form

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

// Formats are the output formats, the default first.
func (c *command) Formats() []string { return []string{"json", "markdown", "html", "openmetrics"} }

// Run reads the documents, compares them and writes the summary.
func (c *command) Run(_ context.Context, s *tool.Streams) error {
	catalogue, err := c.Catalogue()
	if err != nil {
		return err
	}
	in, err := c.gather(s)
	if err != nil {
		return err
	}
	summary := in.written
	if summary == nil {
		summary = c.compared(s, catalogue, in)
	}
	if err := c.Emit(s,
		tool.Form{Format: "json", Path: "regression/regression_summary.json", Write: tool.JSON(summary)},
		tool.Form{Format: "markdown", Path: "regression/regression_summary.md", Write: markdown(catalogue, summary)},
		tool.Form{Format: "html", Write: page.Of(page.Page{Title: title(summary), Contents: true}, markdown(catalogue, summary))},
		tool.Form{Format: "openmetrics", Write: openmetrics(summary)},
	); err != nil {
		return err
	}
	return c.gate(summary)
}

// compared is the summary of a comparison, with its header.
func (c *command) compared(s *tool.Streams, catalogue *kpi.Catalogue, in *inputs) *schema.RegressionSummary {
	now := c.Clock(s)
	opts := in.options(c, now)
	opts.Rules = compare.FromCatalogue(catalogue)
	result := compare.Week(opts)
	summary := summarise(in, opts, &result, now)
	summary.Header = header(c.Release, in, opts, now)
	summary.Timestamp = summary.GeneratedAt
	return summary
}

// gate is the verdict as an exit status.
func (c *command) gate(d *schema.RegressionSummary) error {
	if c.FailOn == "none" {
		return nil
	}
	advice := d.RollbackRecommendation
	bad := advice.Advice == schema.AdviceRollback
	why := advice.Reason
	if c.FailOn != "rollback" {
		for i := range d.Regressions {
			f := &d.Regressions[i]
			over := f.Standing != nil && !*f.Standing
			if f.Acknowledged == nil && !over && schema.SeverityRank(f.Severity) >= schema.SeverityRank(c.FailOn) {
				if !bad {
					why = f.Severity + " regression of " + f.Name()
				}
				bad = true
			}
		}
	}
	unknown := advice.Advice == schema.AdviceUnknown || c.FailOn != "rollback" && d.OverallAssessment == schema.AssessUnknown
	if !bad && unknown && advice.Advice != schema.AdviceUnknown {
		why = d.AssessmentReason
	}
	return tool.Gate(bad, unknown, c.AllowUnknown, why)
}
