package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// sampledWeek is the sample week with p99 latency every ten minutes: 200 ms and
// one more each hour of the day, from day 4 half as much again, with the hole
// on day 6 and one sample of 900 ms on day 1.
func sampledWeek() []schema.Document {
	docs := sampleWeek()
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.GAKPISummary:
			d.KPIs = withSeries(d.KPIs, 0)
			d.Services = map[string]schema.Breakdown{"search": {KPIs: withSeries(schema.KPIs{}, 0)}}
		case *schema.DailySummary:
			d.KPIs = withSeries(d.KPIs, d.DayNumber)
			d.Services = map[string]schema.Breakdown{"search": {KPIs: withSeries(schema.KPIs{}, d.DayNumber)}}
		}
	}
	return docs
}

func withSeries(kpis schema.KPIs, day int) schema.KPIs {
	s := &schema.Series{Start: at(day, 0), StepSeconds: 600}
	for i := range 24 * 6 {
		v := 200 + float64(i/6)
		if day >= 4 {
			v *= 1.5
		}
		if day == 6 && i >= 12 && i < 24 {
			v = math.NaN()
		}
		if day == 1 && i == 60 {
			v = 900
		}
		s.Values = append(s.Values, v)
	}
	kpis["p99_latency_ms"] = schema.KPI{
		Unit: "ms", Category: "performance", Direction: "lower_is_better",
		Stats: &schema.Stats{Count: 144, Mean: new(240.0)}, Series: s,
	}
	return kpis
}

// checkFigures: each a picture that says what it is and what it rests on, under
// a name of its own.
func checkFigures(t *testing.T, drawn []figure) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range drawn {
		lower := strings.ToLower(f.Name)
		if seen[lower] || f.Name != lower || strings.ContainsAny(f.Name, `/\:*?"<>| `) || len(f.Name) > 100 || strings.HasPrefix(f.Name, ".") {
			t.Errorf("the name %q", f.Name)
		}
		seen[lower] = true
		if f.Alt == "" || f.Title == "" {
			t.Errorf("%s says nothing of itself: %+v", f.Name, f)
		}
		d := xml.NewDecoder(bytes.NewReader(f.SVG))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
}

func names(figures []figure) []string {
	var all []string
	for _, f := range figures {
		all = append(all, strings.TrimSuffix(f.Name, ".svg"))
	}
	return all
}

// TestFigures draws what the week has, and nothing of what it has not.
func TestFigures(t *testing.T) {
	without := func(kind string) []schema.Document { return slices.DeleteFunc(sampledWeek(), of(kind)) }
	for _, x := range []struct {
		name string
		docs []schema.Document
		want string
	}{
		{"everything", sampledWeek(), "p99_latency_ms.search error_rate availability p99_latency_ms health cost error_budget"},
		{"no health", without(schema.KindHealthReport), "p99_latency_ms.search error_rate availability p99_latency_ms cost error_budget"},
		{"averages alone", sampleWeek(), "error_rate availability p99_latency_ms health cost error_budget"},
		{"GA day alone", []schema.Document{sampleGA()}, "availability error_rate p99_latency_ms cost"},
		{"health alone", []schema.Document{sampleHealth(2)}, "health"},
		{"anomalies alone", []schema.Document{sampleAnomalies()}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			drawn := figures(retro(t, x.docs))
			checkFigures(t, drawn)
			if diff := cmp.Diff(x.want, strings.Join(names(drawn), " ")); diff != "" {
				t.Errorf("figures (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFigureData: hours hold the median and the worst of their samples, what
// nobody measured is unknown, and the band is GA day's.
func TestFigureData(t *testing.T) {
	r := retro(t, sampledWeek())
	f := r.Figures[0]
	if f.MetricName != "p99_latency_ms" || f.Service != "search" || *f.Objective != 500 {
		t.Fatalf("the first figure is %s of %q, objective %v", f.MetricName, f.Service, f.Objective)
	}
	if f.Typical.StepSeconds != 3600 || !f.Typical.Start.Equal(ga) || len(f.Typical.Values) != 192 || len(f.Worst) != 192 {
		t.Fatalf("%d values of %v s from %v, %d worst", len(f.Typical.Values), f.Typical.StepSeconds, f.Typical.Start, len(f.Worst))
	}
	nan := math.NaN()
	for hour, want := range map[int][2]float64{0: {200, 200}, 23: {223, 223}, 24 + 10: {210, 900}, 4 * 24: {300, 300}, 6*24 + 1: {301.5, 301.5}, 6*24 + 2: {nan, nan}, 6*24 + 3: {nan, nan}, 7*24 + 23: {334.5, 334.5}} {
		got := [2]float64{f.Typical.Values[hour], f.Worst[hour]}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("hour %d (-want +got):\n%s", hour, diff)
		}
	}
	if low, high := f.Baseline.Low[12], f.Baseline.High[12]; low != 211 || high != 213 {
		t.Errorf("at 12 it was %v to %v on GA day, want 211 to 213", low, high)
	}
	if diff := cmp.Diff([]string{"day:0", "day:1", "day:2", "day:3", "day:4", "day:5", "day:6", "day:7"}, f.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	c := drawnOf(t, r, "p99_latency_ms.search.svg")
	for _, want := range []string{"between 200 ms and 334 ms", "the worst sample 900 ms", "D-latency-search began 2025-11-22 06:00 UTC and stands"} {
		if !strings.Contains(c.Alt, want) {
			t.Errorf("it does not say %q: %s", want, c.Alt)
		}
	}
}

// TestWorstSample: an outage of ten minutes is in the chart of its hour, and the
// worst is what the KPI's direction says.
func TestWorstSample(t *testing.T) {
	for direction, want := range map[string]schema.Values{
		kpi.HigherIsBetter: {0}, kpi.LowerIsBetter: {100}, kpi.Neutral: nil,
	} {
		series := &schema.Series{Start: at(1, 0), StepSeconds: 600, Values: schema.Values{100, 100, 0, 100, 100, 100}}
		f := schema.KPIFigure{Direction: direction, Typical: schema.Series{Start: at(1, 0)}}
		if !sampled(&f, []measuredDay{{number: 0, kpi: schema.KPI{Series: series}}}) {
			t.Fatalf("%s: nothing is drawn", direction)
		}
		if got := f.Typical.Values[0]; got != 100 {
			t.Errorf("%s: the hour's median is %v, want 100", direction, got)
		}
		if diff := cmp.Diff(want, f.Worst[:min(1, len(f.Worst))]); diff != "" {
			t.Errorf("%s: worst (-want +got):\n%s", direction, diff)
		}
	}
}

// TestShaded: the time of a degradation is shaded in the charts of its KPIs, of
// its own service or the whole, and in no other.
func TestShaded(t *testing.T) {
	r := retro(t, sampledWeek())
	for name, want := range map[string]string{
		"availability.svg": "checkout 30 min", "p99_latency_ms.search.svg": "stands", "p99_latency_ms.svg": "search stands", "error_rate.svg": "1 h",
	} {
		var got []string
		for _, part := range strings.Split(string(drawnOf(t, r, name).SVG), "<rect class=\"span")[1:] {
			if _, label, ok := strings.Cut(part, "<title>"); ok {
				label, _, _ = strings.Cut(label, "<")
				got = append(got, label)
			}
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%s shades (-want +got):\n%s", name, diff)
		}
	}
}

func drawnOf(t *testing.T, r *schema.Retrospective, name string) figure {
	t.Helper()
	all := figures(r)
	i := slices.IndexFunc(all, func(f figure) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %v", name, names(all))
	}
	return all[i]
}

// TestObjectiveFarAway is said and not drawn, since it would flatten the values.
func TestObjectiveFarAway(t *testing.T) {
	for objective, drawn := range map[float64]bool{500: true, 1100: false} {
		r := retro(t, sampledWeek())
		r.Figures[0].Objective = &objective
		f := drawnOf(t, r, "p99_latency_ms.search.svg")
		if got := strings.Contains(string(f.SVG), `class="limit"`); got != drawn {
			t.Errorf("%v ms is drawn: %v", objective, got)
		}
		if got := strings.Contains(f.Alt, "(outside the chart)"); got == drawn {
			t.Errorf("%v ms: %s", objective, f.Alt)
		}
	}
}

// TestFigureFollowsInputs takes days away: their hours are unknown then, and
// nothing rests on them.
func TestFigureFollowsInputs(t *testing.T) {
	for n := 1; n <= 7; n++ {
		f := retro(t, slices.DeleteFunc(sampledWeek(), ofDay(n))).Figures[0]
		if slices.Contains(f.Evidence, dayID(n)) || len(f.Evidence) != 7 {
			t.Errorf("without day %d it rests on %v", n, f.Evidence)
		}
		for hour, v := range f.Typical.Values {
			if hour/24 == n && !math.IsNaN(v) {
				t.Fatalf("without day %d hour %d is %v", n, hour, v)
			}
		}
	}
	f := retro(t, slices.DeleteFunc(sampledWeek(), of(schema.KindGAKPISummary))).Figures[0]
	if f.Baseline != nil || strings.Contains(f.Caption, "GA day") {
		t.Errorf("without GA day there is a band: %s", f.Caption)
	}
}

// TestLongWatch: however many days, the twin stays small.
func TestLongWatch(t *testing.T) {
	docs := []schema.Document{sampleGA()}
	for n := 1; n <= 90; n++ {
		d := sampleDay(n)
		d.KPIs = withSeries(d.KPIs, n)
		docs = append(docs, d)
	}
	r := retro(t, docs)
	for _, f := range r.Figures {
		if n := len(f.Typical.Values); n > mostSteps {
			t.Errorf("%s has %d values", f.MetricName, n)
		}
	}
	if f := r.Figures[len(r.Figures)-1]; f.Typical.StepSeconds != 8*3600 {
		t.Errorf("63 days at a step of %v s", f.Typical.StepSeconds)
	}
	checkFigures(t, figures(r))
}

// TestFileNames: any system can have them, and no two KPIs share one.
func TestFileNames(t *testing.T) {
	seen := map[string]bool{}
	for _, parts := range [][]string{
		{"p99", "", ""},
		{"p99", "api", ""},
		{"p99", "", "api"},
		{"p99_api", "", ""},
		{"p99.api", "", ""},
		{"p99-api", "", ""},
		{"p99", "API", ""},
		{"p99", "支付", ""},
		{"p99", "ключ", ""},
		{"p99", "../../etc/passwd", ""},
		{"cost", "", ""},
		{"", "", ""},
		{"p99", strings.Repeat("long", 99), ""},
	} {
		name := fileName(parts[0], parts[1], parts[2])
		checkFigures(t, []figure{{Name: name, Alt: "a", Title: "t", SVG: []byte("<svg/>")}})
		if seen[name] {
			t.Errorf("%q has the name of another: %s", parts, name)
		}
		seen[name] = true
	}
	if name := fileName("p99_latency_ms", "search", ""); name != "p99_latency_ms.search.svg" {
		t.Errorf("a plain name is %s", name)
	}
}
