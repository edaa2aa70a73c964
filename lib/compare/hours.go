package compare

import (
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// hoursPerDay is the length of a day in slots of the grid.
const hoursPerDay = 24

// axis is the time of a comparison in hours. Slot 0 is the first hour of the
// history before GA, or GA itself; slot ga is the hour that begins at GA. Days
// count from GA, whatever the clock says.
type axis struct {
	start time.Time // of slot 0
	ga    int       // slot of GA
	slots int       // whole days
	end   int       // the slot after the last one that was measured
}

// newAxis spans the history of the baseline, GA day and the days after it.
func (w *week) newAxis() axis {
	a := axis{start: w.start}
	if w.base != nil && w.base.History != nil && w.base.History.StepSeconds == 3600 {
		before := int(math.Round(w.start.Sub(w.base.History.Start.Time).Hours()))
		before -= before % hoursPerDay
		a.ga = max(0, min(before, 28*hoursPerDay))
		a.start = w.start.Add(-time.Duration(a.ga) * time.Hour)
	}
	last := 0
	if len(w.days) > 0 {
		last = min(w.days[len(w.days)-1].DayNumber, 400)
	}
	a.slots = a.ga + (last+1)*hoursPerDay
	a.end = a.slots
	if n := len(w.days); n > 0 && w.days[n-1].Window != nil {
		// A day that is not over ends at its last whole hour.
		hours := int(w.days[n-1].Window.End.Sub(a.start).Hours())
		a.end = min(a.slots, max(a.slots-hoursPerDay+1, hours))
	}
	return a
}

func (a axis) timeOf(slot int) time.Time { return a.start.Add(time.Duration(slot) * time.Hour) }

func (a axis) days() int { return a.slots / hoursPerDay }

// gaDay is the number of GA day counted from the first day of the axis.
func (a axis) gaDay() int { return a.ga / hoursPerDay }

// hourly is one KPI on the axis. A missing hour is NaN.
type hourly struct {
	median, mean, sum []float64
	// n is the number of samples in the hour.
	n []float64
	// slow is the number of samples above tailFactor times their own hour's
	// median.
	slow []float64
	// points are the samples of whole days, kept for nothing but the count of
	// those that an hour should have.
	perHour float64
}

// tailFactor is how far above its hour's median a point counts as slow.
const tailFactor = 1.5

func newHourly(a axis) *hourly {
	h := &hourly{}
	for _, s := range []*[]float64{&h.median, &h.mean, &h.sum, &h.n, &h.slow} {
		*s = make([]float64, a.slots)
	}
	for i := range h.median {
		h.median[i], h.mean[i], h.sum[i], h.slow[i] = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	return h
}

// add puts a series into its hours. An hour with less than a third of its
// samples counts as missing.
func (h *hourly) add(a axis, s *schema.Series, skipBefore time.Time) {
	if s == nil || s.StepSeconds <= 0 {
		return
	}
	perHour := max(1, 3600/s.StepSeconds)
	h.perHour = max(h.perHour, perHour)
	offset := s.Start.Sub(a.start).Seconds()
	first := math.MinInt
	if !skipBefore.IsZero() {
		first = int(math.Ceil(skipBefore.Sub(a.start).Hours()))
	}
	var hour []float64
	current := -1
	flush := func() {
		if current >= 0 && current < len(h.n) && float64(len(hour)) >= perHour/3 && len(hour) > 0 {
			h.fill(current, hour)
		}
		hour = hour[:0]
	}
	for i, v := range s.Values {
		at := offset + (float64(i)+0.5)*s.StepSeconds
		slot := int(math.Floor(at / 3600))
		if slot != current {
			flush()
			current = slot
		}
		if slot >= first && !math.IsNaN(v) {
			hour = append(hour, v)
		}
	}
	flush()
}

// fill settles one hour from its samples.
func (h *hourly) fill(slot int, values []float64) {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	slices.Sort(values)
	m := values[len(values)/2]
	if len(values)%2 == 0 {
		m = (m + values[len(values)/2-1]) / 2
	}
	slow := 0
	for i := len(values) - 1; i >= 0 && values[i] > tailFactor*m; i-- {
		slow++
	}
	h.median[slot], h.mean[slot], h.sum[slot] = m, sum/float64(len(values)), sum
	h.n[slot], h.slow[slot] = float64(len(values)), float64(slow)
}

// hourly puts a cell on the axis: history, GA day and the days after it.
func (w *week) hourly(c *cell, a axis) *hourly {
	h := newHourly(a)
	if a.ga > 0 && c.scope == (scope{}) {
		history := w.base.History
		shift := int(math.Round(a.start.Sub(history.Start.Time).Hours()))
		for i, v := range history.KPIs[c.key] {
			if slot := i - shift; slot >= 0 && slot < a.ga && !math.IsNaN(v) {
				h.median[slot], h.mean[slot], h.sum[slot], h.n[slot] = v, v, v, 1
			}
		}
	}
	h.add(a, c.base.Series, w.start.Add(w.opts.WarmUp))
	for _, k := range c.days {
		h.add(a, k.Series, time.Time{})
	}
	return h
}
