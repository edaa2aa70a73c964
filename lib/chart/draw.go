package chart

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The picture in its own pixels.
const (
	width              = 720.0
	leastLeft, right   = 66.0, 14.0
	plotHeight, bottom = 220.0, 36.0
	headLine           = 26.0
	legendRow          = 30.0
	// abovePlot is room for what stands at the upper edge.
	abovePlot = 30.0
)

// drawing is a chart while it is drawn.
type drawing struct {
	*Chart
	b bytes.Buffer
	y scale
	// left and top are where the plot begins.
	left, top float64
}

// SVG draws the chart.
func (c *Chart) SVG() []byte {
	d := &drawing{Chart: c, y: scaleOf(c), left: leastLeft}
	for _, v := range d.y.ticks {
		d.left = math.Max(d.left, 12+wideGlyph*float64(utf8.RuneCountInString(d.y.label(v))))
	}
	entries := d.legend()
	rows := d.arrange(entries)
	d.top = headLine + legendRow*float64(rows) + abovePlot
	height := d.top + plotHeight + bottom
	id := d.id()
	d.put(`<svg xmlns="http://www.w3.org/2000/svg" class="tars-chart" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-labelledby="%s-title %s-desc">`,
		px(width), px(height), px(width), px(height), id, id)
	d.put(`<title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`, id, escaped(c.Title), id, escaped(c.Description))
	d.put("<style>%s</style>", style)
	d.put(`<defs><pattern id="%s-part" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`+
		`<rect class="bar" width="8" height="8"/><path class="hatch" d="M0 0V8"/></pattern></defs>`, id)
	d.put(`<rect class="ground" width="%s" height="%s"/>`, px(width), px(height))
	d.heading()
	d.legendEntries(entries)
	d.axes()
	d.spans()
	d.bands()
	d.bars()
	d.limits()
	d.lines()
	d.spanLabels()
	d.put("</svg>\n")
	return d.b.Bytes()
}

// id is the chart's ID as XML allows it.
func (d *drawing) id() string {
	return "chart-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, d.ID)
}

func (d *drawing) put(format string, args ...any) {
	fmt.Fprintf(&d.b, format, args...)
	if !strings.HasSuffix(format, "\n") {
		d.b.WriteByte('\n')
	}
}

func (d *drawing) text(x, y float64, class, anchor, text string) {
	d.put(`<text x="%s" y="%s" class="%s" text-anchor="%s">%s</text>`, px(x), px(y), class, anchor, escaped(text))
}

// heading writes the title and, less loud, the unit.
func (d *drawing) heading() {
	title, unit := shortened(d.Title, 42), ""
	if d.Unit != "" {
		unit = fmt.Sprintf(`<tspan class="unit">, %s</tspan>`, escaped(shortened(d.Unit, 54-utf8.RuneCountInString(title))))
	}
	d.put(`<text x="10" y="%s" class="head">%s%s</text>`, px(headLine), escaped(title), unit)
}

// px writes a length to a tenth of a pixel.
func px(v float64) string {
	v = math.Round(v*10) / 10
	if v == 0 {
		v = 0 // not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escaped writes text as XML; what XML cannot hold becomes U+FFFD.
func escaped(s string) string {
	return entities.Replace(strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, s))
}

// shortened cuts text to n letters.
func shortened(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// at returns the place of a time, and value the place of a value.
func (d *drawing) at(x float64) float64 {
	days := float64(d.LastDay + 1 - d.FirstDay)
	return d.left + (width-d.left-right)*(x-float64(d.FirstDay))/days
}

func (d *drawing) value(y float64) float64 { return d.top + plotHeight*(1-d.y.share(y)) }

// axes draws the grid, the ticks of values and the days.
func (d *drawing) axes() {
	for _, v := range d.y.ticks {
		y := d.value(v)
		d.put(`<path class="grid" d="M%s %sH%s"/>`, px(d.left), px(y), px(width-right))
		d.text(d.left-8, y+5, "tick", "end", d.y.label(v))
	}
	// Where there are more days than have room, some have their mark and name.
	letters := float64(len(fmt.Sprintf("day %d ", d.LastDay)))
	every := int(math.Ceil(letters * wideGlyph * float64(d.LastDay-d.FirstDay+1) / (width - d.left - right)))
	for n := d.FirstDay; n <= d.LastDay; n += max(every, 1) {
		d.put(`<path class="grid" d="M%s %sV%s"/>`, px(d.at(float64(n))), px(d.top), px(d.top+plotHeight))
		name := "GA"
		if n != 0 {
			name = fmt.Sprintf("day %d", n)
		}
		d.text(d.at(float64(n)+0.5), d.top+plotHeight+24, "day", "middle", name)
	}
	base := math.Max(d.y.low, math.Min(d.y.high, 0))
	if d.y.low > 0 {
		base = d.y.low
	}
	d.put(`<path class="axis" d="M%s %sH%s"/>`, px(d.left), px(d.value(base)), px(width-right))
}
