package compare

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// impact says what a change means, from what was measured and nothing else.
func impact(c *cell, v *verdict) string {
	if v.direction == schema.Improvement {
		return "better for users or cheaper; nothing to do"
	}
	unit := c.rule.Unit
	if unit == "%" {
		unit = "percentage points"
	}
	amount := fmt.Sprintf("%+.3g %s", v.change.abs, unit)
	if v.change.percent != nil {
		if percent := *v.change.percent; percent >= 1000 {
			amount = fmt.Sprintf("%.0f times, %s", 1+percent/100, amount)
		} else {
			amount = fmt.Sprintf("%+.1f%%, %s", percent, amount)
		}
	}
	var what string
	switch c.rule.Category {
	case "availability":
		what = "more requests or time without service"
	case "performance":
		what = "users wait longer"
	case "resource":
		what = "less headroom before saturation"
	case "cache":
		what = "more work for what stands behind the cache"
	case "cost":
		what = "the service costs more to run"
	default:
		what = "worse than the baseline"
	}
	if v.shape == schema.ShapeIncident {
		what += " while it lasted"
		if v.standing != nil {
			what += "; recovered since"
		}
	}
	return what + " (" + amount + ")"
}

// priority is P0 (now) to P3 (when there is time).
func priority(v *verdict) string {
	if v.direction != schema.Regression {
		return "P3"
	}
	rank := schema.SeverityRank(v.severity)
	if v.standing != nil && !*v.standing {
		rank-- // it is over: explain it, but nobody need get up for it
	}
	switch {
	case rank >= 4:
		return "P0"
	case rank == 3:
		return "P1"
	case rank == 2:
		return "P2"
	}
	return "P3"
}

// actions are first steps that the category and the shape suggest.
func actions(c *cell, v *verdict) []string {
	if v.direction != schema.Regression {
		return []string{}
	}
	var list []string
	if v.shape == schema.ShapeIncident {
		return []string{"find the cause of the incident and what ended it; it is not a lasting regression"}
	}
	if v.beforeGA {
		list = append(list, "look before the release: the change is older than GA")
	}
	switch c.rule.Category {
	case "availability":
		list = append(list, "compare failing endpoints and error messages with GA day's", "check restarts, readiness and dependencies since the onset")
	case "performance":
		list = append(list, "compare traces of slow requests with GA day's", "check downstream latency, connection pools and garbage collection since the onset")
	case "resource":
		list = append(list, "profile the process and compare with the release before", "check limits and headroom before traffic peaks")
	case "cache":
		list = append(list, "check key churn, evictions and time to live since the onset")
	case "cost":
		list = append(list, "compare requested and used cores and memory with GA day's")
	}
	if v.shape == schema.ShapeRamp {
		list = append(list, "look for a leak or a growing data set: it is still moving")
	}
	return list
}

// precedingWindow is how long before an onset an event may lie to be named:
// caches, connection draining and canary stages take hours to show.
const precedingWindow = 6 * time.Hour

// preceding names the events shortly before a finding's onset, nearest first.
// An hour of grace after the onset allows for hours being the finest grain.
func (w *week) preceding(f *schema.Finding) []schema.SystemEvent {
	if f.FirstDetected.IsZero() {
		return nil
	}
	var near []schema.SystemEvent
	for _, e := range w.opts.Events {
		before := f.FirstDetected.Sub(e.Timestamp.Time)
		if before < -time.Hour || before > precedingWindow {
			continue
		}
		if e.Service != "" && f.Service != "" && e.Service != f.Service {
			continue
		}
		near = append(near, e)
	}
	slices.SortStableFunc(near, func(a, b schema.SystemEvent) int {
		return cmp.Compare(f.FirstDetected.Sub(a.Timestamp.Time).Abs(), f.FirstDetected.Sub(b.Timestamp.Time).Abs())
	})
	return near[:min(len(near), 3)]
}
