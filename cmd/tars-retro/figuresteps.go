package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/stat"
)

// sample is one value and when it was, in hours since the GA time.
type sample struct{ hour, value float64 }

// samples returns the values of a day that are known.
func (d measuredDay) samples(ga schema.Time) []sample {
	s := d.kpi.Series
	if s == nil || !(s.StepSeconds > 0 && s.StepSeconds <= 24*3600) {
		return nil
	}
	start, step := float64(24*d.number), s.StepSeconds/3600
	if !ga.IsZero() && !s.Start.IsZero() {
		start = s.Start.Sub(ga.Time).Hours()
	}
	var all []sample
	for i, v := range s.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			all = append(all, sample{start + (float64(i)+0.5)*step, v}) // the middle of its interval
		}
	}
	return all
}

// sampled fills a figure from the days' series; it is false when there is none.
func sampled(f *schema.KPIFigure, days []measuredDay) bool {
	last, step := 0, 1.0
	for _, d := range days {
		if s := d.kpi.Series; s != nil && s.StepSeconds <= 24*3600 {
			last, step = max(last, d.number), max(step, s.StepSeconds/3600)
		}
	}
	hours := float64(24 * (last + 1))
	step = max(step, math.Ceil(hours/mostSteps))
	steps := make([][]float64, int(math.Ceil(hours/step)))
	for _, d := range days {
		drawn := false
		for _, x := range d.samples(f.Typical.Start) {
			if i := math.Floor(x.hour / step); i >= 0 && i < float64(len(steps)) {
				steps[int(i)] = append(steps[int(i)], x.value)
				drawn = true
			}
		}
		if drawn {
			f.Evidence = append(f.Evidence, dayID(d.number))
		}
	}
	if len(f.Evidence) == 0 {
		return false
	}
	worst := slices.Max[[]float64]
	if f.Direction == kpi.HigherIsBetter {
		worst = slices.Min[[]float64]
	}
	f.Typical.StepSeconds, f.Typical.Values = step*3600, gap(len(steps))
	if f.Direction != kpi.Neutral {
		f.Worst = gap(len(steps))
	}
	for i, seen := range steps {
		if len(seen) == 0 {
			continue
		}
		f.Typical.Values[i] = stat.Median(seen)
		if f.Worst != nil {
			f.Worst[i] = worst(seen)
		}
	}
	every := "hour"
	if step != 1 {
		every = fmt.Sprintf("%g hours", step)
	}
	f.Caption = fmt.Sprintf("The line is the median of each %s", every)
	if f.Worst != nil {
		f.Caption += ", the thin line its worst sample"
	}
	if f.Baseline = usual(f.Typical.Start, days); f.Baseline != nil {
		f.Caption += ", the band what was usual on GA day at that hour (5th to 95th percentile, with the hours beside it)"
	}
	f.Caption += ". A gap is time without samples."
	return true
}

// usual is the band of GA day; nil without its series.
func usual(ga schema.Time, days []measuredDay) *schema.FigureBand {
	const hours = 24
	var by [hours][]float64
	for _, d := range days {
		if d.number != 0 {
			continue
		}
		for _, x := range d.samples(ga) {
			if h := int(math.Floor(x.hour)); h >= 0 && h < hours {
				by[h] = append(by[h], x.value)
			}
		}
	}
	band, drawn := &schema.FigureBand{Low: gap(hours), High: gap(hours)}, false
	for h := range hours {
		near := slices.Concat(by[(h+hours-1)%hours], by[h], by[(h+1)%hours])
		if len(by[h]) == 0 || len(near) < fewSamples {
			continue
		}
		drawn = true
		band.Low[h], band.High[h] = stat.Percentile(near, 5), stat.Percentile(near, 95)
	}
	if !drawn {
		return nil
	}
	return band
}

// gap is n values that are not known.
func gap(n int) schema.Values {
	return slices.Repeat(schema.Values{math.NaN()}, n)
}
