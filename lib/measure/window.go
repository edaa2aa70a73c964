package measure

import (
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

const day = 24 * time.Hour

// Day returns the window of day n of a release that went GA at ga, seen at
// now: [ga+n*24h, ga+(n+1)*24h), less what skip leaves out at its start. A day
// that has not ended yet is cut at its last whole step and marked partial. It
// is an error when not one step has passed.
func Day(ga time.Time, n int, step, skip time.Duration, now time.Time) (schema.Window, error) {
	start := ga.Add(time.Duration(n)*day + skip)
	return until(start, ga.Add(time.Duration(n+1)*day), step, now)
}

// until returns [start, end) as far as it has passed at now, in whole steps.
func until(start, end time.Time, step time.Duration, now time.Time) (schema.Window, error) {
	w := schema.Window{Start: schema.At(start), End: schema.At(end)}
	if now.Before(end) {
		w.Partial = true
		w.End = schema.At(start.Add(now.Sub(start).Truncate(step)))
	}
	if w.End.Sub(w.Start.Time) < step {
		return w, fmt.Errorf("choosing the window: it begins at %s, and at %s not one step of %s has passed; run again later, or check the GA time",
			w.Start.Format(time.RFC3339), now.UTC().Format(time.RFC3339), step)
	}
	return w, nil
}

// Last24h returns the 24 hours up to now, in whole steps, for a release whose
// GA time nobody told.
func Last24h(step time.Duration, now time.Time) schema.Window {
	end := now.Truncate(step)
	return schema.Window{Start: schema.At(end.Add(-day)), End: schema.At(end)}
}

// DayNumber returns the day of a release that contains now, 0 for GA day; it
// is negative before GA.
func DayNumber(ga, now time.Time) int {
	since := now.Sub(ga)
	n := int(since / day)
	if since < 0 && since%day != 0 {
		n--
	}
	return n
}
