package compare

import (
	"fmt"
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

// falseDiscovery is the rate at which findings are admitted.
const falseDiscovery = 0.05

// judge gives every cell its verdict: evidence first, all hypotheses together,
// then size and weight.
func (w *week) judge() {
	a := w.newAxis()
	studies := make([]*study, len(w.cells))
	var p []float64
	for i, c := range w.cells {
		st := w.studyCell(c, a)
		studies[i] = st
		p = append(p, st.pValues()...)
	}
	q := benjaminiHochberg(p)
	w.out.Tests.Hypotheses = len(p)
	w.out.Tests.FalseDiscoveryRate = falseDiscovery / float64(max(1, w.opts.Looks))
	w.verdicts = make([]verdict, len(w.cells))
	next := 0
	for i, c := range w.cells {
		st := studies[i]
		n := len(st.pValues())
		if st == nil || st.why != "" {
			w.verdicts[i] = c.judgeBySize()
			if st != nil && st.blind {
				w.verdicts[i] = unknownVerdict(c, st.why)
			}
			if st != nil && w.verdicts[i].known {
				w.verdicts[i].evidence.Needs = st.why
			}
			if c.judged() && w.verdicts[i].known {
				w.out.Tests.WithoutEvidence++
			}
		} else {
			w.verdicts[i] = w.weigh(st, q[next:next+n])
		}
		w.vote(c, st, &w.verdicts[i])
		next += n
	}
}

// pValues lists the one-sided p values of a study, in a fixed order: level
// worse, level better, counts risen, counts fallen, tails, incidents. What was not examined has none.
func (st *study) pValues() []float64 {
	if st == nil || st.why != "" {
		return nil
	}
	var p []float64
	if st.worse != nil {
		p = append(p, st.worse.p)
	}
	if st.better != nil {
		p = append(p, st.better.p)
	}
	if st.counts != nil {
		p = append(p, st.counts.p)
	}
	if st.fewer != nil {
		p = append(p, st.fewer.p)
	}
	if st.tails != nil {
		p = append(p, st.tails.p)
	}
	for _, r := range st.runs {
		p = append(p, r.p)
	}
	return p
}

// weigh turns a study and the q values of its hypotheses into a verdict.
func (w *week) weigh(st *study, q []float64) verdict {
	take := func() float64 {
		v := q[0]
		q = q[1:]
		return v
	}
	limit := falseDiscovery / float64(max(1, w.opts.Looks))
	v := verdict{known: true, direction: schema.Unchanged}
	if base, ok := st.cell.base.Of(); ok {
		v.change.base = base
	}
	if st.worse != nil {
		st.worse.q = take()
		if each := w.weighLevel(st, st.worse, limit); each.direction == schema.Regression {
			v = each
		}
	}
	if st.better != nil {
		st.better.q = take()
		if each := w.weighLevel(st, st.better, limit); each.direction == schema.Improvement && v.direction == schema.Unchanged {
			v = each
		}
	}
	if st.counts != nil || st.counted.events != nil {
		q := 1.0
		if st.counts != nil {
			q = take()
		}
		v = w.weighCounts(st, q, limit)
	}
	if st.fewer != nil {
		if q := take(); q <= limit && v.known && v.direction == schema.Unchanged {
			w.weighFewer(st, q, &v)
		}
	}
	if st.tails != nil {
		q := take()
		if each := w.weighTails(st, q, limit); each.direction == schema.Regression && v.direction != schema.Regression {
			v = each
		}
	}
	for _, r := range st.runs {
		q := take()
		if each := w.weighRun(st, r, q); q <= limit && each.direction == schema.Regression {
			v.extra = append(v.extra, each)
		}
	}
	if v.evidence == nil && st.levels != nil {
		v.evidence = w.quietEvidence(st)
	}
	v.plainChange(st.cell)
	v.unseen = st.lastSeen() < minLastHours
	return v
}

// lastSeen is how many of the last 24 hours have the KPI.
func (st *study) lastSeen() int {
	n, end := 0, 0
	known := func(s int) bool { return st.hours.n[s] > 0 }
	switch {
	case st.levels != nil:
		end = st.levels.axis.end
	case st.counted.events != nil:
		end = st.counted.axis.end
		known = st.counted.known
	}
	for s := max(0, end-hoursPerDay); s < end; s++ {
		if known(s) {
			n++
		}
	}
	return n
}

// plainChange fills the change of a KPI without a finding: GA day against the
// mean of the days.
func (v *verdict) plainChange(c *cell) {
	base, ok := c.base.Of()
	if values := c.current(); v.direction == schema.Unchanged && ok && len(values) > 0 {
		v.change = changeOf(c.rule, base, meanOf(values))
	}
}

// weighLevel judges a step or ramp.
func (w *week) weighLevel(st *study, l *leveled, limit float64) verdict {
	v := verdict{known: true, direction: schema.Unchanged}
	if l.q > limit {
		return v
	}
	st.sharpen(w, l)
	est, low, high := st.interval(l)
	v.evidence = w.levelEvidence(st, l, est, low, high)
	r := st.cell.rule
	worse := st.scale.worsePercent(est)
	v.change = w.changeAfter(st, l.shape.onset, l.shape.ramp)
	if l.shape.onset < st.levels.axis.ga+margin && st.levels.axis.ga > 0 {
		w.againstHistory(st, l, &v)
	}
	v.shape = schema.ShapeLevel
	if l.shape.ramp {
		v.shape = schema.ShapeRamp
	}
	const notable = 2 // percentage points between the plain change and that at equal load
	if st.levels.load != nil && v.change.percent != nil && math.Abs(v.change.worse-worse) > notable {
		v.reason = fmt.Sprintf("%+.1f%% for the worse at equal load", worse)
		v.change.worse = worse
	}
	size := change{worse: worse, abs: worse / 100 * v.change.base}
	if !size.drifts(r) {
		return v
	}
	v.onset = schema.At(st.refine(l.shape))
	if worse < 0 {
		if size.weighs(r) {
			v.direction = schema.Improvement
		}
		return v
	}
	v.direction = schema.Regression
	near := st.scale.worsePercent(low)
	v.severity = r.rungWithin(worse, near)
	if v.severity == "" {
		v.direction = schema.Unchanged
		return v
	}
	if !size.weighs(r) {
		v.severity, v.reason = schema.SeverityLow, lightReason(r)
	}
	v.standing = st.stands(l)
	return v
}

// againstHistory compares with the days before GA, when the change began there
// or with GA itself: GA day is then no baseline for it.
func (w *week) againstHistory(st *study, l *leveled, v *verdict) {
	a := st.levels.axis
	sum, n := 0.0, 0
	for s := range max(0, l.shape.onset) {
		if value := st.hours.mean[s]; !math.IsNaN(value) {
			sum += value
			n++
		}
	}
	if n == 0 {
		return
	}
	v.change = changeOf(st.cell.rule, sum/float64(n), v.change.current)
	v.source = SourceHistory
	v.beforeGA = l.shape.onset < a.ga-graceHours
}

// sharpen moves an onset that the days found to the hour that the hours say,
// and fits the days again from there.
func (st *study) sharpen(w *week, l *leveled) {
	st.levels.assumed = l.assumed
	at := st.levels.locate(l.shape)
	x := make([]float64, len(st.levels.level))
	st.levels.regressor(at, x)
	fit, _, ok := st.levels.calmer(at, x, st.levels.prior(w.floor(st.cell), w.daySpread(st.cell)))
	if ok && fit.delta*l.fit.delta > 0 {
		l.shape, l.fit = at, fit
	}
}

// rungWithin is the severity of a change for the worse whose interval's near
// end is near: a rung counts only when the near end reaches the rung below.
func (r Rule) rungWithin(worse, near float64) string {
	low := min(lowRung, r.Medium/2)
	rungs := []struct {
		name       string
		from, near float64
	}{
		{schema.SeverityCritical, r.Critical, r.High},
		{schema.SeverityHigh, r.High, r.Medium},
		{schema.SeverityMedium, r.Medium, low},
		{schema.SeverityLow, low, 0},
	}
	const tolerance = 1e-6
	for _, rung := range rungs {
		if worse*(1+tolerance) >= rung.from && near*(1+tolerance) >= rung.near {
			return rung.name
		}
	}
	return ""
}

// interval is the estimated shift at the end of the week, on the scale of the
// test, with the ends of its 95% interval; low is the end nearer to no change.
func (st *study) interval(l *leveled) (est, low, high float64) {
	reach := st.levels.reach(l.shape)
	est = l.fit.delta * reach
	half := quantile(0.975, l.fit.df) * l.fit.se * reach
	if est < 0 {
		half = -half
	}
	return est, est - half, est + half
}

// stands reports whether the last 24 hours are still worse than the level
// before the onset by the medium rung, or by half of a change that is smaller;
// nil when they have too little data.
func (st *study) stands(l *leveled) *bool {
	a := st.levels.axis
	sum, n := 0.0, 0
	for s := a.end - hoursPerDay; s < a.end; s++ {
		if y := st.levels.y[s]; !math.IsNaN(y) {
			sum += y - st.levels.profile[s%hoursPerDay]
			n++
		}
	}
	if n < minLastHours {
		return nil
	}
	last := sum / float64(n)
	before, m := 0.0, 0.0
	for d, weight := range st.levels.weight {
		if weight > 0 && (d+1)*hoursPerDay <= l.shape.onset {
			before += weight * (st.levels.level[d] - l.fit.slope*st.load(d))
			m += weight
		}
	}
	last -= l.fit.slope * st.load(a.days()-1)
	if m == 0 {
		before, m = last-l.fit.delta*st.levels.reach(l.shape), 1
	}
	shift, enough := l.fit.delta*st.levels.reach(l.shape), st.scale.shiftOf(st.cell.rule.Medium)*(1-1e-6)
	if shift < enough {
		enough = shift / 2
	}
	stands := last-before/m >= enough
	return &stands
}

func (st *study) load(d int) float64 {
	if st.levels.load == nil {
		return 0
	}
	return st.levels.load[d]
}

// changeAfter is the plain change from GA day's value to the mean of the hours
// after an onset; of a ramp to that of the last day.
func (w *week) changeAfter(st *study, onset int, ramp bool) change {
	base, _ := st.cell.base.Of()
	from := max(onset, 0)
	slots := len(st.hours.mean)
	if ramp {
		from = max(from, slots-hoursPerDay)
	}
	sum, n := 0.0, 0
	for s := from; s < slots; s++ {
		if v := st.hours.mean[s]; !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return changeOf(st.cell.rule, base, base)
	}
	return changeOf(st.cell.rule, base, sum/float64(n))
}
