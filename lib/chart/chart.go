// Package chart draws small charts over the days of a watch as SVG: lines with
// a band behind them, bars, limits and shaded stretches. Data in, bytes out,
// the same bytes for the same data.
//
// A chart scales to the width it is given, and its text grows where that is
// narrow; colours follow the reader's light or dark theme, and nothing is told
// by colour alone. Text stays text, with a title and a description for those
// who cannot see the chart. There is no script and nothing is loaded.
//
// Written here since gonum/plot and go-analyze/charts fix colours when they
// draw, describe nothing for screen readers, and add 1.6 MB, much of it fonts.
package chart

import "math"

// Chart is one picture. The x axis counts days: day n is [n, n+1), GA day being
// day 0. A value that is not a finite number is not known and is a gap, which
// no line bridges; so is what lies outside the days.
type Chart struct {
	// ID makes the ids in the picture its own, so that several can stand in one
	// page.
	ID string
	// Title is the heading; Description says in words what the picture shows.
	Title, Description string
	// Unit is that of the y axis and follows the heading; it may be empty.
	Unit string
	// FirstDay and LastDay bound the x axis, both included.
	FirstDay, LastDay int
	// FromZero makes the y axis include 0; otherwise it spans the data alone.
	FromZero bool
	// Highest ends the y axis where values cannot be higher, 100 for percentages
	// of a whole; nil where there is no such limit, or the data pass it.
	Highest *float64

	Bands  []Band
	Lines  []Line
	Bars   []Bar
	Limits []Limit
	Spans  []Span
	// BarLabel is the bars' entry in the legend, PartLabel that of the bars that
	// are only a part, SpanLabel that of the shaded stretches; empty is none.
	BarLabel, PartLabel, SpanLabel string
}

// Point is a value at a time, in days.
type Point struct{ X, Y float64 }

// Line joins points, which are in the order of X.
type Line struct {
	Label  string
	Points []Point
	// Marks draws a mark at each point, for lines of few points.
	Marks bool
	// Faint draws a thin line in the colour of the line before it.
	Faint bool
}

// Range is a low and a high value at a time, in days.
type Range struct{ X, Low, High float64 }

// Band is the area between two curves, drawn behind all lines.
type Band struct {
	Label  string
	Ranges []Range
}

// Bar is the value of a day; a NaN value is drawn as a question mark.
type Bar struct {
	Day   int
	Value float64
	// Label stands above the bar.
	Label string
	// Part marks a value that is not of the whole day.
	Part bool
}

// Limit is a value to keep to, drawn across.
type Limit struct {
	Label string
	Y     float64
}

// Span is a stretch of time that is shaded, in days.
type Span struct {
	// Label is short and stands at the stretch, where there is room.
	Label    string
	From, To float64
}

// known reports whether a value can be drawn.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// inside reports whether a time lies on the x axis.
func (c *Chart) inside(x float64) bool {
	return known(x) && x >= float64(c.FirstDay) && x <= float64(c.LastDay+1)
}

// colour returns which colour a line has, from 1.
func (c *Chart) colour(line int) int {
	n := 0
	for _, l := range c.Lines[:line+1] {
		if !l.Faint {
			n++
		}
	}
	return max(n-1, 0)%colours + 1
}

// runs splits n points where one cannot be drawn; each run is [from, to).
func runs(n int, drawn func(i int) bool) [][2]int {
	var out [][2]int
	for i := 0; i < n; i++ {
		if !drawn(i) {
			continue
		}
		from := i
		for i < n && drawn(i) {
			i++
		}
		out = append(out, [2]int{from, i})
	}
	return out
}
