package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/chart"
)

var nan = math.NaN()

// element is one element of a drawn chart.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// draw draws a chart, twice, and reads it back.
func draw(t *testing.T, c *chart.Chart) []element {
	t.Helper()
	svg := c.SVG()
	if !bytes.Equal(svg, c.SVG()) {
		t.Fatal("the same chart is drawn otherwise")
	}
	var all []element
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if len(all) > 0 {
				all[len(all)-1].text += strings.TrimSpace(string(x))
			}
		}
	}
}

// of returns the elements of a name and class.
func of(all []element, name, class string) []element {
	var found []element
	for _, e := range all {
		if e.name == name && (class == "" || strings.Contains(" "+e.attrs["class"]+" ", " "+class+" ")) {
			found = append(found, e)
		}
	}
	return found
}

// curves are the lines in the plot, without those of the legend.
func curves(all []element) []string {
	var paths []string
	for _, e := range of(all, "path", "line") {
		if !strings.Contains(e.attrs["d"], "h") {
			paths = append(paths, e.attrs["d"])
		}
	}
	return paths
}

func line(values ...float64) chart.Line {
	l := chart.Line{Label: "line"}
	for i, v := range values {
		l.Points = append(l.Points, chart.Point{X: float64(i) + 0.5, Y: v})
	}
	return l
}

// TestGaps: what is not known is never bridged, and a point alone is a dot.
func TestGaps(t *testing.T) {
	for _, x := range []struct {
		name         string
		values       []float64
		pieces, dots int
	}{
		{"whole", []float64{1, 2, 3, 4}, 1, 0},
		{"a gap", []float64{1, 2, nan, 4, 5}, 2, 0},
		{"gaps at the ends", []float64{nan, 1, 2, math.Inf(1)}, 1, 0},
		{"alone between gaps", []float64{1, 2, nan, 3, nan, 4, 5}, 2, 1},
		{"one", []float64{3}, 0, 1},
		{"nothing known", []float64{nan, nan}, 0, 0},
		{"beyond the days", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 1, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			all := draw(t, &chart.Chart{LastDay: 7, Lines: []chart.Line{line(x.values...)}})
			if got := len(curves(all)); got != x.pieces {
				t.Errorf("%d pieces, want %d", got, x.pieces)
			}
			if got := len(of(all, "circle", "")); got != x.dots {
				t.Errorf("%d dots, want %d", got, x.dots)
			}
		})
	}
}

var pair = regexp.MustCompile(`[ML](-?[0-9.]+) (-?[0-9.]+)`)

// points reads the absolute points of a path.
func points(t *testing.T, path string) [][2]float64 {
	t.Helper()
	var all [][2]float64
	for _, m := range pair.FindAllStringSubmatch(path, -1) {
		x, errX := strconv.ParseFloat(m[1], 64)
		y, errY := strconv.ParseFloat(m[2], 64)
		if errX != nil || errY != nil {
			t.Fatalf("%q is no point", m[0])
		}
		all = append(all, [2]float64{x, y})
	}
	return all
}

// checkInside: everything drawn lies in the plot, at a tenth of a pixel, and in
// order.
func checkInside(t *testing.T, c *chart.Chart) {
	t.Helper()
	all := draw(t, c)
	if s := string(c.SVG()); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
		t.Fatalf("no number is drawn in\n%s", s)
	}
	plot := of(all, "path", "axis")
	if len(plot) != 1 {
		t.Fatalf("%d axes", len(plot))
	}
	var box []float64
	for part := range strings.FieldsSeq(all[0].attrs["viewBox"]) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil {
			t.Fatal(err)
		}
		box = append(box, v)
	}
	for _, d := range curves(all) {
		last := 0.0
		for _, p := range points(t, d) {
			if p[0] < last {
				t.Fatalf("goes back: %s", d)
			}
			last = p[0]
			if p[0] < 60 || p[0] > box[2]-10 || p[1] < 20 || p[1] > box[3]-30 {
				t.Fatalf("%v lies outside: %s", p, d)
			}
		}
	}
	for _, e := range of(all, "text", "tick") {
		y, err := strconv.ParseFloat(e.attrs["y"], 64)
		if err != nil || y > box[3]-20 {
			t.Fatalf("tick %s at %s", e.text, e.attrs["y"])
		}
		n := float64(len([]rune(e.text)))
		if x, err := strconv.ParseFloat(e.attrs["x"], 64); err != nil || n == 0 || n > 10 || x < 11*n {
			t.Fatalf("tick %q at %s, where it has no room", e.text, e.attrs["x"])
		}
	}
	if n := len(of(all, "text", "tick")); n < 2 || n > 12 {
		t.Errorf("%d ticks", n)
	}
}

func TestExtremes(t *testing.T) {
	for _, values := range [][]float64{
		{},
		{nan},
		{0},
		{0, 0, 0},
		{100, 100},
		{-3, -3},
		{1e-300, 2e-300},
		{5e-324},
		{1e300, -1e300, 2e300},
		{math.MaxFloat64, -math.MaxFloat64},
		{math.MaxFloat64},
		{1e15, 1e15 + 1},
		{1, 1 + 1e-15},
		{99.99999, 100},
		{-5, 100},
		{12345, 23456},
	} {
		for _, fromZero := range []bool{true, false} {
			for _, highest := range []*float64{nil, new(100.0)} {
				t.Run(fmt.Sprint(values, fromZero, highest != nil), func(t *testing.T) {
					checkInside(t, &chart.Chart{LastDay: 7, FromZero: fromZero, Highest: highest, Lines: []chart.Line{line(values...)}})
				})
			}
		}
	}
}

// TestRandom draws many charts of all parts.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	value := func() float64 {
		switch r.IntN(10) {
		case 0:
			return nan
		case 1:
			return math.Inf(r.IntN(2)*2 - 1)
		}
		return r.NormFloat64() * math.Pow(10, float64(r.IntN(30)-15))
	}
	for range 300 {
		c := &chart.Chart{FirstDay: r.IntN(2), LastDay: 1 + r.IntN(40), FromZero: r.IntN(2) == 0, SpanLabel: "span"}
		for range r.IntN(6) {
			l := chart.Line{Label: "l", Marks: r.IntN(2) == 0, Faint: r.IntN(2) == 0}
			for i := range r.IntN(60) {
				l.Points = append(l.Points, chart.Point{X: float64(i)/2 - 1, Y: value()})
			}
			c.Lines = append(c.Lines, l)
		}
		for i := range r.IntN(9) {
			c.Bars = append(c.Bars, chart.Bar{Day: i - 1, Value: value(), Label: "12.3", Part: r.IntN(2) == 0})
			c.Spans = append(c.Spans, chart.Span{Label: "s", From: float64(i) - r.Float64(), To: float64(i) + r.Float64()})
			c.Bands = append(c.Bands, chart.Band{Ranges: []chart.Range{{X: 1, Low: value(), High: value()}, {X: 2, Low: value(), High: value()}}})
		}
		c.Limits = []chart.Limit{{Label: "limit", Y: value()}}
		checkInside(t, c)
	}
}

// TestOrderOfValues: what is more stands higher, and zero is where it is asked
// for.
func TestOrderOfValues(t *testing.T) {
	all := draw(t, &chart.Chart{LastDay: 7, FromZero: true, Lines: []chart.Line{line(1, 2, 3, 5, 8)}})
	p := points(t, curves(all)[0])
	for i := 1; i < len(p); i++ {
		if p[i][1] >= p[i-1][1] {
			t.Errorf("value %d is drawn at %v, the smaller one before at %v", i, p[i], p[i-1])
		}
	}
	var ticks []string
	for _, e := range of(all, "text", "tick") {
		ticks = append(ticks, e.text)
	}
	if diff := cmp.Diff([]string{"0", "2", "4", "6", "8"}, ticks); diff != "" {
		t.Errorf("ticks (-want +got):\n%s", diff)
	}
}

func TestTicks(t *testing.T) {
	hundred := 100.0
	for _, x := range []struct {
		c    chart.Chart
		want string
	}{
		{chart.Chart{FromZero: true, Lines: []chart.Line{line(240, 331)}}, "0 100 200 300 400"},
		{chart.Chart{Highest: &hundred, Lines: []chart.Line{line(99.95, 100)}}, "99.95 99.96 99.97 99.98 99.99 100.00"},
		{chart.Chart{Highest: &hundred, Lines: []chart.Line{line(100, 100)}}, "90 92 94 96 98 100"},
		{chart.Chart{FromZero: true, Highest: &hundred, Lines: []chart.Line{line(100, -138)}}, "−150 −100 −50 0 50 100"},
		{chart.Chart{FromZero: true, Lines: []chart.Line{line(25000)}}, "0 5000 10k 15k 20k 25k"},
		{chart.Chart{FromZero: true, Lines: []chart.Line{line(0.0004)}}, "0 0.0001 0.0002 0.0003 0.0004"},
		{chart.Chart{FromZero: true, Lines: []chart.Line{line(2.5e9)}}, "0 500M 1G 1.5G 2G 2.5G"},
	} {
		x.c.LastDay = 7
		var ticks []string
		for _, e := range of(draw(t, &x.c), "text", "tick") {
			ticks = append(ticks, e.text)
		}
		if got := strings.Join(ticks, " "); got != x.want {
			t.Errorf("ticks %s, want %s", got, x.want)
		}
	}
}

// TestForeignText: names from outside are text and nothing else, and what XML
// cannot hold is replaced.
func TestForeignText(t *testing.T) {
	evil := "a\"'<script>&]]>\x00\xff ключ 支付\n"
	c := &chart.Chart{
		ID: evil, Title: evil, Description: evil, Unit: evil, LastDay: 7, BarLabel: evil + "b", PartLabel: evil + "p", SpanLabel: evil + "s",
		Lines: []chart.Line{{Label: evil, Points: []chart.Point{{X: 1, Y: 1}}}}, Bars: []chart.Bar{{Day: 1, Value: 1, Label: evil}},
		Bands: []chart.Band{{Label: evil + "x"}}, Limits: []chart.Limit{{Label: evil + "y", Y: 1}}, Spans: []chart.Span{{Label: "s" + evil[:9], From: 1, To: 2}},
	}
	all := draw(t, c)
	if len(of(all, "script", "")) > 0 {
		t.Error("a name became a script")
	}
	if title := of(all, "title", "")[0]; !strings.Contains(title.text, "ключ 支付") || !strings.Contains(title.text, "<script>") {
		t.Errorf("the title is %q", title.text)
	}
}

// TestAlone: no script, nothing loaded, ids of its own, and a name for those
// who cannot see it.
func TestAlone(t *testing.T) {
	c := &chart.Chart{ID: "x", Title: "Title", Description: "Words", LastDay: 7, Bars: []chart.Bar{{Day: 1, Value: 1, Part: true}}}
	all := draw(t, c)
	root := all[0]
	if root.attrs["role"] != "img" || root.attrs["aria-labelledby"] != "chart-x-title chart-x-desc" {
		t.Errorf("the root says %v", root.attrs)
	}
	ids := map[string]string{}
	for _, e := range all {
		if id := e.attrs["id"]; id != "" {
			if !strings.HasPrefix(id, "chart-x-") || ids[id] != "" {
				t.Errorf("id %s of %s", id, e.name)
			}
			ids[id] = e.text
		}
		for _, name := range []string{"href", "src", "onload"} {
			if e.attrs[name] != "" {
				t.Errorf("%s has %s", e.name, name)
			}
		}
	}
	if ids["chart-x-title"] != "Title" || ids["chart-x-desc"] != "Words" {
		t.Errorf("named %v", ids)
	}
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(string(c.SVG()), -1) {
		if _, ok := ids[strings.TrimPrefix(m[1], "#")]; !ok {
			t.Errorf("%s is not in the chart", m[1])
		}
	}
	if strings.Contains(string(c.SVG()), "@import") {
		t.Error("a style is loaded")
	}
}

// TestUnknownBar is a question mark and no bar of height 0.
func TestUnknownBar(t *testing.T) {
	all := draw(t, &chart.Chart{LastDay: 7, FromZero: true, Bars: []chart.Bar{{Day: 1, Value: 5, Label: "5"}, {Day: 2, Value: nan, Label: "x"}}})
	var said []string
	for _, e := range of(all, "text", "value") {
		said = append(said, e.text)
	}
	if diff := cmp.Diff([]string{"5", "?"}, said); diff != "" {
		t.Errorf("bars say (-want +got):\n%s", diff)
	}
}
