package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

const (
	weekPoints = 7 * 288
	fiveMin    = 5 * minute
)

// unchangedWeek is a week of 14 KPIs at 5-minute steps in which nothing
// happens: a daily season and noise that remembers (AR(1), 0.9).
func unchangedWeek(seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, 14))
	week := make([][]float64, 14)
	for k := range week {
		week[k] = make([]float64, weekPoints)
		noise, phase := r.NormFloat64(), r.Float64()
		for i := range week[k] {
			noise = 0.9*noise + math.Sqrt(1-0.81)*r.NormFloat64()
			season := math.Sin(2 * math.Pi * (float64(i)/288 + phase))
			week[k][i] = 200 + 20*season + 20*noise
		}
	}
	return week
}

// watch runs a week through detectors of a method and counts what they say.
func watch(week [][]float64, method string) (points, incidents int) {
	settings := DefaultSettings(method)
	series := make([]*Series, len(week))
	for k := range series {
		series[k] = NewSeries(Key{Metric: fmt.Sprint("kpi", k)}, &settings)
	}
	g := NewGrouper()
	g.Closed = func(*Incident) { incidents++ }
	const start = 1_763_424_000_000
	for i := range week[0] {
		for k, s := range series {
			r := s.Push(start+int64(i+1)*fiveMin, week[k][i])
			if r.Event {
				points++
			}
			if r.Kept() {
				g.Observe(&r)
			}
		}
	}
	g.Finish()
	return points, incidents + len(g.Open())
}

// TestUnchangedWeeks: a detector that cries wolf is switched off.
func TestUnchangedWeeks(t *testing.T) {
	const weeks = 20
	for _, test := range []struct {
		method string
		most   float64 // incidents a week
	}{{MethodEWMA, 25}, {MethodAdaptive, 3}} {
		points, incidents := 0, 0
		for seed := range uint64(weeks) {
			p, n := watch(unchangedWeek(seed), test.method)
			points += p
			incidents += n
		}
		perWeek := float64(incidents) / weeks
		t.Logf("%s: %.1f incidents and %.0f events a week", test.method, perWeek, float64(points)/weeks)
		if perWeek > test.most {
			t.Errorf("%s: %.1f incidents a week in weeks without change, want at most %v", test.method, perWeek, test.most)
		}
	}
}
