package detect

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func adaptiveSeries() *Series {
	s := DefaultSettings(MethodAdaptive)
	return NewSeries(Key{Metric: "m"}, &s)
}

// weekOf is a seasonal series with noise and what add puts on top.
func weekOf(days int, add func(i int) float64) []float64 {
	r := rand.New(rand.NewPCG(11, 12))
	out := make([]float64, days*288)
	noise := 0.0
	for i := range out {
		noise = 0.9*noise + 0.436*r.NormFloat64()
		out[i] = 100 + 20*math.Sin(2*math.Pi*float64(i)/288) + 3*noise + add(i)
	}
	return out
}

func scores(s *Series, values []float64, scale, offset float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = s.Push(1_763_424_000_000+int64(i+1)*fiveMin, scale*v+offset).Score
	}
	return out
}

func nothing(int) float64 { return 0 }

func TestAdaptiveFinds(t *testing.T) {
	const at = 5*288 + 60
	for name, add := range map[string]func(i int) float64{
		"spike": func(i int) float64 { return map[bool]float64{true: 80}[i == at] },
		"drop":  func(i int) float64 { return map[bool]float64{true: -90}[i >= at && i < at+6] },
		"step":  func(i int) float64 { return map[bool]float64{true: 45}[i >= at] },
		"peak cut off": func(i int) float64 {
			if i < at || i >= at+36 {
				return 0
			}
			return -20 * math.Sin(2*math.Pi*float64(i)/288)
		},
	} {
		t.Run(name, func(t *testing.T) {
			first := -1
			for i, s := range scores(adaptiveSeries(), weekOf(7, add), 1, 0) {
				if s < EventScore {
					continue
				}
				if i < at-60 {
					t.Errorf("an event at point %d, before anything happened", i)
				}
				if first < 0 {
					first = i
				}
			}
			if first < 0 || first > at+200 {
				t.Errorf("first event at point %d, want it soon after %d", first, at)
			}
		})
	}
}

// TestAdaptiveScale: scale and offset change no verdict.
func TestAdaptiveScale(t *testing.T) {
	values := weekOf(7, func(i int) float64 { return map[bool]float64{true: 60}[i%701 == 700] })
	want := scores(adaptiveSeries(), values, 1, 0)
	found := 0
	for _, test := range []struct{ scale, offset float64 }{{1024, 0}, {1.0 / 4096, 0}, {1, 4096}, {-1, 0}} {
		got := scores(adaptiveSeries(), values, test.scale, test.offset)
		for i := range want {
			if (want[i] >= EventScore) != (got[i] >= EventScore) {
				t.Errorf("times %v plus %v: point %d scores %v, without %v", test.scale, test.offset, i, got[i], want[i])
			}
			if want[i] >= EventScore {
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no events to compare")
	}
}

// TestAdaptiveCausal: the score of a point does not depend on later points.
func TestAdaptiveCausal(t *testing.T) {
	values := weekOf(4, nothing)
	whole := scores(adaptiveSeries(), values, 1, 0)
	part := scores(adaptiveSeries(), values[:700], 1, 0)
	if diff := cmp.Diff(whole[:700], part); diff != "" {
		t.Errorf("(-whole +part):\n%s", diff)
	}
}

// TestAdaptiveBounded: a year of points grows no memory.
func TestAdaptiveBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := adaptiveSeries()
	for i := range 105_000 {
		s.Push(int64(i+1)*fiveMin, r.NormFloat64())
	}
	a, ok := s.method.(*adaptive)
	if !ok {
		t.Fatalf("the method is %T", s.method)
	}
	for name, view := range map[string]*novelty{"value": &a.value, "jump": &a.jump, "level": &a.level, "season": &a.season} {
		if n := len(view.known); n > mostKnown || n < mostKnown/8 {
			t.Errorf("the view of the %s knows %d values, want %d at most and not few", name, n, mostKnown)
		}
	}
}

// TestState: a series that is saved and loaded goes on as if nothing had been.
func TestState(t *testing.T) {
	values := weekOf(7, func(i int) float64 { return map[bool]float64{true: 70}[i%389 > 380] })
	for _, method := range []string{MethodEWMA, MethodAdaptive} {
		settings := DefaultSettings(method)
		whole, broken := NewSeries(Key{Metric: "m"}, &settings), NewSeries(Key{Metric: "m"}, &settings)
		for i, v := range values {
			at := 1_763_424_000_000 + int64(i+1)*fiveMin
			want, got := whole.Push(at, v), broken.Push(at, v)
			got.Series = want.Series
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *Series) bool { return a == b })); diff != "" {
				t.Fatalf("%s: point %d (-whole +restored):\n%s", method, i, diff)
			}
			if i%97 != 0 {
				continue
			}
			body, err := json.Marshal(broken.Save())
			if err != nil {
				t.Fatal(err)
			}
			var state SeriesState
			if err := json.Unmarshal(body, &state); err != nil {
				t.Fatal(err)
			}
			broken = NewSeries(Key{Metric: "m"}, &settings)
			if err := broken.Load(state); err != nil {
				t.Fatal(err)
			}
		}
	}
}
