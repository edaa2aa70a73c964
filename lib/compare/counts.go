package compare

import (
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

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
	df            float64 // degrees of freedom of the dispersion
	p             float64 // one-sided for a rise, after paying for the search
	days          int
}

type sumOf struct{ events, of float64 }

func (s sumOf) rate() float64 { return s.events / s.of }

// search finds the onset after which events rose most (or fell, for sign -1),
// by the likelihood of two rates against one.
func (c counted) search(from int, sign float64) (countFit, bool) {
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
	// The best onset before GA and the best one since.
	var best [2]countFit
	gains := [2]float64{math.Inf(-1), math.Inf(-1)}
	var before sumOf
	for s := range c.events {
		if s >= from && s <= c.axis.end-margin && before.of > 0 && total.of-before.of > 0 {
			after := sumOf{total.events - before.events, total.of - before.of}
			if sign*(after.rate()-before.rate()) > 0 {
				side := 0
				if s >= c.axis.ga-graceHours {
					side = 1
				}
				if gain := likelihood(before) + likelihood(after); gain > gains[side] {
					best[side], gains[side] = countFit{onset: s, before: before, after: after}, gain
				}
			}
		}
		if c.known(s) {
			before.events += c.events[s]
			before.of += c.of[s]
		}
	}
	for side := range best {
		if !math.IsInf(gains[side], -1) {
			c.settle(&best[side])
		}
	}
	switch {
	case math.IsInf(gains[0], -1):
		return best[1], !math.IsInf(gains[1], -1)
	case math.IsInf(gains[1], -1) || (gains[0]-gains[1])/best[0].dispersion > beforeGain:
		return best[0], true
	}
	return best[1], true
}

// sides are the rates of the hours before and after an onset.
func (c counted) sides(onset int) (before, after []float64, days [2]int) {
	for d := range c.axis.days() {
		var seen [2]bool
		for s := d * hoursPerDay; s < (d+1)*hoursPerDay; s++ {
			switch {
			case !c.known(s):
			case s < onset:
				before = append(before, c.events[s]/c.of[s])
				seen[0] = true
			default:
				after = append(after, c.events[s]/c.of[s])
				seen[1] = true
			}
		}
		for i := range seen {
			if seen[i] {
				days[i]++
			}
		}
	}
	return before, after, days
}

// describe fills days, hours and Cliff's delta of the hours before and after.
func (c counted) describe(e *schema.Evidence, onset int) {
	before, after, days := c.sides(onset)
	e.BaselineDays, e.CurrentDays = days[0], days[1]
	e.BaselineHours, e.CurrentHours = len(before), len(after)
	e.CliffsDelta = schema.Num(cliffsDelta(before, after))
}

func (c counted) known(s int) bool { return !math.IsNaN(c.events[s]) && c.of[s] > 0 }

func likelihood(s sumOf) float64 {
	if s.events <= 0 {
		return 0
	}
	return s.events * math.Log(s.rate())
}

// chance is the probability of so many of all events on the side that has more,
// were the rate the same: the conditional binomial test, exact at zero, with counts
// deflated by their dispersion.
func (f countFit) chance() float64 {
	more, less := f.after, f.before
	if less.rate() > more.rate() {
		more, less = less, more
	}
	p := binomialTail(more.events/f.dispersion, (more.events+less.events)/f.dispersion, more.of/(more.of+less.of))
	return min(1, countSearch*searched(heavier(p, f.df), f.df))
}

// Events come in clumps: some hours have many, some days have more of them.
// What is believed of the days besides the eight that there are.
const (
	clumpDays   = 4    // days that the belief counts for
	clumpSpread = 0.05 // the spread of their rates
	// countSearch is how much more hours offer to a search than days do.
	countSearch = 2.5
)

// spread measures how the rates of hours (kappa) and of days (c2) vary beyond
// independent events, as squared coefficients of variation about the rates
// before and after the onset, by moments of the negative binomial.
func (c counted) spread(f countFit) (kappa, c2 float64, days int) {
	type day struct{ seen, expected, squares float64 }
	var excess, squares float64
	var list []day
	for d := range c.axis.days() {
		var one day
		for s := d * hoursPerDay; s < (d+1)*hoursPerDay; s++ {
			if !c.known(s) {
				continue
			}
			rate := f.before.rate()
			if s >= f.onset {
				rate = f.after.rate()
			}
			mu := rate * c.of[s]
			one.seen += c.events[s]
			one.expected += mu
			one.squares += mu * mu
			excess += (c.events[s]-mu)*(c.events[s]-mu) - mu
			squares += mu * mu
		}
		if one.expected > 0 {
			list = append(list, one)
		}
	}
	if squares > 0 {
		kappa = max(0, excess/squares)
	}
	var between, weight float64
	for _, d := range list {
		between += (d.seen-d.expected)*(d.seen-d.expected) - d.expected - kappa*d.squares
		weight += d.expected * d.expected
	}
	free := float64(len(list) - 2) // two rates were fitted
	if weight > 0 && free > 0 {
		c2 = max(0, between/weight*float64(len(list))/free) * free
	}
	c2 = (c2 + clumpDays*clumpSpread*clumpSpread) / (max(0, free) + clumpDays)
	return kappa, c2, len(list)
}

// settle fills dispersion, degrees of freedom and p. The dispersion is the
// variance of the log ratio of the rates over what independent events would
// give; at least 1.
func (c counted) settle(f *countFit) {
	var kappa, c2 float64
	kappa, c2, f.days = c.spread(*f)
	hours := [2]float64{}
	for s := range c.events {
		if side := 0; c.known(s) {
			if s >= f.onset {
				side = 1
			}
			hours[side]++
		}
	}
	var byHours, byDays float64
	for side := range hours {
		if hours[side] > 0 {
			byHours += kappa / hours[side]
			byDays += c2 / max(1, hours[side]/hoursPerDay)
		}
	}
	plain := 1/(f.before.events+0.5) + 1/(f.after.events+0.5)
	all := plain + byHours + byDays
	f.dispersion = max(1, all/plain)
	f.df = all * all / ((plain+byHours)*(plain+byHours)/max(1, min(hours[0], hours[1])) + byDays*byDays/(float64(max(0, f.days-2))+clumpDays))
	f.p = f.chance()
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
