package chart

import (
	"math"
	"strconv"
	"strings"
)

// scale is the y axis: from low to high, with ticks at nice values.
type scale struct {
	low, high, step float64
	ticks           []float64
}

// wantedTicks is about how many steps an axis has.
const wantedTicks = 5

// scaleOf returns the axis of a chart: its data and its limits, widened to
// ticks at 1, 2 or 5 times a power of ten.
func scaleOf(c *Chart) scale {
	low, high := c.extent()
	if low > high { // nothing is known
		low, high = 0, 1
	}
	capped := c.Highest != nil && high <= *c.Highest
	if c.FromZero {
		low, high = math.Min(low, 0), math.Max(high, 0)
	}
	// One value alone, as far as can be drawn, stands in the middle; zero alone
	// at the bottom.
	const least = 1e-100
	switch size := math.Max(math.Abs(low), math.Abs(high)); {
	case c.FromZero && size < least:
		low, high = 0, 1
	case high/2-low/2 <= math.Max(size*1e-9, least):
		room := math.Max(size*0.1, 1e-3)
		low, high = bounded(low-room), bounded(high+room)
	}
	if capped {
		high = math.Min(high, *c.Highest)
	}
	s := scale{step: niceStep(low, high)}
	first, last := math.Floor(low/s.step), math.Ceil(high/s.step-1e-9)
	s.low, s.high = bounded(first*s.step), bounded(last*s.step)
	if capped {
		s.high = math.Min(s.high, math.Max(*c.Highest, high))
	}
	for i := first; i <= last && len(s.ticks) <= 4*wantedTicks; i++ {
		if v := i * s.step; v >= s.low && v <= s.high {
			s.ticks = append(s.ticks, v)
		}
	}
	return s
}

// extent returns the least and the greatest value drawn; least is above
// greatest when there is none.
func (c *Chart) extent() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	add := func(x, y float64) {
		if c.inside(x) && known(y) {
			low, high = math.Min(low, y), math.Max(high, y)
		}
	}
	for _, l := range c.Lines {
		for _, p := range l.Points {
			add(p.X, p.Y)
		}
	}
	for _, b := range c.Bands {
		for _, r := range b.Ranges {
			if known(r.Low) && known(r.High) {
				add(r.X, r.Low)
				add(r.X, r.High)
			}
		}
	}
	for _, b := range c.Bars {
		add(float64(b.Day), b.Value)
	}
	for _, l := range c.Limits {
		add(float64(c.FirstDay), l.Y)
	}
	return low, high
}

// niceStep returns the distance of ticks; halves keep the sum of the largest
// numbers finite.
func niceStep(low, high float64) float64 {
	rough := (high/2 - low/2) / wantedTicks * 2
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	if power == 0 || !known(power) {
		return math.Max(rough, math.SmallestNonzeroFloat64)
	}
	for _, times := range []float64{1, 2, 5} {
		if times*power >= rough*0.999 {
			return times * power
		}
	}
	return 10 * power
}

func bounded(v float64) float64 { return math.Max(-math.MaxFloat64, math.Min(math.MaxFloat64, v)) }

// share returns where a value lies between low (0) and high (1).
func (s scale) share(v float64) float64 {
	return math.Max(0, math.Min(1, (v/2-s.low/2)/(s.high/2-s.low/2)))
}

// label writes a tick with the decimals that its step needs.
func (s scale) label(v float64) string {
	if math.Abs(v) < s.step/2 {
		return "0"
	}
	decimals := max(0, -int(math.Floor(math.Log10(s.step)+1e-9)))
	switch abs := math.Abs(v); {
	case abs >= 1e15 || decimals > 5:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case abs >= 1e9:
		return trimmed(v/1e9) + "G"
	case abs >= 1e6:
		return trimmed(v/1e6) + "M"
	case abs >= 1e4:
		return trimmed(v/1e3) + "k"
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', decimals, 64), "-", "−", 1)
}

func trimmed(v float64) string { return strconv.FormatFloat(v, 'f', -1, 32) }
