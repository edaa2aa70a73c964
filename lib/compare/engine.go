package compare

import "math"

// study is the evidence about one cell before it is weighed against the other
// hypotheses.
type study struct {
	cell   *cell
	hours  *hourly
	levels *levels
	scale  scale
	// worse and better are the best step or ramp in either direction.
	worse, better *leveled
	counts        *countFit // errors, of the error rate
	fewer         *countFit // errors, where they fell
	tails         *countFit // slow points
	runs          []run
	why           string // why there is no evidence
	blind         bool   // why is that GA day was not seen: nothing can be said
	counted       counted
	slow          counted
}

// leveled is a step or a ramp of the day levels.
type leveled struct {
	shape shape
	fit   design
	p     float64 // after paying for the search
	q     float64 // after correction for all hypotheses
	// assumed is the slope on load that was assumed for this direction.
	assumed *float64
}

// scale is where a KPI is compared: logarithms, or shares of its level on GA
// day where a value can be zero. Positive is worse.
type scale struct {
	log   bool
	sign  float64
	level float64 // 1 on the log scale
}

func (s scale) of(v float64) float64 {
	if s.log {
		return s.sign * math.Log(v)
	}
	return s.sign * v / s.level
}

// worsePercent turns a shift on the scale into percent for the worse.
func (s scale) worsePercent(shift float64) float64 {
	if s.log {
		return s.sign * 100 * (math.Exp(s.sign*shift) - 1)
	}
	return 100 * shift
}

// shiftOf turns percent for the worse into a shift on the scale.
func (s scale) shiftOf(worsePercent float64) float64 {
	if s.log {
		return s.sign * math.Log(max(0.001, 1+s.sign*worsePercent/100))
	}
	return worsePercent / 100
}

// studyCell gathers the evidence of one cell, nil when there are no samples to
// gather it from.
func (w *week) studyCell(c *cell, a axis) *study {
	if !c.judged() || !c.hasSeries() || w.start.IsZero() {
		return nil
	}
	st := &study{cell: c, hours: w.hourly(c, a)}
	if c.key == keyErrorRate && w.studyCounts(st, a) {
		return st
	}
	w.studyLevels(st, a)
	if c.rule.Category == "performance" {
		st.studyTails(a)
	}
	return st
}

// studyCounts compares errors of requests. It is false where either is not
// known, so that the rate is compared as a level.
func (w *week) studyCounts(st *study, a axis) bool {
	errors, requests := w.hoursOf(st.cell.scope, keyErrors, a), w.hoursOf(st.cell.scope, keyRequests, a)
	if errors == nil || requests == nil {
		return false
	}
	c := counted{axis: a, events: make([]float64, a.slots), of: make([]float64, a.slots)}
	for s := range c.events {
		c.events[s], c.of[s] = errors.sum[s], requests.sum[s]
		if math.IsNaN(c.of[s]) {
			c.of[s] = 0
		}
	}
	y := make([]float64, a.slots)
	rate := c.medianRate()
	for s := range y {
		y[s] = math.NaN()
		if c.known(s) {
			// The square root evens out the spread of counts (Anscombe 1948).
			y[s] = 2 * (math.Sqrt(c.events[s]+0.375) - math.Sqrt(rate*c.of[s]+0.375))
		}
	}
	st.runs = incidents(y, 1)
	mask(c.events, st.runs)
	st.counted = c
	seen := 0
	for s := a.ga; s < a.ga+hoursPerDay; s++ {
		if c.known(s) {
			seen++
		}
	}
	if seen < minHours {
		st.why, st.blind = "GA day has too few hours of it", true
		return true
	}
	if fit, ok := c.search(a.firstCount(), 1); ok {
		st.counts = &fit
	}
	if fit, ok := c.search(a.firstCount(), -1); ok {
		st.fewer = &fit
	}
	return true
}

// medianRate is the rate of the median day.
func (c counted) medianRate() float64 {
	var rates []float64
	for d := range c.axis.days() {
		var day sumOf
		for s := d * hoursPerDay; s < (d+1)*hoursPerDay; s++ {
			if c.known(s) {
				day.events += c.events[s]
				day.of += c.of[s]
			}
		}
		if day.of > 0 {
			rates = append(rates, day.rate())
		}
	}
	m := medianInPlace(rates)
	if math.IsNaN(m) {
		return 0
	}
	return m
}

// hoursOf puts another KPI of the same scope on the axis, nil when it is not
// known. The last one is kept: the KPIs of a scope share their requests.
func (w *week) hoursOf(s scope, key string, a axis) *hourly {
	if w.kept.scope == s && w.kept.key == key && w.kept.hours != nil {
		return w.kept.hours
	}
	c := w.find(s, key)
	if c == nil || !c.hasSeries() {
		return nil
	}
	h := w.hourly(c, a)
	if key == keyRequests {
		w.kept.scope, w.kept.key, w.kept.hours = s, key, h
	}
	return h
}

// studyLevels compares the day levels.
func (w *week) studyLevels(st *study, a axis) {
	c := st.cell
	values := st.hours.median
	st.scale = scale{log: true, sign: 1, level: 1}
	if c.rule.Direction == higherIsBetter {
		st.scale.sign = -1
	}
	if c.key == keyAvailability {
		values = st.hours.mean // the median hour of a rare outage has none
	}
	if c.key == keyAvailability || anyBelowOrZero(values) {
		base, ok := c.base.Of()
		if !ok || base == 0 {
			st.why = "the baseline is zero: there is no level to compare with"
			return
		}
		st.scale.log, st.scale.level = false, math.Abs(base)
	}
	y := make([]float64, len(values))
	for s, v := range values {
		y[s] = math.NaN()
		if !math.IsNaN(v) {
			y[s] = st.scale.of(v)
		}
	}
	st.runs = incidents(y, w.hourFloor(c))
	mask(y, st.runs)
	st.levels = newLevels(a, y)
	if st.levels.weight[a.gaDay()] == 0 {
		st.why, st.blind = "GA day has too few hours of it", true
		return
	}
	if c.rule.OnLoad {
		st.levels.load = w.loadOf(c.scope, a, y)
	}
	pr := st.levels.prior(w.floor(c), w.daySpread(c))
	fitted := false
	for _, sign := range []float64{1, -1} {
		fit, at, ok := st.levels.search(a.firstOnset(), sign, pr)
		fitted = fitted || ok
		if !ok || sign*fit.t <= 0 {
			continue // a KPI that never moved has neither
		}
		found := &leveled{shape: at, fit: fit, assumed: st.levels.assumed, p: tail(sign*fit.t, fit.df)}
		if _, fixed := a.fixedOnset(); !fixed {
			found.p = searched(found.p, fit.df)
		}
		if sign > 0 {
			st.worse = found
		} else {
			st.better = found
		}
	}
	if !fitted {
		st.why = "too few days to know the noise between them"
	}
}

func anyBelowOrZero(values []float64) bool {
	for _, v := range values {
		if v <= 0 {
			return true
		}
	}
	return false
}

// floor is the least spread of hours and of day levels that is believed, on
// the scale of the test.
func (w *week) floor(c *cell) float64 {
	if c.key == keyAvailability {
		return 0.0002
	}
	return 0.002
}

// hourFloor is the least spread of hours that an incident is measured by.
func (w *week) hourFloor(c *cell) float64 {
	if c.key == keyAvailability {
		return 0.0015
	}
	return 0.005
}

// What the noise inside the days is worth as knowledge of the spread between
// them, measured: ordinary days differ by more than their hours explain, and the
// hours count like four more days. Days that are all alike by luck would else
// make any ninth one stand out.
const (
	priorDays   = 4
	priorFactor = 1.4
	priorSpread = 0.01 // what days differ by at the very least, as a ratio
	// Availability is far steadier.
	priorAvailability = 0.0003
)

// prior is what the noise inside the days and common experience say of the
// spread between them.
func (l *levels) prior(floor, days float64) prior {
	return prior{variance: priorFactor*max(l.within, floor*floor) + days*days, df: priorDays}
}

// daySpread is what days differ by at the very least, on the scale of the test.
func (w *week) daySpread(c *cell) float64 {
	if c.key == keyAvailability {
		return priorAvailability
	}
	return priorSpread
}

// minLoadSpread is how much the days' load must differ, as a ratio, for it to
// be allowed for.
const minLoadSpread = 1.1

// loadOf is the log of each day's load about the mean day, over the hours that
// the KPI has; nil when the days are alike or the load is not known.
func (w *week) loadOf(s scope, a axis, y []float64) []float64 {
	requests := w.hoursOf(s, keyRequests, a)
	if requests == nil {
		requests = w.hoursOf(scope{}, keyRequests, a)
	}
	if requests == nil {
		return nil
	}
	logs := make([]float64, a.slots)
	for i, v := range requests.sum {
		logs[i] = math.NaN()
		if v > 0 && !math.IsNaN(y[i]) {
			logs[i] = math.Log(v)
		}
	}
	l := newLevels(a, logs)
	low, high := math.Inf(1), math.Inf(-1)
	for d, weight := range l.weight {
		if weight > 0 {
			low, high = min(low, l.level[d]), max(high, l.level[d])
		}
	}
	if high-low < math.Log(minLoadSpread) {
		return nil
	}
	return l.level
}

// studyTails compares the share of slow points.
func (st *study) studyTails(a axis) {
	c := counted{axis: a, events: make([]float64, a.slots), of: make([]float64, a.slots)}
	for s := range c.events {
		c.events[s] = st.hours.slow[s]
		c.of[s] = st.hours.n[s]
		if s < a.ga {
			c.events[s] = math.NaN() // history has medians only
		}
	}
	mask(c.events, st.runs)
	st.slow = c
	if fit, ok := c.search(a.ga+hoursPerDay, 1); ok {
		st.tails = &fit
	}
}
