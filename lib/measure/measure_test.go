package measure

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

var (
	ga   = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)
	nan  = math.NaN()
	five = 5 * time.Minute
)

func TestDayIsCutAtItsLastWholeStep(t *testing.T) {
	for _, tc := range []struct {
		what       string
		day        int
		skip       time.Duration
		now        time.Time
		start, end time.Time
		partial    bool
		fails      bool
	}{
		{"over", 1, 0, ga.Add(72 * time.Hour), ga.Add(24 * time.Hour), ga.Add(48 * time.Hour), false, false},
		{"just over", 1, 0, ga.Add(48 * time.Hour), ga.Add(24 * time.Hour), ga.Add(48 * time.Hour), false, false},
		{"not over", 0, 0, ga.Add(3*time.Hour + 7*time.Minute), ga, ga.Add(3*time.Hour + 5*time.Minute), true, false},
		{"warm-up", 0, 30 * time.Minute, ga.Add(48 * time.Hour), ga.Add(30 * time.Minute), ga.Add(24 * time.Hour), false, false},
		{"not begun", 2, 0, ga.Add(48 * time.Hour), time.Time{}, time.Time{}, true, true},
	} {
		t.Run(tc.what, func(t *testing.T) {
			w, err := Day(ga, tc.day, five, tc.skip, tc.now)
			if tc.fails {
				if err == nil {
					t.Fatalf("a window of %v", w)
				}
				return
			}
			want := schema.Window{Start: schema.At(tc.start), End: schema.At(tc.end), Partial: tc.partial}
			if diff := cmp.Diff(want, w); err != nil || diff != "" {
				t.Errorf("%v; window (-want +got):\n%s", err, diff)
			}
		})
	}
	for since, want := range map[time.Duration]int{0: 0, 24*time.Hour - 1: 0, 24 * time.Hour: 1, -1: -1, -24 * time.Hour: -1, 171 * time.Hour: 7} {
		if got := DayNumber(ga, ga.Add(since)); got != want {
			t.Errorf("%v after GA is day %d, want %d", since, got, want)
		}
	}
}

// A sample stands for the interval that it ends, so a day has 288 at 5m and
// shares none with its neighbours.
func TestGridBelongsToOneDay(t *testing.T) {
	g := newGrid(schema.Window{Start: schema.At(ga), End: schema.At(ga.Add(24 * time.Hour))}, five)
	at := func(d time.Duration, v float64) schema.SamplePair {
		return schema.SamplePair{Millis: ga.Add(d).UnixMilli(), Value: v}
	}
	values := g.values([]schema.SamplePair{at(0, 1), at(five, 2), at(7*time.Minute, 3), at(2*five, math.Inf(1)), at(24*time.Hour, 4), at(24*time.Hour+five, 5)})
	if len(values) != 288 || values[0] != 2 || values[287] != 4 {
		t.Errorf("%d values, first %v, last %v; want 288, 2, 4", len(values), values[0], values[287])
	}
	for i, v := range values[1:287] {
		if !math.IsNaN(v) {
			t.Errorf("step %d is %v", i+1, v)
		}
	}
}

func TestCoverageTellsTheGaps(t *testing.T) {
	c := coverage{grid: grid{start: ga, step: five, n: 6}}
	c.add(schema.Values{1, nan, nan, nan, 1, nan})
	c.add(schema.Values{nan, 1, nan, nan, nan, nan})
	want := &schema.DataQuality{
		ExpectedSamples: 6, ActualSamples: 3, CoveragePercent: schema.Num(50),
		Gaps: []schema.Gap{
			{Start: schema.At(ga.Add(2 * five)), End: schema.At(ga.Add(4 * five))},
			{Start: schema.At(ga.Add(5 * five)), End: schema.At(ga.Add(6 * five))},
		},
	}
	got := c.quality([]string{"b", "a", "b"})
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(schema.DataQuality{}, "Warnings")); diff != "" {
		t.Errorf("quality (-want +got):\n%s", diff)
	}
	if last := got.Warnings[len(got.Warnings)-2:]; last[0] != "a" || last[1] != "b" || len(got.Warnings) != 4 {
		t.Errorf("warnings %q", got.Warnings)
	}
}

func TestHourly(t *testing.T) {
	in := schema.Values{1, 2, 3, nan, nan, nan, 5, 6}
	for _, tc := range []struct {
		total bool
		want  schema.Values
	}{{false, schema.Values{1.5, 3, nan, 5.5}}, {true, schema.Values{3, nan, nan, 11}}} {
		if diff := cmp.Diff(tc.want, Hourly(in, 2, tc.total), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("total %t (-want +got):\n%s", tc.total, diff)
		}
	}
}

func TestFirings(t *testing.T) {
	g := grid{start: ga, step: five, n: 12}
	var points []schema.SamplePair
	for _, i := range []int{1, 2, 4, 9, 10, 11, 12} { // 3 is missed once; from 4 to 9 it was quiet
		points = append(points, schema.SamplePair{Millis: ga.Add(time.Duration(i) * five).UnixMilli(), Value: 1})
	}
	got := firings(g, schema.MatrixSeries{Metric: map[string]string{"alertname": "Down", "severity": "critical", "service": "api"}, Values: points})
	ended := schema.At(ga.Add(4 * five))
	want := []schema.Alert{
		{Name: "Down", Severity: "critical", Labels: map[string]string{"service": "api"}, Started: schema.At(ga), Ended: &ended},
		{Name: "Down", Severity: "critical", Labels: map[string]string{"service": "api"}, Started: schema.At(ga.Add(8 * five))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}

// answers is a source that says what it is told to, by a part of the query.
type answers map[string][]schema.MatrixSeries

func (a answers) Range(_ context.Context, q prom.Query) (prom.Answer, error) {
	for part, series := range a {
		if strings.Contains(q.Expr, part) {
			return prom.Answer{Query: q, Series: series}, nil
		}
	}
	return prom.Answer{Query: q}, nil
}

const catalogue = `
name: test
discovery: {query: 'count by ($by) (requests)', labels: [service]}
kpis:
  - {key: seen, name: Seen, unit: ms, category: performance, direction: lower_is_better, queries: [{series: first}, {series: 'second by ($by)'}]}
  - {key: unseen, name: Unseen, unit: ms, category: performance, direction: lower_is_better, queries: [{series: nowhere}]}
  - {key: cost_per_hour, name: Cost, unit: USD, category: cost, direction: lower_is_better, queries: [{series: cores * $price_cpu_core_hour}]}
`

// No data is not good news: what nothing answered is null with a reason, and
// when nothing at all answered there is no document.
func TestWhatNothingAnsweredIsUnknown(t *testing.T) {
	c, err := kpi.Parse("test", []byte(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	plan := Plan{Catalogue: c, Step: five, Window: schema.Window{Start: schema.At(ga), End: schema.At(ga.Add(10 * time.Minute))}}
	if _, err := Measure(t.Context(), answers{}, plan); !errors.Is(err, ErrNoData) {
		t.Errorf("a source without data gives %v", err)
	}
	nothing := []schema.MatrixSeries{{Metric: map[string]string{}, Values: []schema.SamplePair{{Millis: ga.Add(five).UnixMilli(), Value: nan}}}}
	something := []schema.MatrixSeries{{Metric: map[string]string{}, Values: []schema.SamplePair{{Millis: ga.Add(five).UnixMilli(), Value: 7}}}}
	m, err := Measure(t.Context(), answers{"first": nothing, "second": something}, plan)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := m.KPIs.Of("seen"); !ok || v != 7 {
		t.Errorf("the second alternative gives %v, %t", v, ok)
	}
	if k := m.KPIs["unseen"]; k.Stats != nil || k.Series != nil || !strings.Contains(k.Reason, "no series answers its query: nowhere") {
		t.Errorf("a KPI without series is %+v", k)
	}
	if k := m.KPIs["cost_per_hour"]; k.Stats != nil || k.Reason != "no price given and no cost metric in the catalogue" || m.Cost.PerHour != nil {
		t.Errorf("a cost without prices is %+v, %+v", k, m.Cost)
	}
	two := append(something, schema.MatrixSeries{Metric: map[string]string{"x": "y"}})
	if _, err := Measure(t.Context(), answers{"first": two}, plan); err == nil || !strings.Contains(err.Error(), "answers 2 series, want one") {
		t.Errorf("a query that is not aggregated gives %v", err)
	}
}
