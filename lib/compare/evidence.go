package compare

import (
	"fmt"
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

// levelEvidence is why a step or ramp is believed or not.
func (w *week) levelEvidence(st *study, l *leveled, est, low, high float64) *schema.Evidence {
	e := &schema.Evidence{Method: "day_levels", P: schema.Num(l.p), Q: schema.Num(l.q)}
	sign := 1.0 // from worse to the sign of the value
	if st.cell.rule.Direction == higherIsBetter {
		sign = -1
	}
	percent := func(v float64) float64 { return sign * st.scale.worsePercent(v) }
	e.ShiftPercent = schema.Num(percent(est))
	ends := []float64{percent(low), percent(high)}
	e.ShiftLow, e.ShiftHigh = schema.Num(min(ends[0], ends[1])), schema.Num(max(ends[0], ends[1]))
	st.countSides(e, l.shape.onset)
	if st.levels.load != nil {
		e.LoadSlope = schema.Num(l.fit.slope)
	}
	e.SmallestDetectablePercent = st.smallest(l)
	return e
}

// smallest is the change for the worse that would be found nine times of ten.
func (st *study) smallest(l *leveled) *float64 {
	needed := quantile(1-0.0005, l.fit.df) + quantile(0.9, l.fit.df)
	return schema.Num(st.scale.worsePercent(needed * l.fit.se * st.levels.reach(l.shape)))
}

// countSides fills days, hours and Cliff's delta of the hours before and after
// an onset.
func (st *study) countSides(e *schema.Evidence, onset int) {
	var before, after []float64
	days := map[int]bool{}
	for s, v := range st.levels.y {
		if math.IsNaN(v) {
			continue
		}
		v = st.scale.sign * (v - st.levels.profile[s%hoursPerDay])
		if s < onset {
			before = append(before, v)
			if !days[s/hoursPerDay] {
				e.BaselineDays++
			}
		} else {
			after = append(after, v)
			if !days[-1-s/hoursPerDay] {
				e.CurrentDays++
			}
		}
		if s < onset {
			days[s/hoursPerDay] = true
		} else {
			days[-1-s/hoursPerDay] = true
		}
	}
	e.BaselineHours, e.CurrentHours = len(before), len(after)
	e.CliffsDelta = schema.Num(cliffsDelta(before, after))
}

// quietEvidence is what a KPI without a finding rests on.
func (w *week) quietEvidence(st *study) *schema.Evidence {
	l := st.worse
	if l == nil || st.better != nil && st.better.p < l.p {
		l = st.better
	}
	if l == nil {
		return nil
	}
	est, low, high := st.interval(l)
	return w.levelEvidence(st, l, est, low, high)
}

// minEvents is the least number of errors on a baseline day that says anything.
const minEvents = 10

// weighCounts judges errors of requests.
func (w *week) weighCounts(st *study, q, limit float64) verdict {
	r := st.cell.rule
	base, _ := st.cell.base.Of()
	v := verdict{known: true, direction: schema.Unchanged}
	total, perDay := st.counted.total()
	f := st.counts
	if f == nil {
		f = &countFit{dispersion: 1, before: total, after: total, onset: st.counted.axis.slots, p: 1}
	}
	var worse, near float64
	v.evidence, worse, near = st.countEvidence(f, q)
	if st.counts != nil && q <= limit {
		change := changeOf(r, base, 100*f.after.rate())
		size := changeOf(r, 100*f.before.rate(), 100*f.after.rate())
		if size.drifts(r) && worse >= min(r.DriftPercent, r.Medium)*(1-1e-6) {
			v.direction, v.change, v.shape = schema.Regression, change, schema.ShapeLevel
			if a := st.counted.axis; a.ga > 0 && f.onset < a.ga+margin {
				// GA day is no baseline for what is as old as it.
				v.change, v.source, v.beforeGA = size, SourceHistory, f.onset < a.ga-graceHours
			}
			if v.severity = r.rungWithin(worse, near); v.severity == "" {
				v.severity = schema.SeverityLow
			}
			v.onset = schema.At(st.counted.axis.timeOf(f.onset))
			if !size.weighs(r) {
				v.severity, v.reason = schema.SeverityLow, lightReason(r)
			}
			v.standing = st.countsStand(f)
			return v
		}
	}
	if perDay < minEvents && !st.tellsAnyway() {
		v.known, v.direction, v.thin = false, "unknown", true
		v.reason = fmt.Sprintf("%.0f errors a day are too few to tell a change from chance", perDay)
		v.needs = fmt.Sprintf("at least %d errors a day on GA day, or more requests", minEvents)
	}
	return v
}

// countEvidence is why a change of counts is believed or not; worse is the
// change of the rate in percent and near the near end of its interval.
func (st *study) countEvidence(f *countFit, q float64) (e *schema.Evidence, worse, near float64) {
	ratio, se := f.logRatio()
	half := quantile(0.975, max(3, f.df)) * se
	percent := func(log float64) float64 { return 100 * (math.Exp(log) - 1) }
	e = &schema.Evidence{
		Method: "counts", P: schema.Num(f.p), Q: schema.Num(q),
		ShiftPercent: schema.Num(percent(ratio)), ShiftLow: schema.Num(percent(ratio - half)), ShiftHigh: schema.Num(percent(ratio + half)),
		BaselineEvents: schema.Num(f.before.events), CurrentEvents: schema.Num(f.after.events), Dispersion: schema.Num(f.dispersion),
	}
	// Found nine times of ten, at a p value that survives the correction.
	e.SmallestDetectablePercent = schema.Num(percent((quantile(0.9995, max(3, f.df)) + quantile(0.9, max(3, f.df))) * se))
	st.counted.describe(e, f.onset)
	return e, percent(ratio), percent(ratio - half)
}

// weighFewer judges errors that fell: an improvement, or nothing.
func (w *week) weighFewer(st *study, q float64, v *verdict) {
	f, r := st.fewer, st.cell.rule
	base, _ := st.cell.base.Of()
	size := changeOf(r, 100*f.before.rate(), 100*f.after.rate())
	if !size.drifts(r) || !size.weighs(r) {
		return
	}
	v.direction, v.shape = schema.Improvement, schema.ShapeLevel
	v.change = changeOf(r, base, 100*f.after.rate())
	v.onset = schema.At(st.counted.axis.timeOf(f.onset))
	v.evidence, _, _ = st.countEvidence(f, q)
}

// tellsAnyway reports whether so few errors of so many requests rule out a rise
// that would matter.
func (st *study) tellsAnyway() bool {
	if st.cell.rule.MinChange <= 0 {
		return false
	}
	total, _ := st.counted.total()
	last := st.counted.lastDay()
	if last.of == 0 || total.of == 0 {
		return false
	}
	last.events = max(last.events, total.rate()*last.of) // a lucky day is no proof
	// Three events more is what none seen rules out (the rule of three).
	upper := 100 * (last.events + 3 + 2*math.Sqrt(last.events)) / last.of
	return upper <= st.cell.rule.MinChange
}

func (c counted) total() (all sumOf, perDay float64) {
	days := 0.0
	for s := range c.events {
		if c.known(s) {
			all.events += c.events[s]
			all.of += c.of[s]
			days += 1.0 / hoursPerDay
		}
	}
	if days == 0 {
		return all, 0
	}
	return all, all.events / days
}

func (c counted) lastDay() sumOf {
	var last sumOf
	for s := max(0, c.axis.end-hoursPerDay); s < c.axis.end; s++ {
		if c.known(s) {
			last.events += c.events[s]
			last.of += c.of[s]
		}
	}
	return last
}

// countsStand reports whether the last day's rate is above that before the
// onset by the medium rung; nil without data.
func (st *study) countsStand(f *countFit) *bool {
	last := st.counted.lastDay()
	if last.of == 0 {
		return nil
	}
	stands := last.rate() >= f.before.rate()*(1+st.cell.rule.Medium/100)
	return &stands
}

// tailRungs are where a rise of the share of slow points, in percentage points,
// becomes low, medium and high.
var tailRungs = [3]float64{0.5, 1.5, 10}

// weighTails judges the share of slow points.
func (w *week) weighTails(st *study, q, limit float64) verdict {
	f := st.tails
	v := verdict{known: true, direction: schema.Unchanged}
	diff, se := f.difference()
	points, near := 100*diff, 100*(diff-1.96*se)
	if q > limit || points < tailRungs[0] {
		return v
	}
	switch {
	case points >= tailRungs[2] && near >= tailRungs[1]:
		v.severity = schema.SeverityHigh
	case points >= tailRungs[1] && near >= tailRungs[0]:
		v.severity = schema.SeverityMedium
	case near > 0:
		v.severity = schema.SeverityLow
	default:
		return v
	}
	v.direction, v.shape = schema.Regression, schema.ShapeTail
	v.onset = schema.At(st.slow.axis.timeOf(f.onset))
	v.change = w.changeAfter(st, f.onset, false)
	v.reason = fmt.Sprintf("slow points (above %.1f times their hour's median) rose from %.2f%% to %.2f%%", tailFactor, 100*f.before.rate(), 100*f.after.rate())
	v.evidence = &schema.Evidence{
		Method: "tails", P: schema.Num(f.p), Q: schema.Num(q), Dispersion: schema.Num(f.dispersion),
		BaselineEvents: schema.Num(f.before.events), CurrentEvents: schema.Num(f.after.events),
	}
	st.slow.describe(v.evidence, f.onset)
	last := st.slow.lastDay()
	if last.of > 0 {
		stands := 100*(last.rate()-f.before.rate()) >= tailRungs[1]/2
		v.standing = &stands
	}
	return v
}
