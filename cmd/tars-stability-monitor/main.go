// Tars-stability-monitor measures one day after GA, compares it with the
// baseline, and says what drifted and whether to roll back. It writes a
// daily_summary.
//
//	tars-stability-monitor --prometheus-url http://prometheus:9090 --ga-baseline ga.json > day_03_summary.json
//	tars-stability-monitor --day-number 3 --ga-baseline ga.json < day3.capture.json | tars-health-report -f markdown
//	tars-stability-monitor --prometheus-url http://prometheus:9090 --ga-baseline ga.json stability/
//
// Earlier days given as files tell the noise between days, and the advice
// knows them. Without --day-number the day follows from the GA time and the
// clock; in the first hour of a day it is the day that has just ended, so that
// one cron line shortly before or after midnight serves the whole week.
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
	os.Exit(tool.Main("tars-stability-monitor", &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	source.Flags

	GATimestamp  schema.Time `name:"ga-timestamp" help:"The GA time; left out: the baseline's." env:"GA_TIMESTAMP" placeholder:"TIME"`
	GABaseline   string      `name:"ga-baseline" aliases:"baseline" help:"The baseline, written by tars-ga-kpi; it may be among the input files instead." placeholder:"FILE"`
	DayNumber    *int        `help:"The day to measure, GA day being 0; left out: from the GA time and the clock." env:"DAY_NUMBER" placeholder:"N"`
	Days         int         `help:"The last day of the watch." default:"7" placeholder:"N"`
	FailOn       string      `help:"Exit 3 when the verdict is at least that bad, 4 when it is unknown: ${enum}." enum:"none,rollback,critical,high,medium" default:"none"`
	AllowUnknown bool        `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Earlier days, the baseline, or a capture to read in place of a server; - or no file and no URL: stdin."`
}

func (c *command) Describe() string {
	return `Measure one day after GA and compare it with the baseline.

Example:
  tars-stability-monitor --prometheus-url http://prometheus:9090 --ga-baseline ga.json |
    tars-health-report -f markdown

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
	in, err := c.gather(s, docs)
	if err != nil {
		return err
	}
	session, err := c.Open("tars-stability-monitor", docs)
	if err != nil {
		return err
	}
	now := session.Clock(&c.Frame, s)
	release := session.Release(&c.Frame)
	if release == "" {
		release = in.baseline.Release
	}
	if err := c.choose(&session.Settings, in.baseline, now); err != nil {
		return err
	}
	w, err := window(session.Settings, now)
	if err != nil {
		return err
	}
	m, err := session.Measure(ctx, s, session.Plan(w))
	if err != nil {
		return err
	}
	day := summarise(session.Catalogue, session.Settings, w, m)
	day.Header = schema.NewHeader(schema.KindDailySummary, release, now)
	day.Window, day.DataQuality = &w, m.Quality
	day.Timestamp = day.GeneratedAt
	judge(session.Catalogue, in, day)

	if err := session.SaveCapture(w, release, now); err != nil {
		return err
	}
	if err := c.Emit(s,
		tool.Form{Format: "json", Path: fmt.Sprintf("stability/day_%02d_summary.json", day.DayNumber), Write: tool.JSON(day)},
		tool.Form{Format: "markdown", Write: markdown(day)},
		tool.Form{Format: "openmetrics", Write: openmetrics(day)},
	); err != nil {
		return err
	}
	return c.gate(day)
}
