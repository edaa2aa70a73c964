package compare

import (
	"math"
	"slices"
)

// run is an incident: hours far worse than the same hours of other days, that
// ended. from is its first slot, to the first one after it.
type run struct {
	from, to int
	// excess is the median of the run over the worse of the levels before and
	// after it, in units of scale; scale is the ordinary spread of hours.
	excess, scale float64
	// p is the chance of such a run anywhere in the week. Hours have heavier
	// tails than the normal distribution, hence the few degrees of freedom.
	p float64
	// recent is true when too few hours have passed since to call it over.
	recent bool
}

// An incident is over when this many hours since were ordinary; it is no longer
// than this, or it is a level.
const (
	recovered    = 12
	ended        = 3 // hours since that say at least that it ended
	longest      = 60
	incidentEdge = 3.0 // spreads above the ordinary, where a run begins and ends
	incidentPeak = 5.0 // spreads that its median must reach
)

// incidents finds the recovered incidents of a series that is positive for
// worse. floor is the least spread.
func incidents(y []float64, floor float64) []run {
	r := withoutProfile(y)
	centre := rolling(r)
	scale := max(floor, spread(r, centre))
	if scale == 0 || math.IsNaN(scale) {
		return nil
	}
	rho := wander(r, centre, scale)
	var runs []run
	for s := 0; s < len(r); s++ {
		if math.IsNaN(r[s]) || r[s]-centre[s] < incidentEdge*scale {
			continue
		}
		end, quiet := s+1, 0
		for t := s + 1; t < len(r) && quiet < 2; t++ {
			switch {
			case math.IsNaN(r[t]):
			case r[t]-centre[t] >= incidentEdge*scale:
				end, quiet = t+1, 0
			default:
				quiet++
			}
		}
		if found, ok := judgeRun(r, s, end, scale, rho); ok {
			runs = append(runs, found)
		}
		s = end
	}
	return runs
}

// judgeRun measures a run against the days before and after it.
func judgeRun(r []float64, from, to int, scale, rho float64) (run, bool) {
	last := len(r)
	for last > 0 && math.IsNaN(r[last-1]) {
		last--
	}
	if to-from > longest || to > last-ended {
		return run{}, false
	}
	inside := median(r[from:to])
	after := median(r[min(len(r), to+1):min(len(r), to+hoursPerDay)])
	before := median(r[max(0, from-hoursPerDay):max(0, from-1)])
	reference := after
	if !math.IsNaN(before) {
		reference = max(after, before)
	}
	if math.IsNaN(reference) {
		return run{}, false
	}
	found := run{from: from, to: to, recent: to > last-recovered, excess: inside - reference, scale: scale}
	const hoursFreedom = 8
	// Neighbouring hours count for less than one each.
	independent := 1 + float64(to-from-1)*(1-rho)/(1+rho)
	found.p = min(1, float64(len(r))*tail(found.excess/scale*math.Sqrt(independent), hoursFreedom))
	return found, found.excess >= incidentPeak*scale
}

// withoutProfile takes the median hour of the day out of a series.
func withoutProfile(y []float64) []float64 {
	r := make([]float64, len(y))
	var hour []float64
	for h := range hoursPerDay {
		hour = hour[:0]
		for s := h; s < len(y); s += hoursPerDay {
			if !math.IsNaN(y[s]) {
				hour = append(hour, y[s])
			}
		}
		m := medianInPlace(hour)
		for s := h; s < len(y); s += hoursPerDay {
			r[s] = y[s] - m
		}
	}
	return r
}

// rolling is, for each hour, the ordinary level around it: the median of the
// five days about it, which no incident of two days moves.
func rolling(r []float64) []float64 {
	const half, stride = 60, 12
	out := make([]float64, len(r))
	around := make([]float64, 0, 2*half+stride)
	for s := 0; s < len(r); s += stride {
		around = around[:0]
		for _, v := range r[max(0, s-half):min(len(r), s+stride+half)] {
			if !math.IsNaN(v) {
				around = append(around, v)
			}
		}
		m := medianInPlace(around)
		for t := s; t < min(len(r), s+stride); t++ {
			out[t] = m
		}
	}
	return out
}

// spread is the standard deviation that the median absolute deviation of hours
// from the level around them stands for.
func spread(r, centre []float64) float64 {
	d := make([]float64, 0, len(r))
	for s, v := range r {
		if !math.IsNaN(v) {
			d = append(d, math.Abs(v-centre[s]))
		}
	}
	const normal = 1.4826 // of a normal distribution
	if len(d) == 0 {
		return 0
	}
	mad := normal * medianInPlace(d)
	// Where most hours are alike (availability), the median sees no spread:
	// the least four fifths do, and leave an incident of a day out.
	sum := 0.0
	least := d[:len(d)*4/5]
	for _, v := range least {
		sum += v * v
	}
	const trimmed = 1.51 // four fifths of a normal distribution to all of it
	return max(mad, trimmed*math.Sqrt(sum/float64(max(1, len(least)))))
}

// wander is the lag-one autocorrelation of ordinary hours about the level around
// them; what is far off is cut short, so that an incident does not count.
func wander(r, centre []float64, scale float64) float64 {
	cut := func(s int) float64 { return min(3*scale, max(-3*scale, r[s]-centre[s])) }
	var sum, lag float64
	for s := 1; s < len(r); s++ {
		if a, b := cut(s-1), cut(s); !math.IsNaN(a) && !math.IsNaN(b) {
			sum += b * b
			lag += a * b
		}
	}
	if sum == 0 {
		return 0
	}
	return min(0.95, max(0, lag/sum))
}

// mask takes the hours of recovered incidents, and one on each side, out of a
// series. What may not be over stays.
func mask(y []float64, runs []run) {
	for _, r := range runs {
		for s := max(0, r.from-1); !r.recent && s < min(len(y), r.to+1); s++ {
			y[s] = math.NaN()
		}
	}
}

func median(v []float64) float64 {
	known := make([]float64, 0, len(v))
	for _, x := range v {
		if !math.IsNaN(x) {
			known = append(known, x)
		}
	}
	return medianInPlace(known)
}

func medianInPlace(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	m := v[len(v)/2]
	if len(v)%2 == 0 {
		m = (m + v[len(v)/2-1]) / 2
	}
	return m
}
