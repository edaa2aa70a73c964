package chart

import (
	"fmt"
	"unicode/utf8"
)

// entry is a sample of something drawn and its name.
type entry struct {
	label string
	// sample draws it at the left end of a line of text.
	sample func(x, y float64)
	x, y   float64
}

// swatch is the width of a sample.
const swatch = 26

// legend lists what is drawn, each name once.
func (d *drawing) legend() []*entry {
	var all []*entry
	said := map[string]bool{"": true}
	add := func(label string, sample func(x, y float64)) {
		if !said[label] {
			said[label] = true
			all = append(all, &entry{label: shortened(label, 54), sample: sample})
		}
	}
	box := func(class, extra string) func(x, y float64) {
		return func(x, y float64) {
			d.put(`<rect class="%s" x="%s" y="%s" width="%d" height="12"%s/>`, class, px(x), px(y-11), swatch, extra)
		}
	}
	for i, line := range d.Lines {
		class, colour := "line", d.colour(i)
		if line.Faint {
			class += " faint"
		}
		add(line.Label, func(x, y float64) {
			d.put(`<path class="%s c%d" d="M%s %sh%d"/>`, class, colour, px(x), px(y-5), swatch)
			if line.Marks {
				d.mark(colour, x+swatch/2, y-5)
			}
		})
	}
	add(d.BarLabel, box("bar", ""))
	add(d.PartLabel, box("bar", fmt.Sprintf(` style="fill:url(#%s-part)"`, d.id())))
	for _, band := range d.Bands {
		add(band.Label, box("band", ""))
	}
	for _, l := range d.Limits {
		if known(l.Y) {
			add(l.Label, func(x, y float64) { d.put(`<path class="limit" d="M%s %sh%d"/>`, px(x), px(y-5), swatch) })
		}
	}
	for _, s := range d.Spans {
		if _, _, ok := d.clipped(s); ok {
			add(d.SpanLabel, box("span", ""))
		}
	}
	return all
}

// arrange places the entries in rows, with room for the text at its largest,
// and returns how many rows.
func (d *drawing) arrange(entries []*entry) int {
	x, row := 10.0, 0
	for i, e := range entries {
		room := swatch + 8 + wideGlyph*float64(utf8.RuneCountInString(e.label))
		if i == 0 {
			row = 1
		} else if x+room > width-right {
			x, row = 10, row+1
		}
		e.x, e.y = x, headLine+legendRow*float64(row)
		x += room + 16
	}
	return row
}

func (d *drawing) legendEntries(entries []*entry) {
	for _, e := range entries {
		e.sample(e.x, e.y)
		d.text(e.x+swatch+8, e.y, "name", "start", e.label)
	}
}
