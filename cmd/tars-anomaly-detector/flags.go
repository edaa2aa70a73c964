package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// settings checks the flags and returns the parameters of the detection.
func (c *command) settings() (*detect.Settings, error) {
	set := detect.DefaultSettings(c.Method)
	set.Threshold, set.Alpha, set.Window = c.ZThreshold, c.EWMAAlpha, c.Window
	set.EventsOnly = c.What != emitScores
	if err := set.Check(); err != nil {
		return nil, tool.Usagef("setting up the detection: %w", err)
	}
	if !c.Since.IsZero() && !c.Until.IsZero() && !c.Until.After(c.Since.Time) {
		return nil, tool.Usagef("choosing the window: --until %s is not after --since %s",
			c.Until.Format(time.RFC3339), c.Since.Format(time.RFC3339))
	}
	if c.What != emitEvents && (c.OutputDir != "" || c.Format != "" && c.Format != "ndjson") {
		return nil, tool.Usagef("choosing the output: --emit %s writes lines (ndjson) to --output; leave out --output-dir and other formats", c.What)
	}
	if err := c.checkLive(); err != nil {
		return nil, err
	}
	if c.Days < 1 {
		return nil, tool.Usagef("choosing the window: --days %d: want at least 1", c.Days)
	}
	return &set, nil
}

// checkLive refuses flags that do not go together in a run without an end.
func (c *command) checkLive() error {
	live := c.Watch || c.Follow
	switch {
	case c.Watch && c.Follow:
		return tool.Usagef("choosing the input: --watch polls a source, --follow reads samples; choose one")
	case c.Watch && c.PrometheusURL == "":
		return tool.Usagef("choosing the source: --watch polls a server; give --prometheus-url (or PROMETHEUS_URL)")
	case c.Watch && len(c.Files) > 0:
		return tool.Usagef("choosing the input: --watch polls a server and reads no files")
	case c.Follow && len(c.Files) > 1:
		return tool.Usagef("choosing the input: --follow reads one stream of samples")
	case live && (c.OutputDir != "" || c.Format != "" && c.Format != "ndjson"):
		return tool.Usagef("choosing the output: a run without an end writes lines (ndjson) to --output; leave out --output-dir and other formats")
	case live && (c.FailOn != "none" || c.Capture != ""):
		return tool.Usagef("choosing the output: --fail-on and --capture belong to runs that end")
	case !live && (c.State != "" || c.Listen != "" || c.Interval.Set()):
		return tool.Usagef("choosing how to run: --state, --listen and --interval belong to --watch and --follow")
	}
	return nil
}

// gate says whether --fail-on lets the result pass.
func (c *command) gate(bySeverity schema.EventCounts, scored int) error {
	if c.FailOn == "none" {
		return nil
	}
	bad := 0
	for severity, n := range bySeverity {
		if schema.SeverityRank(severity) >= schema.SeverityRank(c.FailOn) {
			bad += n
		}
	}
	why := fmt.Sprintf("%s of severity %s or worse", count(bad, "anomalous point"), c.FailOn)
	if bad == 0 {
		why = "no point could be judged: every series is too short"
	}
	return tool.Gate(bad > 0, scored == 0, c.AllowUnknown, why)
}

var errNothing = errors.New("no samples in the input: " + wanted)

const wanted = "want samples one a line, an answer of the Prometheus API, a capture, or a summary with series"
