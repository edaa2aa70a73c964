package compare

import "math"

// counted are events of opportunities by hour: errors of requests, slow points
// of points. NaN hours are missing.
type counted struct {
	axis   axis
	events []float64
	of     []float64
}

// countFit is the comparison of the events before and after an onset.
type countFit struct {
	onset         int
	before, after sumOf
	dispersion    float64
	p             float64 // one-sided for a rise, of this onset alone
	days          int
}

type sumOf struct{ events, of float64 }

func (s sumOf) rate() float64 { return s.events / s.of }

// search finds the onset after which events rose most, by the likelihood of
// two rates against one.
func (c counted) search(from int) (countFit, bool) {
	var total sumOf
	for s := range c.events {
		if c.known(s) {
			total.events += c.events[s]
			total.of += c.of[s]
		}
	}
	if total.of <= 0 || total.events <= 0 {
		return countFit{}, false
	}
	best, found := countFit{}, false
	bestGain := 0.0
	var before sumOf
	for s := range c.events {
		if s >= from && s <= c.axis.slots-margin && before.of > 0 && total.of-before.of > 0 {
			after := sumOf{total.events - before.events, total.of - before.of}
			if after.rate() > before.rate() {
				gain := likelihood(before) + likelihood(after)
				if !found || gain > bestGain {
					best, bestGain, found = countFit{onset: s, before: before, after: after}, gain, true
				}
			}
		}
		if c.known(s) {
			before.events += c.events[s]
			before.of += c.of[s]
		}
	}
	if !found {
		return best, false
	}
	best.dispersion, best.days = c.dispersion(best)
	best.p = searched(best.chance(), countFreedom)
	return best, true
}

func (c counted) known(s int) bool { return !math.IsNaN(c.events[s]) && c.of[s] > 0 }

func likelihood(s sumOf) float64 {
	if s.events <= 0 {
		return 0
	}
	return s.events * math.Log(s.rate())
}

// countFreedom are the degrees of freedom of a dispersion measured between
// eight days and their hours.
const countFreedom = 10

// chance is the probability of so many of all events after the onset, were the
// rate the same: the conditional binomial test, exact at zero, with counts
// deflated by their dispersion.
func (f countFit) chance() float64 {
	share := f.after.of / (f.before.of + f.after.of)
	p := binomialTail(f.after.events/f.dispersion, (f.before.events+f.after.events)/f.dispersion, share)
	return heavier(p, countFreedom)
}

// dispersion is the variance of the counts over that of independent events,
// between hours and between days, about the rates before and after; at least 1.
// The days are few, so that the hours have a say in theirs.
func (c counted) dispersion(f countFit) (phi float64, days int) {
	var hours, n, between, m float64
	for d := range c.axis.days() {
		var seen, expected float64
		for s := d * hoursPerDay; s < (d+1)*hoursPerDay; s++ {
			if !c.known(s) {
				continue
			}
			rate := f.before.rate()
			if s >= f.onset {
				rate = f.after.rate()
			}
			mu := rate * c.of[s]
			if mu <= 0 {
				continue
			}
			seen += c.events[s]
			expected += mu
			hours += (c.events[s] - mu) * (c.events[s] - mu) / mu
			n++
		}
		if expected > 0 {
			between += (seen - expected) * (seen - expected) / expected
			m++
		}
	}
	phi = 1
	if n > 2 {
		phi = max(phi, hours/(n-2))
	}
	if m > 2 {
		const worth = 4 // days that the hours stand in for
		phi = max(phi, (between+worth*phi)/(m-2+worth), between/(m-2))
	}
	return phi, int(m)
}

// logRatio is the log of the ratio of the rates and its standard error. A half
// is added to each count, so that zero before has a ratio too (Haldane 1956).
func (f countFit) logRatio() (ratio, se float64) {
	a, b := f.after.events/f.dispersion+0.5, f.before.events/f.dispersion+0.5
	ratio = math.Log(a/f.after.of) - math.Log(b/f.before.of)
	return ratio, math.Sqrt(1/a + 1/b)
}

// difference is the change of the rate and its standard error.
func (f countFit) difference() (diff, se float64) {
	diff = f.after.rate() - f.before.rate()
	pooled := func(s sumOf) float64 {
		r := (s.events + 0.5) / (s.of + 1)
		return r * max(0, 1-r) / s.of
	}
	return diff, math.Sqrt(f.dispersion * (pooled(f.before) + pooled(f.after)))
}
