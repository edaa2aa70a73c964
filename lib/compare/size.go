package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/veleron-dev/tars/lib/schema"
)

// change is the size of a difference: plain arithmetic on two values.
type change struct {
	base, current float64
	abs           float64  // current - base, in the KPI's unit
	percent       *float64 // of the base, nil when that is zero
	worse         float64  // percent for the worse; +Inf from a zero base
}

func changeOf(r Rule, base, current float64) change {
	c := change{base: base, current: current, abs: current - base}
	switch {
	case base != 0:
		p := 100 * c.abs / math.Abs(base)
		c.percent = schema.Num(p)
		c.worse = r.worse(p)
	case c.abs != 0:
		c.worse = math.Inf(int(math.Copysign(1, r.worse(c.abs))))
	}
	return c
}

// direction says which way the change goes, without asking whether it matters.
func (c change) direction(r Rule) string {
	switch {
	case r.Direction == neutral || c.abs == 0:
		return schema.Unchanged
	case c.worse > 0:
		return schema.Regression
	}
	return schema.Improvement
}

// weighs reports whether the absolute change is one that matters.
func (c change) weighs(r Rule) bool { return math.Abs(c.abs) >= r.MinChange }

// drifts reports whether the relative change is large enough to be flagged, in
// either direction. A KPI whose medium rung is below the drift threshold
// (availability) is flagged from that rung.
func (c change) drifts(r Rule) bool {
	return math.Abs(c.worse) >= min(r.DriftPercent, r.Medium)*(1-1e-6)
}

// verdict is what is known of one cell after the comparison.
type verdict struct {
	known  bool
	change change
	// direction is regression, improvement or none, after size, evidence and
	// weight.
	direction string
	severity  string // of a regression
	shape     string
	standing  *bool
	evidence  *schema.Evidence
	reason    string
	// unmeasured is true when neither side ever had the KPI.
	unmeasured bool
	// thin is true when there are too few events to tell.
	thin bool
	// unseen is true when the last 24 hours have too little of it.
	unseen   bool
	needs    string
	source   string // of the baseline, where it is not the first
	onset    schema.Time
	ended    *schema.Time
	beforeGA bool
	votes    []schema.BaselineVote
	// extra are findings of the same cell in another shape: an incident beside
	// a level, a tail.
	extra []verdict
}

// noneNote says why nothing is known of the noise.
const noneNote = "averages alone: the noise between samples is not known; baseline and days with series would tell"

// judgeBySize compares values alone: no evidence, and never rated above medium
// by itself.
func (c *cell) judgeBySize() verdict {
	base, ok := c.base.Of()
	values := c.current()
	switch {
	case !ok && len(values) == 0:
		return unknownVerdict(c, "neither the baseline nor any day has it")
	case !ok:
		return unknownVerdict(c, "the baseline has no value of it")
	case len(values) == 0:
		return unknownVerdict(c, "no day has a value of it")
	}
	// The level at the end of the week, robust against one bad day.
	recent := slices.Clone(values[max(0, len(values)-3):])
	slices.Sort(recent)
	current := recent[len(recent)/2]
	if len(recent)%2 == 0 {
		current = (recent[len(recent)/2-1] + current) / 2
	}
	v := verdict{known: true, change: changeOf(c.rule, base, current), direction: schema.Unchanged}
	v.evidence = &schema.Evidence{Method: "none", BaselineDays: 1, CurrentDays: len(values), Needs: noneNote}
	_, today := c.last()
	v.unseen = !today
	switch v.change.direction(c.rule) {
	case schema.Regression:
		if !v.change.drifts(c.rule) {
			break
		}
		v.direction, v.shape = schema.Regression, schema.ShapeLevel
		v.severity = capSeverity(c.rule.rungOf(v.change.worse), schema.SeverityMedium)
		v.reason = "rated by size alone, so medium at most: " + noneNote
		if !v.change.weighs(c.rule) {
			v.severity = schema.SeverityLow
			v.reason = lightReason(c.rule)
		}
		v.standing = c.standsBySize(base)
	case schema.Improvement:
		if v.change.drifts(c.rule) && v.change.weighs(c.rule) {
			v.direction, v.shape = schema.Improvement, schema.ShapeLevel
		}
	}
	return v
}

func lightReason(r Rule) string {
	return fmt.Sprintf("low at most: the absolute change is below %v %s, the smallest that matters", r.MinChange, r.Unit)
}

// standsBySize reports whether the last day is still worse than the baseline
// by the medium rung; nil when it has no value.
func (c *cell) standsBySize(base float64) *bool {
	last, ok := c.last()
	if !ok {
		return nil
	}
	stands := changeOf(c.rule, base, last).worse >= c.rule.Medium*(1-1e-6)
	return &stands
}

func unknownVerdict(c *cell, reason string) verdict {
	v := verdict{direction: "unknown", reason: reason}
	_, baseKnown := c.base.Of()
	v.unmeasured = !baseKnown && len(c.current()) == 0
	// The source's own words say more than the comparison knows.
	for _, k := range append([]schema.KPI{c.base}, c.days...) {
		if k.Reason != "" {
			v.reason += ": " + k.Reason
			break
		}
	}
	return v
}
