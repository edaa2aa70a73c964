package compare

import (
	"math"
)

// levels are the day levels of a KPI: what is left of its hours when the hour
// of the day is taken out. The day, not the hour, is the unit of noise, since
// the hours of a day share its luck.
type levels struct {
	axis axis
	// y are the hours on the scale of the test, positive for worse; NaN where
	// missing or masked.
	y       []float64
	profile [hoursPerDay]float64
	// level and weight have one entry a day; a day with too few hours has
	// weight 0.
	level, weight []float64
	// load is the log of the day's load over the mean day's; nil when the
	// days' loads are alike or the KPI does not depend on load.
	load []float64
	// assumed is the slope on load where the days are too few to measure it.
	assumed *float64
	// within is the variance of a day level that the noise inside the days
	// explains: the least that the spread between days can be.
	within float64
}

// minHours is the least number of hours that make a day level.
const minHours = 6

// newLevels fits hour of day and day level together by alternating least
// squares, which copes with gaps.
func newLevels(a axis, y []float64) *levels {
	l := &levels{axis: a, y: y, level: make([]float64, a.days()), weight: make([]float64, a.days())}
	for range 12 {
		for h := range hoursPerDay {
			sum, n := 0.0, 0.0
			for d := range l.level {
				if v := y[d*hoursPerDay+h]; !math.IsNaN(v) {
					sum += v - l.level[d]
					n++
				}
			}
			l.profile[h] = 0
			if n > 0 {
				l.profile[h] = sum / n
			}
		}
		for d := range l.level {
			sum, n := 0.0, 0.0
			for h, p := range l.profile {
				if v := y[d*hoursPerDay+h]; !math.IsNaN(v) {
					sum += v - p
					n++
				}
			}
			if n > 0 {
				l.level[d] = sum / n
			}
			l.weight[d] = dayWeight(n)
		}
	}
	l.within = l.withinVariance()
	return l
}

// dayWeight is the weight of a day level of n hours. The day's own luck
// dominates, so that half a day weighs more than half.
func dayWeight(n float64) float64 {
	if n < minHours {
		return 0
	}
	const dayShare = 6 // hours after which the day's luck outweighs the hours'
	return n / (n + dayShare) * (hoursPerDay + dayShare) / hoursPerDay
}

// residual is an hour without its hour of day and without its day's level.
func (l *levels) residual(slot int) float64 {
	return l.y[slot] - l.profile[slot%hoursPerDay] - l.level[slot/hoursPerDay]
}

// withinVariance is the variance of a day's mean that autocorrelated noise
// inside the day explains, from the residuals' variance and lag-one
// autocorrelation. The most restless day is left out: a step inside a day is not
// the noise of days.
func (l *levels) withinVariance() float64 {
	type restless struct{ squares, lagged, n, pairs float64 }
	var sum, worst restless
	days := 0
	for d := range l.level {
		var one restless
		for s := d * hoursPerDay; s < (d+1)*hoursPerDay; s++ {
			r := l.residual(s)
			if math.IsNaN(r) {
				continue
			}
			one.squares += r * r
			one.n++
			if s%hoursPerDay != 0 {
				if q := l.residual(s - 1); !math.IsNaN(q) {
					one.lagged += r * q
					one.pairs++
				}
			}
		}
		if one.n == 0 {
			continue
		}
		days++
		if one.squares > worst.squares {
			worst = one
		}
		sum.squares += one.squares
		sum.lagged += one.lagged
		sum.n += one.n
		sum.pairs += one.pairs
	}
	const (
		enough = 4    // days, for one to be left out
		lost   = 1.08 // variance that the most restless of ordinary days takes along
	)
	correction := 1.0
	if days >= enough {
		sum.squares -= worst.squares
		sum.lagged -= worst.lagged
		sum.n -= worst.n
		sum.pairs -= worst.pairs
		days--
		correction = lost
	}
	if sum.n < 2*hoursPerDay || sum.squares == 0 || sum.pairs == 0 {
		return 0
	}
	// The hour of day was fitted to these days too.
	variance := correction * sum.squares / (sum.n - float64(days) - hoursPerDay + 1)
	// Taking the mean out of each day takes out autocorrelation too; Kendall
	// (1954) gives how much.
	rho := (sum.lagged / sum.pairs) / (sum.squares / sum.n)
	rho = min(0.9, max(0, (hoursPerDay*rho+1)/(hoursPerDay-4)))
	share := min(0.75, (1+rho)/(1-rho)/hoursPerDay) // of the hours' variance, in their mean
	return variance * share / (1 - share) * (1 - 1.0/hoursPerDay)
}

// design is a regression of day levels on a constant, load and one regressor.
type design struct {
	delta, se, t, df float64
	slope            float64 // on load
	rss, sxx         float64
}

// prior is what is known of the spread between days besides the days
// themselves: a variance and the degrees of freedom it is worth.
type prior struct{ variance, df float64 }

// slopeRange is what a percent more load can do, in percent. Estimates outside
// are noise.
const (
	minSlope = -0.1
	maxSlope = 1.3
)

// regress fits the days that have weight. x has one entry a day.
func (l *levels) regress(x []float64, pr prior) (design, bool) {
	fit := l.solve(x, l.load, 0)
	if l.assumed != nil {
		df := fit.df
		fit = l.solve(x, nil, *l.assumed)
		fit.slope, fit.df = *l.assumed, max(df, 0)
	} else if l.load != nil && fit.df >= 0 && (fit.slope < minSlope || fit.slope > maxSlope) {
		slope := min(maxSlope, max(minSlope, fit.slope))
		df := fit.df
		fit = l.solve(x, nil, slope)
		fit.slope, fit.df = slope, df
	}
	if fit.df < 0 || fit.sxx <= 1e-9 || fit.df+pr.df <= 0 {
		return fit, false
	}
	// Days that differ far more than their hours explain are believed rather
	// than the prior.
	if fit.df > 0 && pr.df > 0 && pr.variance > 0 {
		const doubt = 3
		if ratio := fit.rss / fit.df / pr.variance; ratio > doubt {
			pr.df *= doubt / ratio
		}
	}
	variance := (fit.rss + pr.df*pr.variance) / (fit.df + pr.df)
	fit.df += pr.df
	fit.se = math.Sqrt(variance / fit.sxx)
	if fit.se == 0 {
		return fit, false
	}
	fit.t = fit.delta / fit.se
	return fit, true
}

// solve is weighted least squares by orthogonalising x and the levels against
// the constant and the load. With load nil, slope times the load is taken out
// beforehand.
func (l *levels) solve(x, load []float64, slope float64) design {
	var sw, sx, sy, sl float64
	n := 0.0
	value := func(d int) float64 {
		if slope != 0 && l.load != nil {
			return l.level[d] - slope*l.load[d]
		}
		return l.level[d]
	}
	for d, w := range l.weight {
		if w == 0 {
			continue
		}
		n++
		sw += w
		sx += w * x[d]
		sy += w * value(d)
		if load != nil {
			sl += w * load[d]
		}
	}
	fit := design{df: n - 2}
	if load != nil {
		fit.df--
	}
	if n < 2 {
		fit.df = -1
		return fit
	}
	mx, my, ml := sx/sw, sy/sw, sl/sw
	var xx, xy, yy, xl, yl, ll float64
	for d, w := range l.weight {
		if w == 0 {
			continue
		}
		dx, dy := x[d]-mx, value(d)-my
		xx += w * dx * dx
		xy += w * dx * dy
		yy += w * dy * dy
		if load != nil {
			dl := load[d] - ml
			xl += w * dx * dl
			yl += w * dy * dl
			ll += w * dl * dl
		}
	}
	if load != nil && ll > 0 {
		full := xx
		xx -= xl * xl / ll
		xy -= xl * yl / ll
		yy -= yl * yl / ll
		if xx < 0.02*full {
			xx = 0 // the change cannot be told from the load
		}
	}
	if xx <= 1e-9 {
		return fit
	}
	fit.delta = xy / xx
	fit.sxx = xx
	fit.rss = max(0, yy-fit.delta*xy)
	if load != nil && ll > 0 {
		fit.slope = (yl - fit.delta*xl) / ll
	}
	return fit
}

// stepAt is, for each day, the share of it after an onset.
func (a axis) stepAt(onset int, x []float64) {
	for d := range x {
		x[d] = min(1, max(0, float64((d+1)*hoursPerDay-onset)/hoursPerDay))
	}
}

// rampAt is, for each day, the mean number of days since an onset.
func (a axis) rampAt(onset int, x []float64) {
	for d := range x {
		from, to := float64(d*hoursPerDay-onset)/hoursPerDay, float64((d+1)*hoursPerDay-onset)/hoursPerDay
		switch {
		case to <= 0:
			x[d] = 0
		case from >= 0:
			x[d] = (from + to) / 2
		default:
			x[d] = to * to / 2
		}
	}
}

// shape is a regressor with its onset.
type shape struct {
	ramp  bool
	onset int
}

func (l *levels) regressor(s shape, x []float64) {
	if s.ramp {
		l.axis.rampAt(s.onset, x)
		return
	}
	l.axis.stepAt(s.onset, x)
}

// reach is how much of the coefficient has come about by the end of the axis:
// all of a step, so many days of a ramp.
func (l *levels) reach(s shape) float64 {
	if s.ramp {
		return float64(l.axis.end-s.onset) / hoursPerDay
	}
	return 1
}

// margin is how far from the ends of the axis an onset is looked for, in hours.
const margin = 12

// firstOnset is where the search begins: on GA day or, with the days before it,
// there, since what is older than the release must be told from its doing.
func (a axis) firstOnset() int {
	if a.ga >= 3*hoursPerDay {
		return 2 * hoursPerDay
	}
	return a.ga + margin
}

// firstCount is the same for counts, which need a whole day to begin with.
func (a axis) firstCount() int {
	if a.ga >= 3*hoursPerDay {
		return 2 * hoursPerDay
	}
	return a.ga + hoursPerDay
}

// fixedOnset is the onset when there are two days at most after GA day and none before:
// so few have nothing to search. False when there are more.
func (a axis) fixedOnset() (int, bool) {
	return a.ga + hoursPerDay, a.days()-a.gaDay() <= 3 && a.ga == 0
}

// assumeSlope settles the slope on load where two or three days cannot: as the
// load would explain the most of a change in the given direction, from not at
// all to in proportion. What is left then is no matter of load.
func (l *levels) assumeSlope(x []float64, sign float64) {
	l.assumed = nil
	if l.load == nil {
		return
	}
	var before, after, n, m float64
	for d, w := range l.weight {
		before += w * (1 - x[d]) * l.load[d]
		after += w * x[d] * l.load[d]
		n += w * (1 - x[d])
		m += w * x[d]
	}
	if n == 0 || m == 0 {
		return
	}
	slope := 0.0
	if sign*(after/m-before/n) > 0 {
		slope = 1
	}
	l.assumed = &slope
}

// calmer fits a shape with the noise inside the days measured about it: of two
// days, a step within one would else be taken for their noise.
func (l *levels) calmer(at shape, x []float64, pr prior) (design, shape, bool) {
	fit, ok := l.regress(x, pr)
	if !ok {
		return fit, at, false
	}
	clean := make([]float64, len(l.y))
	for i, v := range l.y {
		clean[i] = v - fit.delta*l.at(at, i)
	}
	// Never noisier than before: a shape out of place adds steps of its own.
	pr.variance += priorFactor * min(0, newLevels(l.axis, clean).within-l.within)
	fit, ok = l.regress(x, pr)
	return fit, at, ok
}

// search looks for the step or ramp that stands out most in the given
// direction (+1 worse, -1 better) among the onsets from a slot on.
func (l *levels) search(from int, sign float64, pr prior) (best design, at shape, ok bool) {
	x := make([]float64, len(l.level))
	if onset, fixed := l.axis.fixedOnset(); fixed {
		at = shape{onset: onset}
		l.regressor(at, x)
		l.assumeSlope(x, sign)
		at = l.locate(at)
		l.regressor(at, x)
		return l.calmer(at, x, pr)
	}
	for _, ramp := range []bool{false, true} {
		last := l.axis.end - margin
		if ramp {
			last = l.axis.end - 2*hoursPerDay // two days are no trend
		}
		for onset := from; onset <= last; onset += 2 {
			s := shape{ramp, onset}
			l.regressor(s, x)
			fit, good := l.regress(x, pr)
			if good && (!ok || standsOut(fit, best, sign)) {
				best, at, ok = fit, s, true
			}
		}
	}
	const promising = 2 // t from which the noise is measured again
	if ok && sign*best.t > promising {
		l.regressor(at, x)
		if fit, _, good := l.calmer(at, x, pr); good {
			best = fit
		}
	}
	return best, at, ok
}

// standsOut reports whether a fit stands out more than another. Onsets inside
// the first or the last day fit its level equally well; the one that takes the
// day whole counts.
func standsOut(a, b design, sign float64) bool {
	const tie = 1e-9
	switch ta, tb := sign*a.t, sign*b.t; {
	case ta > tb+tie*max(1, tb):
		return true
	case ta < tb-tie*max(1, tb):
		return false
	}
	return a.sxx > b.sxx
}
