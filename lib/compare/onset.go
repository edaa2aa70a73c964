package compare

import "math"

// locate finds the hour at which a step or ramp began, by least squares on the
// hours: the days have said that there is one, the hours say when and of which
// shape. Neighbouring hours are whitened by their own autocorrelation first, so
// that a slow wander is not taken for an edge.
func (l *levels) locate(s shape) shape {
	best, least := s, math.Inf(1)
	r := make([]float64, len(l.y))
	for _, ramp := range []bool{false, true} {
		if ramp && l.axis.end-l.axis.ga < 4*hoursPerDay {
			continue // too short to tell a ramp from a step
		}
		at := shape{ramp, s.onset}
		rss := math.Inf(1)
		for range 3 {
			l.withoutShape(at, r)
			found, squares, ok := l.edge(ramp, r)
			if !ok {
				break
			}
			rss = squares
			if found == at {
				break
			}
			at = found
		}
		if rss < least {
			best, least = at, rss
		}
	}
	return best
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

// beforeGain is the gain in log likelihood from which an onset before GA is
// believed rather than the best one after it: a release must not be excused by
// a coin toss.
const beforeGain = 6

// graceHours before GA still belong to it: deploys begin before the moment that
// is written down.
const graceHours = 3

// edge returns the onset with the least squares of whitened hours.
func (l *levels) edge(ramp bool, r []float64) (at shape, rss float64, ok bool) {
	rho := l.lagOne()
	var before, after shape
	leastBefore, leastAfter, n := math.Inf(1), math.Inf(1), 0.0
	first := max(0, l.axis.ga-7*hoursPerDay)
	last := l.axis.end - margin
	if ramp {
		last = l.axis.end - 2*hoursPerDay
	}
	for onset := first + margin; onset <= last; onset++ {
		s := shape{ramp, onset}
		rss, used := l.whitened(s, r, rho)
		n = max(n, used)
		switch {
		case onset < l.axis.ga-graceHours:
			if rss < leastBefore {
				before, leastBefore = s, rss
			}
		case rss < leastAfter:
			after, leastAfter = s, rss
		}
	}
	if leastBefore < leastAfter && (math.IsInf(leastAfter, 1) || n/2*math.Log(leastAfter/leastBefore) > beforeGain) {
		return before, leastBefore, true
	}
	return after, leastAfter, !math.IsInf(leastAfter, 1)
}

// whitened is the residual sum of squares of a constant and a shape on
// whitened hours, and how many hours it is over.
func (l *levels) whitened(s shape, r []float64, rho float64) (rss, n float64) {
	var sx, sy, sxx, sxy, syy float64
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
		return math.Inf(1), n
	}
	dxy := sxy - sx*sy/n
	return max(1e-300, syy-sy*sy/n-dxy*dxy/dxx), n
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
