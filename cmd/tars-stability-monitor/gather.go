package main

import (
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/measure"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// inputs are the documents a day is judged by.
type inputs struct {
	baseline *schema.GAKPISummary
	earlier  []*schema.DailySummary
}

// gather finds the baseline, by flag or among the documents, and the earlier
// days.
func (c *command) gather(s *tool.Streams, docs []schema.Document) (inputs, error) {
	var in inputs
	if c.GABaseline != "" {
		baseline, err := tool.ReadOne[*schema.GAKPISummary](s, c.GABaseline, "the baseline")
		if err != nil {
			return in, err
		}
		in.baseline = baseline
	}
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.Capture: // the source
		case *schema.DailySummary:
			in.earlier = append(in.earlier, d)
		case *schema.GAKPISummary:
			if in.baseline != nil {
				return in, tool.Usagef("reading the baseline: there are two, one made %s and one made %s; name one by --ga-baseline",
					in.baseline.GeneratedAt.Format(time.RFC3339), d.GeneratedAt.Format(time.RFC3339))
			}
			in.baseline = d
		default:
			s.Log.Warn("not used: a day is compared with the baseline and earlier days", "kind", doc.Head().Kind)
		}
	}
	if in.baseline == nil {
		return in, tool.Usagef("comparing with the baseline: there is none; name the file that tars-ga-kpi wrote by --ga-baseline")
	}
	return in, nil
}

// choose settles the GA time and the day: by flag, else by the capture that is
// replayed, else by the baseline and the clock.
func (c *command) choose(set *schema.CaptureSettings, baseline *schema.GAKPISummary, now time.Time) error {
	replayed := !set.GAStart.IsZero()
	switch {
	case !c.GATimestamp.IsZero():
		set.GAStart = c.GATimestamp
	case !replayed:
		set.GAStart = baseline.GAStart
	}
	if set.GAStart.IsZero() {
		return tool.Usagef("choosing the day: the baseline does not say when GA was; give --ga-timestamp")
	}
	switch {
	case c.DayNumber != nil:
		set.DayNumber = *c.DayNumber
	case !replayed:
		set.DayNumber = dayOf(set.GAStart.Time, now)
	}
	if set.DayNumber < 1 || set.DayNumber > c.Days {
		why := "the watch is over"
		if set.DayNumber < 1 {
			why = "day 1 has not begun, or is in its first hour"
		}
		err := fmt.Errorf("choosing the day: day %d is outside 1 to %d of the release of %s, %s; --day-number names the day, --days raises the last one",
			set.DayNumber, c.Days, set.GAStart.Format(time.RFC3339), why)
		if c.DayNumber != nil {
			return tool.Usagef("%w", err)
		}
		return err
	}
	return nil
}

// dayOf returns the day to measure at now: the one that contains it, and in
// the first hour of a day the one that has just ended.
func dayOf(ga, now time.Time) int {
	return measure.DayNumber(ga, now.Add(-time.Hour))
}

// window returns the window of the day that the settings name.
func window(set schema.CaptureSettings, now time.Time) (schema.Window, error) {
	step := time.Duration(set.StepSeconds * float64(time.Second))
	return measure.Day(set.GAStart.Time, set.DayNumber, step, 0, now)
}
