// Tars-ga-kpi measures GA day: it reads the KPIs of [GA, GA+24h) from a
// Prometheus, judges them against their objectives, estimates the cost, and
// writes the baseline (a ga_kpi_summary) that the other tools compare with.
//
//	tars-ga-kpi --prometheus-url http://prometheus:9090 --ga-timestamp 2025-11-18T00:00:00Z > ga.json
//	tars-ga-kpi --prometheus-url http://prometheus:9090 --lookback 7d --output-dir /data
//	tars-ga-kpi < ga.capture.json | tars-retro
//
// A KPI that no series answered is null with a reason. When no KPI has data,
// nothing is written and the exit status is 1.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/source"
	"github.com/veleron-dev/tars/lib/tool"
)

func main() {
	os.Exit(tool.Main("tars-ga-kpi", &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	source.Flags

	GATimestamp  schema.Time   `name:"ga-timestamp" help:"The GA time; left out: the last 24 hours are measured." env:"GA_TIMESTAMP" placeholder:"TIME"`
	WarmUp       tool.Duration `help:"Skip this much at the start of GA day, when caches are cold." placeholder:"DURATION"`
	Lookback     tool.Duration `help:"Keep this much history before GA in the baseline, e.g. 7d." placeholder:"DURATION"`
	FailOn       string        `help:"Exit 3 when the certification is FAIL, 4 when UNKNOWN: ${enum}." enum:"none,critical" default:"none"`
	AllowUnknown bool          `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"A capture to read in place of a server; - or no file and no URL: stdin."`
}

func (c *command) Describe() string {
	return `Measure GA day and write the baseline.

Example:
  tars-ga-kpi --prometheus-url http://prometheus:9090 --ga-timestamp 2025-11-18T00:00:00Z |
    tee ga.json | jq .certification_status

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

func (c *command) Formats() []string { return []string{"json", "markdown", "openmetrics"} }

func (c *command) Run(ctx context.Context, s *tool.Streams) error {
	if c.PrintKPIs {
		return c.PrintCatalogue(s)
	}
	docs, err := c.Read(s, c.Files)
	if err != nil {
		return err
	}
	session, err := c.Open("tars-ga-kpi", docs)
	if err != nil {
		return err
	}
	now := session.Clock(&c.Frame, s)
	release := session.Release(&c.Frame)
	settings := &session.Settings
	if !c.GATimestamp.IsZero() {
		settings.GAStart = c.GATimestamp
	}
	if c.WarmUp.Set() {
		settings.WarmUpSeconds = c.WarmUp.Seconds()
	}
	if c.Lookback.Set() {
		settings.LookbackSeconds = c.Lookback.Seconds()
	}

	plan, err := plan(session, now)
	if err != nil {
		return err
	}
	m, err := session.Measure(ctx, s, plan)
	if err != nil {
		return err
	}
	summary := summarise(session.Catalogue, *settings, plan.Window, m)
	summary.Header = schema.NewHeader(schema.KindGAKPISummary, release, now)
	summary.Window, summary.DataQuality = &plan.Window, m.Quality
	summary.Timestamp = summary.GeneratedAt

	if err := session.SaveCapture(plan.Window, release, now); err != nil {
		return err
	}
	if err := c.Emit(s,
		tool.Form{Format: "json", Path: "ga_kpis/ga_kpi_summary.json", Write: tool.JSON(summary)},
		tool.Form{Format: "markdown", Write: markdown(session.Catalogue, summary)},
		tool.Form{Format: "openmetrics", Write: openmetrics(summary)},
	); err != nil {
		return err
	}
	if c.FailOn == "none" {
		return nil
	}
	status := summary.CertificationStatus
	return tool.Gate(status == fail, status == unknown, c.AllowUnknown,
		fmt.Sprintf("the certification is %s: %s", status, summary.CertificationNotes[0]))
}
