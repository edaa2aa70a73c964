package compare

import "math"

// locate finds the hour at which a step or ramp began, by least squares on the
// hours: the days have said that there is one, the hours say when. Neighbouring
// hours are whitened by their own autocorrelation first, so that a slow wander
// is not taken for an edge.
func (l *levels) locate(s shape) shape {
	r := make([]float64, len(l.y))
	for range 3 {
		l.withoutShape(s, r)
		found, ok := l.edge(s.ramp, r)
		if !ok || found == s {
			break
		}
		s = found
	}
	return s
}

// withoutShape fills r with the hours less the hour of the day, which is
// estimated with the shape taken out.
func (l *levels) withoutShape(s shape, r []float64) {
	x := make([]float64, len(l.level))
	l.regressor(s, x)
	fit, ok := l.regress(x, prior{variance: 1, df: 1})
	if !ok {
		fit = design{}
	}
	clean := make([]float64, len(l.y))
	for i, v := range l.y {
		clean[i] = v - fit.delta*l.at(s, i)
		if l.load != nil {
			clean[i] -= fit.slope * l.load[i/hoursPerDay]
		}
	}
	plain := newLevels(l.axis, clean)
	for i, v := range l.y {
		r[i] = v - plain.profile[i%hoursPerDay]
		if l.load != nil {
			r[i] -= fit.slope * l.load[i/hoursPerDay]
		}
	}
}

// at is the regressor of a shape in one hour.
func (l *levels) at(s shape, slot int) float64 {
	switch {
	case slot < s.onset:
		return 0
	case s.ramp:
		return (float64(slot-s.onset) + 0.5) / hoursPerDay
	}
	return 1
}

// edge returns the onset with the least squares of whitened hours.
func (l *levels) edge(ramp bool, r []float64) (shape, bool) {
	rho := l.lagOne()
	best, bestRSS := shape{}, math.Inf(1)
	first := max(0, l.axis.ga-7*hoursPerDay)
	for onset := first + margin; onset <= l.axis.slots-margin; onset++ {
		s := shape{ramp, onset}
		var n, sx, sy, sxx, sxy, syy float64
		for i := 1; i < len(r); i++ {
			y := r[i] - rho*r[i-1]
			if math.IsNaN(y) {
				continue
			}
			x := l.at(s, i) - rho*l.at(s, i-1)
			n++
			sx += x
			sy += y
			sxx += x * x
			sxy += x * y
			syy += y * y
		}
		dxx := sxx - sx*sx/n
		if n < 4 || dxx <= 0 {
			continue
		}
		dxy := sxy - sx*sy/n
		if rss := syy - sy*sy/n - dxy*dxy/dxx; rss < bestRSS {
			best, bestRSS = s, rss
		}
	}
	return best, !math.IsInf(bestRSS, 1)
}

// lagOne is the autocorrelation of neighbouring hours within the days.
func (l *levels) lagOne() float64 {
	var sum, lag, n, m float64
	for s := range l.y {
		r := l.residual(s)
		if math.IsNaN(r) {
			continue
		}
		sum += r * r
		n++
		if s%hoursPerDay != 0 {
			if q := l.residual(s - 1); !math.IsNaN(q) {
				lag += r * q
				m++
			}
		}
	}
	if sum == 0 || m == 0 {
		return 0
	}
	return min(0.9, max(0, (lag/m)/(sum/n)))
}
