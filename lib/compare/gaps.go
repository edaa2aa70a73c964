package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// gaps say what is missing for an advice on rollback: without a baseline, the
// last day or the vital KPIs the answer is unknown.
func (w *week) gaps() []string {
	var gaps []string
	switch {
	case len(w.opts.Baselines) == 0:
		gaps = append(gaps, "there is no baseline")
	case w.base != nil && len(w.base.KPIs) == 0:
		gaps = append(gaps, "the baseline has no KPI with a value")
	}
	if len(w.days) == 0 {
		return append(gaps, "there is no day after GA")
	}
	if last := w.days[len(w.days)-1].DayNumber; last < w.opts.Expect {
		gaps = append(gaps, fmt.Sprintf("day %d is missing; the last day given is day %d", w.opts.Expect, last))
	}
	if hours, whole := w.lastHours(); !whole {
		gaps = append(gaps, fmt.Sprintf("only %.0f of the last 24 hours (day %d) have data", hours, w.days[len(w.days)-1].DayNumber))
	}
	var missing []string
	known := map[string]bool{}
	for i, c := range w.cells {
		if c.scope != (scope{}) || !c.judged() {
			continue
		}
		_, today := c.last()
		if (w.verdicts[i].known || w.verdicts[i].thin) && today {
			known[c.rule.Category] = true
			continue
		}
		if c.rule.Vital && !w.verdicts[i].thin && (!w.verdicts[i].unmeasured || c.base.Reason != "") {
			missing = append(missing, c.key)
		}
	}
	if !known["availability"] {
		missing = append(missing, "availability and error rate")
	}
	if len(missing) > 0 {
		gaps = append(gaps, "not comparable: "+strings.Join(missing, ", "))
	}
	return gaps
}

// missing names what should have been seen and was not.
func (w *week) missing() []string {
	missing := append([]string{}, w.out.gaps...)
	for i, c := range w.cells {
		if v := &w.verdicts[i]; c.judged() && w.lacks(c, v) {
			u := schema.Unknown{MetricName: c.key, Service: c.scope.service, Region: c.scope.region}
			missing = append(missing, u.Name())
		}
	}
	return missing
}

// lacks reports whether a verdict is missing that should be there: a KPI that
// neither side ever had is not expected, unless it is vital to the whole, and of events too
// few to tell only those of the whole count.
func (w *week) lacks(c *cell, v *verdict) bool {
	switch {
	case v.known:
		return v.unseen
	case v.unmeasured:
		return c.rule.Vital && c.scope == scope{} // not every service serves requests
	case v.thin:
		return c.scope == scope{}
	}
	return true
}

// minLastHours is how much of the last 24 hours must have data.
const minLastHours = 12

// lastHours returns how many of the last 24 hours have data, and whether that
// is enough to say what stands. Of a day that is not over, the day before
// counts too.
func (w *week) lastHours() (float64, bool) {
	last := w.days[len(w.days)-1]
	hours := seenHours(last)
	if n := len(w.days); last.Window != nil && last.Window.Partial && n > 1 && w.days[n-2].DayNumber == last.DayNumber-1 {
		hours += min(seenHours(w.days[n-2]), 24-last.Window.Hours())
	}
	return hours, hours >= minLastHours
}

// seenHours is how much of a day was measured: by the KPI that was seen most,
// else by what the day says of itself.
func seenHours(d *schema.DailySummary) float64 {
	if len(d.KPIs) == 0 {
		return 0
	}
	hours := 24.0
	if d.Window != nil {
		hours = min(hours, d.Window.Hours())
	}
	if q := d.DataQuality; q != nil && q.CoveragePercent != nil {
		hours *= *q.CoveragePercent / 100
	}
	best, series := 0.0, false
	for _, k := range d.KPIs {
		if k.Series == nil {
			continue
		}
		series = true
		n := 0
		for _, v := range k.Series.Values {
			if !math.IsNaN(v) {
				n++
			}
		}
		best = max(best, float64(n)*k.Series.StepSeconds/3600)
	}
	if series {
		return min(hours, best)
	}
	return hours
}

// Assess sums a result up in a word and a sentence. Unknown ranks worse than
// "no regression".
func (r *Result) Assess() (assessment, reason string) {
	worst, count := 0, 0
	var name string
	for i := range r.Regressions {
		f := &r.Regressions[i]
		if f.Acknowledged != nil {
			continue
		}
		rank := schema.SeverityRank(f.Severity)
		if f.Standing != nil && !*f.Standing {
			rank = min(rank, 2) // it is over
		}
		count++
		if rank > worst {
			worst, name = rank, f.Name()
		}
	}
	missing := r.missing
	switch {
	case worst >= 4 || r.Rollback.Advice == schema.AdviceRollback:
		assessment = schema.AssessCritical
	case worst == 3:
		assessment = schema.AssessDegraded
	case len(missing) > 0 || r.Rollback.Advice == schema.AdviceUnknown:
		assessment = schema.AssessUnknown
	case worst >= 1:
		assessment = schema.AssessWatch
	default:
		assessment = schema.AssessStable
	}
	switch {
	case count > 0:
		reason = fmt.Sprintf("%d regressions, worst: %s", count, name)
	case len(missing) == 0:
		reason = fmt.Sprintf("no regression among %d comparisons", len(r.Comparisons))
	default:
		reason = "no regression found"
	}
	if len(missing) > 0 {
		reason += "; not known: " + strings.Join(missing[:min(5, len(missing))], ", ")
		if len(missing) > 5 {
			reason += fmt.Sprintf(" and %d more", len(missing)-5)
		}
	}
	return assessment, reason
}
