// Tars-anomaly-detector finds anomalous points in series and joins them to
// incidents. The series come from a Prometheus (the KPIs of the catalogue, of
// the whole and of each service), from an answer of its API, a capture, a
// summary with series, or samples one a line:
//
//	{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95_latency_ms", "labels": {"service": "api"}, "value": 123.4}
//
//	tars-anomaly-detector --prometheus-url http://prometheus:9090 --baseline ga.json > anomalies.json
//	tars-anomaly-detector -f ndjson < samples.ndjson | jq 'select(.severity=="high")'
//	tars-anomaly-detector --emit scores < samples.ndjson
//
// The expected value of a point is the exponentially weighted mean before it;
// its z-score is against the trailing window without it. An incident opens
// with three anomalous points of five on one side, or with one that is twice
// as far out as the threshold, or falls to zero; it closes after twelve quiet
// points. While it is open nothing is learnt.
//
// With --method adaptive a point is an event when it is unlike anything the
// series has done before; the thresholds are the series' own. What that is and
// where it fails is told in detect/adaptive.go.
//
// It can stay switched on. --watch polls the source and --follow reads samples
// as they come; each event is written the moment it is found, one a line, and
// -o is appended to:
//
//	tars-anomaly-detector --watch --prometheus-url http://prometheus:9090 --state state.json -o events.ndjson --listen :9464
//	tail -n +1 -F samples.ndjson | tars-anomaly-detector --follow --state state.json -o events.ndjson
//
// The checkpoint in --state makes every event be told once, whenever the
// process is killed. That holds for output to a file; into a pipe, lines may
// come twice when the kill falls between writing and noting it. A source that
// was away is read from where the watch stood.
package main

import (
	"context"
	"os"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/source"
	"github.com/veleron-dev/tars/lib/tool"
)

const name = "tars-anomaly-detector"

func main() {
	os.Exit(tool.Main(name, &command{}, os.Args[1:],
		tool.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

type command struct {
	tool.Frame
	tool.Output
	source.Flags

	Method      string             `help:"How points are judged: ${enum}. The flags below it are for ewma; adaptive learns its thresholds from each series." enum:"ewma,adaptive" default:"ewma"`
	ZThreshold  float64            `help:"Distance in standard deviations from which on a point is an event." env:"Z_THRESHOLD" default:"3" placeholder:"Z"`
	EWMAAlpha   float64            `name:"ewma-alpha" help:"Weight of the newest point in the expected value." env:"EWMA_ALPHA" default:"0.3" placeholder:"A"`
	Window      int                `help:"Points before a point that it is held against." default:"48" placeholder:"N"`
	MinChange   map[string]float64 `help:"Least distance from the expected value that matters, by metric, in its unit; KPIs have one in the catalogue." placeholder:"METRIC=N"`
	Baseline    string             `help:"The baseline (ga_kpi_summary): it says when GA was and gives the history before the first point." placeholder:"FILE"`
	GATimestamp schema.Time        `name:"ga-timestamp" help:"The GA time; left out: the baseline's." env:"GA_TIMESTAMP" placeholder:"TIME"`
	Days        int                `help:"The last day that is looked at." default:"7" placeholder:"N"`
	Since       schema.Time        `help:"Look at points from this time on; those before are history." placeholder:"TIME"`
	Until       schema.Time        `help:"Look at points before this time." placeholder:"TIME"`
	What        string             `name:"emit" help:"Write ${enum}; scores and incident changes one a line." enum:"events,scores,incidents" default:"events"`

	Watch    bool          `help:"Keep polling the source and write each event, one a line, the moment it is found; -o is appended to."`
	Follow   bool          `help:"Read samples as they come, as from tail -f, and write each event at once; -o is appended to."`
	Interval tool.Duration `help:"Pause between polls with --watch; left out: the step." placeholder:"DURATION"`
	State    string        `help:"Checkpoint with --watch and --follow: after a restart no event is lost or told twice." placeholder:"FILE"`
	Listen   string        `help:"Serve /metrics, /-/healthy and /-/ready with --watch and --follow, e.g. :9464." placeholder:"ADDRESS"`

	CheckHealth bool `help:"Ask the watch that listens on --listen (default :9464) on this machine whether it is healthy, and exit 0 or 1."`

	FailOn       string `help:"Exit 3 when an event is at least that bad, 4 when no point could be judged: ${enum}." enum:"none,high,medium,low" default:"none"`
	AllowUnknown bool   `help:"With --fail-on: an unknown verdict passes."`

	Files []string `arg:"" optional:"" name:"FILE" help:"Samples, API answers, captures or summaries; - or no file and no URL: stdin."`
}

func (c *command) Describe() string {
	return `Find anomalous points and incidents in series.

Example:
  curl -sG http://prometheus:9090/api/v1/query_range -d 'query=up' -d step=300 \
    -d start=1763424000 -d end=1763510400 |
    tars-anomaly-detector -f ndjson | jq 'select(.severity=="high")'

Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 and 4 with --fail-on.`
}

func (c *command) Formats() []string { return []string{"json", "markdown", "ndjson", "openmetrics"} }

func (c *command) Run(ctx context.Context, s *tool.Streams) error {
	if c.PrintKPIs {
		return c.PrintCatalogue(s)
	}
	if c.CheckHealth {
		return checkHealth(ctx, c.Listen)
	}
	run, err := c.prepare(s)
	if err != nil {
		return err
	}
	defer run.close()
	switch {
	case c.Watch:
		return run.watch(ctx)
	case c.Follow:
		return run.follow(ctx)
	}
	if err := run.read(ctx); err != nil {
		return err
	}
	return run.tell()
}
