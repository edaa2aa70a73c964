package chart

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// How wide a shaded stretch is at least, and from where it is shaded less, in
// pixels.
const leastSpan, longSpan = 4, 80

// clipped returns a stretch as it is drawn; ok is false when it is not.
func (d *drawing) clipped(s Span) (from, to float64, ok bool) {
	first, last := float64(d.FirstDay), float64(d.LastDay+1)
	if math.IsNaN(s.From) || math.IsNaN(s.To) || s.To < first || s.From > last || s.From > s.To {
		return 0, 0, false
	}
	from, to = d.at(math.Max(s.From, first)), d.at(math.Min(s.To, last))
	if to-from < leastSpan {
		middle := (from + to) / 2
		from = math.Max(d.left, math.Min(width-right-leastSpan, middle-leastSpan/2))
		to = from + leastSpan
	}
	return from, to, true
}

func (d *drawing) spans() {
	for _, s := range d.Spans {
		if from, to, ok := d.clipped(s); ok {
			class := "span"
			if to-from > longSpan {
				class += " long"
			}
			d.put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`,
				class, px(from), px(d.top), px(to-from), px(plotHeight), escaped(s.Label))
		}
	}
}

// spanLabels names the stretches at the top, over everything else; one without
// room stays without name.
func (d *drawing) spanLabels() {
	free := d.left
	for _, s := range d.Spans {
		from, to, ok := d.clipped(s)
		room := wideGlyph*float64(utf8.RuneCountInString(s.Label)) + 8
		if !ok || s.Label == "" || room > (width-d.left-right)/2 {
			continue
		}
		x, anchor := to+5, "start"
		if to-from > max(room, longSpan) {
			x = from + 5 // within
		}
		if x+room > width-right {
			x, anchor = from-5, "end"
		}
		begin := x
		if anchor == "end" {
			begin = x - room
		}
		if begin < free {
			continue
		}
		free = begin + room
		d.text(x, d.top+18, "halo", anchor, s.Label)
	}
}

func (d *drawing) bands() {
	for _, band := range d.Bands {
		r := band.Ranges
		for _, run := range runs(len(r), func(i int) bool { return d.inside(r[i].X) && known(r[i].Low) && known(r[i].High) }) {
			var there, back strings.Builder
			for i := run[0]; i < run[1]; i++ {
				fmt.Fprintf(&there, "%s%s %s", step(i == run[0]), px(d.at(r[i].X)), px(d.value(r[i].High)))
			}
			for i := run[1] - 1; i >= run[0]; i-- {
				fmt.Fprintf(&back, "L%s %s", px(d.at(r[i].X)), px(d.value(r[i].Low)))
			}
			d.put(`<path class="band" d="%s%sZ"/>`, there.String(), back.String())
		}
	}
}

// step is the letter of a path: to move at its beginning, else to draw.
func step(first bool) string {
	if first {
		return "M"
	}
	return "L"
}

func (d *drawing) lines() {
	for n, line := range d.Lines {
		colour, p := d.colour(n), line.Points
		class := "line"
		if line.Faint {
			class += " faint"
		}
		for _, run := range runs(len(p), func(i int) bool { return d.inside(p[i].X) && known(p[i].Y) }) {
			if run[1]-run[0] > 1 {
				var path strings.Builder
				for i := run[0]; i < run[1]; i++ {
					fmt.Fprintf(&path, "%s%s %s", step(i == run[0]), px(d.at(p[i].X)), px(d.value(p[i].Y)))
				}
				d.put(`<path class="%s c%d" d="%s"/>`, class, colour, path.String())
			}
			for i := run[0]; i < run[1]; i++ {
				if line.Marks || run[1]-run[0] == 1 { // a point alone has no line
					d.mark(colour, d.at(p[i].X), d.value(p[i].Y))
				}
			}
		}
	}
}

// mark draws a circle, square, triangle or diamond, by the colour.
func (d *drawing) mark(colour int, x, y float64) {
	const r = 4.5
	switch colour {
	case 1:
		d.put(`<circle class="m1" cx="%s" cy="%s" r="%s"/>`, px(x), px(y), px(r))
	case 2:
		d.put(`<rect class="m2" x="%s" y="%s" width="%s" height="%s"/>`, px(x-r+0.5), px(y-r+0.5), px(2*r-1), px(2*r-1))
	case 3:
		d.put(`<path class="m3" d="M%s %sl5 9h-10Z"/>`, px(x), px(y-5.5))
	default:
		d.put(`<path class="m4" d="M%s %sl5.5 5.5l-5.5 5.5l-5.5 -5.5Z"/>`, px(x), px(y-5.5))
	}
}

func (d *drawing) bars() {
	for _, bar := range d.Bars {
		if bar.Day < d.FirstDay || bar.Day > d.LastDay {
			continue
		}
		middle := d.at(float64(bar.Day) + 0.5)
		zero := d.value(math.Max(d.y.low, math.Min(d.y.high, 0)))
		if !known(bar.Value) {
			d.text(middle, zero-8, "value", "middle", "?")
			continue
		}
		wide := 0.56 * (d.at(1) - d.at(0))
		y := d.value(bar.Value)
		fill := ""
		if bar.Part {
			fill = fmt.Sprintf(` style="fill:url(#%s-part)"`, d.id())
		}
		d.put(`<rect class="bar" x="%s" y="%s" width="%s" height="%s"%s/>`,
			px(middle-wide/2), px(math.Min(y, zero)), px(wide), px(math.Abs(zero-y)), fill)
		class := "value"
		if wideGlyph*float64(utf8.RuneCountInString(bar.Label)) > d.at(1)-d.at(0) {
			class += " wide" // no room where the chart is narrow
		}
		if bar.Label != "" {
			d.text(middle, math.Max(math.Min(y, zero)-7, d.top-7), class, "middle", bar.Label)
		}
	}
}

func (d *drawing) limits() {
	for _, l := range d.Limits {
		if known(l.Y) {
			d.put(`<path class="limit" d="M%s %sH%s"/>`, px(d.left), px(d.value(l.Y)), px(width-right))
		}
	}
}
