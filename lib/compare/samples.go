package compare

import (
	"math"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// How far around the hour of an onset its sample is looked for, and how much
// more is read on each side to know the levels.
const (
	refineHours = 6
	refineLevel = 18
	minSamples  = 60
)

// refine finds the sample at which a step began, near the hour that was found.
// Between samples minutes apart a wander moves little, so that a step stands
// out more than between hours. It returns the hour's beginning where the
// samples do not tell.
func (st *study) refine(s shape) time.Time {
	a := st.levels.axis
	hour := a.timeOf(s.onset)
	if s.ramp {
		return hour
	}
	times, r := st.samples(hour.Add(-(refineHours+refineLevel)*time.Hour), hour.Add((refineHours+refineLevel)*time.Hour))
	if len(r) < minSamples {
		return hour
	}
	rho := stepAutocorrelation(r, times, hour)
	best, least := hour, math.Inf(1)
	for i, t := range times {
		if i == 0 || t.Before(hour.Add(-refineHours*time.Hour)) || t.After(hour.Add(refineHours*time.Hour)) {
			continue
		}
		if rss := stepRSS(r, i, rho); rss < least {
			best, least = t, rss
		}
	}
	return best
}

// samples are the cell's samples between two times on the scale of the test,
// less the hour of the day (between hours by straight lines), each with the
// beginning of its interval.
func (st *study) samples(from, to time.Time) (times []time.Time, r []float64) {
	series := []*schema.Series{st.cell.base.Series}
	for _, k := range st.cell.days {
		series = append(series, k.Series)
	}
	for _, s := range series {
		if s == nil || s.StepSeconds <= 0 || s.Start.After(to) || s.End().Before(from) {
			continue
		}
		for i, v := range s.Values {
			t := s.Start.Add(time.Duration(i) * s.Step())
			if t.Before(from) || t.After(to) || math.IsNaN(v) || st.scale.log && v <= 0 {
				continue
			}
			times = append(times, t)
			r = append(r, st.scale.of(v)-st.levels.profileAt(t.Add(s.Step()/2)))
		}
	}
	return times, r
}

// profileAt is the hour of the day at a moment, hours joined by straight lines.
func (l *levels) profileAt(t time.Time) float64 {
	at := t.Sub(l.axis.start).Hours() - 0.5
	hour := math.Floor(at)
	share := at - hour
	wrap := func(h float64) int { return (int(h)%hoursPerDay + hoursPerDay) % hoursPerDay }
	return (1-share)*l.profile[wrap(hour)] + share*l.profile[wrap(hour+1)]
}

// stepAutocorrelation is the lag-one autocorrelation of the samples about the
// means before and after a time.
func stepAutocorrelation(r []float64, times []time.Time, onset time.Time) float64 {
	var sum, n [2]float64
	side := func(i int) int {
		if times[i].Before(onset) {
			return 0
		}
		return 1
	}
	for i, v := range r {
		sum[side(i)] += v
		n[side(i)]++
	}
	var variance, lag float64
	for i := 1; i < len(r); i++ {
		a, b := r[i-1]-sum[side(i-1)]/n[side(i-1)], r[i]-sum[side(i)]/n[side(i)]
		variance += b * b
		lag += a * b
	}
	if variance == 0 {
		return 0
	}
	return min(0.99, max(0, lag/variance))
}

// stepRSS is the residual sum of squares of a constant and a step from sample
// onset on, after whitening.
func stepRSS(r []float64, onset int, rho float64) float64 {
	var n, sx, sy, sxx, sxy, syy float64
	for i := 1; i < len(r); i++ {
		y := r[i] - rho*r[i-1]
		x := 0.0
		switch {
		case i == onset:
			x = 1
		case i > onset:
			x = 1 - rho
		}
		n++
		sx += x
		sy += y
		sxx += x * x
		sxy += x * y
		syy += y * y
	}
	dxx := sxx - sx*sx/n
	if dxx <= 0 {
		return math.Inf(1)
	}
	dxy := sxy - sx*sy/n
	return syy - sy*sy/n - dxy*dxy/dxx
}
