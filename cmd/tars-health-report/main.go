// Tars-health-report grades a day of the watch: a score from 0 to 100 with the
// reason for every point lost, a status, and what to do. It reads the day's
// summary and, where they are given, GA day, the anomalies, the regressions and
// earlier days.
//
//	tars-stability-monitor ... | tars-health-report -f markdown
//	tars-health-report --stability-data day_01_summary.json --anomaly-data anomaly_events.json --day-number 1
//	cat stability/*.json anomalies.json | tars-health-report --output-dir /data
//
// The score is made of availability (40), latency (30), error rate (15) and
// drift (15); the weights are catalogue data. What is not known or seen earns no
// points: the score never rises because data vanished. Below half of the
// weight known, the status is Unknown.
//
// As Markdown it shows the day hour by hour; -f html, or -o X.html, is the same
// as one page that needs nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
	"github.com/veleron-dev/tars/lib/tool"
)

func main() {
	os.Exit(tool.Main("tars-health-report", &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	slo.Flags

	StabilityData  []string `help:"Daily summaries, as files or directories." placeholder:"FILE"`
	AnomalyData    []string `help:"Anomaly reports." placeholder:"FILE"`
	RegressionData []string `name:"regression" help:"A regression summary." placeholder:"FILE"`
	DayNumber      *int     `help:"The day to grade; left out: the latest one given." env:"DAY_NUMBER" placeholder:"N"`
	FailOn         string   `help:"Exit 3 when the day is at least that bad, 4 when it is unknown: critical is Poor, high is Fair or worse, medium is Good or worse; rollback is advice to roll back. ${enum}." enum:"none,rollback,critical,high,medium" default:"none"`
	AllowUnknown   bool     `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Documents in any order; - or none at all: stdin."`
}

func (c *command) Describe() string {
	return `Grade a day of the watch, from 0 to 100, and say why.

Examples:
  tars-stability-monitor --prometheus-url http://prometheus:9090 --ga-baseline ga.json |
    tars-health-report -f markdown
  tars-health-report -f html day_03_HEALTH.json   # a report once more, in another form

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

func (c *command) Formats() []string { return []string{"json", "markdown", "html", "openmetrics"} }

func (c *command) Run(_ context.Context, s *tool.Streams) error {
	catalogue, err := c.Catalogue()
	if err != nil {
		return err
	}
	paths := append(append(append(c.StabilityData, c.AnomalyData...), c.RegressionData...), c.Files...)
	docs, err := tool.ReadDocuments(s, paths)
	if err != nil {
		return err
	}
	report := written(docs, c.DayNumber)
	if report == nil {
		in, err := gather(s, docs, c.DayNumber)
		if err != nil {
			return err
		}
		report = c.graded(s, catalogue, in)
	}

	name := fmt.Sprintf("health/day_%02d_HEALTH", report.DayNumber)
	if err := c.Emit(s,
		tool.Form{Format: "json", Path: name + ".json", Write: tool.JSON(report)},
		tool.Form{Format: "markdown", Path: name + ".md", Write: markdown(catalogue, report)},
		tool.Form{Format: "html", Write: page.Of(page.Page{Title: title(report)}, markdown(catalogue, report))},
		tool.Form{Format: "openmetrics", Write: openmetrics(report)},
	); err != nil {
		return err
	}
	return c.gate(report)
}

// graded is the report of a day, with its header.
func (c *command) graded(s *tool.Streams, catalogue *kpi.Catalogue, in inputs) *schema.HealthReport {
	report := grade(catalogue, in)
	release := c.Release
	if release == "" {
		release = in.day.Release
	}
	report.Header = schema.NewHeader(schema.KindHealthReport, release, c.Clock(s))
	report.Window, report.DataQuality = in.day.Window, in.day.DataQuality
	report.SLOBurnDowns = in.day.SLOBurnDowns
	return report
}

// gate turns the grade into the exit status that --fail-on asks for.
func (c *command) gate(r *schema.HealthReport) error {
	why := fmt.Sprintf("day %d is %s", r.DayNumber, r.Status)
	worst := map[string]int{"critical": rank(schema.HealthPoor), "high": rank(schema.HealthFair), "medium": rank(schema.HealthGood)}
	switch c.FailOn {
	case "none":
		return nil
	case "rollback":
		advice := r.RollbackRecommendation
		known := advice != nil && advice.ShouldRollback != nil
		return tool.Gate(known && *advice.ShouldRollback, !known, c.AllowUnknown, why+", the monitor's advice decides")
	}
	return tool.Gate(r.Status != schema.HealthUnknown && rank(r.Status) >= worst[c.FailOn], r.Status == schema.HealthUnknown, c.AllowUnknown, why)
}
