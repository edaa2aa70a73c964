package detect

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func ewmaSeries() *Series {
	s := DefaultSettings(MethodEWMA)
	return NewSeries(Key{Metric: "m"}, &s)
}

const minute = 60_000

// push feeds values a minute apart and returns the records.
func push(s *Series, values ...float64) []Record {
	var out []Record
	for _, v := range values {
		out = append(out, s.Push(int64(s.Points+1)*minute, v))
	}
	return out
}

// wavy is n points around 100 that repeat every three.
func wavy(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = []float64{99, 100, 101}[i%3]
	}
	return out
}

func events(records []Record) (at []int) {
	for i, r := range records {
		if r.Event {
			at = append(at, i)
		}
	}
	return at
}

// TestEWMAByHand compares every point with a plain reading of METHODS: mean
// and sample deviation of the 48 points before, the EWMA before the point.
func TestEWMAByHand(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 400)
	for i := range values {
		values[i] = 1e6 + r.NormFloat64()
	}
	s := ewmaSeries()
	level := values[0]
	for i, v := range values {
		got := s.Push(int64(i+1)*minute, v)
		if s.open {
			t.Fatalf("point %d opened an incident in noise", i)
		}
		want := Judgement{}
		if i >= 16 {
			w := values[max(0, i-48):i]
			sum, squares := 0.0, 0.0
			for _, x := range w {
				sum += x
			}
			mean := sum / float64(len(w))
			for _, x := range w {
				squares += (x - mean) * (x - mean)
			}
			z := (v - mean) / math.Sqrt(squares/float64(len(w)-1))
			want = Judgement{Expected: level, Z: z, Score: math.Abs(z) / (math.Abs(z) + 3), Scored: true}
		}
		if i > 0 {
			level += 0.3 * (v - level)
		}
		if diff := cmp.Diff(want, got.Judgement, cmpopts.EquateApprox(1e-7, 1e-9)); diff != "" {
			t.Fatalf("point %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestEventsOnly: what is left out for speed changes no event, on series that
// are hard on running sums.
func TestEventsOnly(t *testing.T) {
	hard := map[string]func(r *rand.Rand, i int, last float64) float64{
		"noise":         func(r *rand.Rand, _ int, _ float64) float64 { return r.NormFloat64() },
		"large mean":    func(r *rand.Rand, _ int, _ float64) float64 { return 1e9 + r.NormFloat64() },
		"walk":          func(r *rand.Rand, _ int, last float64) float64 { return last + r.NormFloat64() },
		"remembering":   func(r *rand.Rand, _ int, last float64) float64 { return 0.9*last + r.NormFloat64() },
		"heavy tails":   func(r *rand.Rand, _ int, _ float64) float64 { return math.Exp(4 * r.NormFloat64()) },
		"huge outliers": func(r *rand.Rand, i int, _ float64) float64 { return r.NormFloat64() + float64(i%61/60)*1e12 },
		"flat with steps": func(r *rand.Rand, i int, _ float64) float64 {
			return float64(i/97) + float64(r.IntN(50)/49)*1e-3
		},
		"growing": func(r *rand.Rand, i int, _ float64) float64 {
			return math.Pow(1.002, float64(i)) * (1 + 0.3*r.NormFloat64())
		},
	}
	for name, next := range hard {
		t.Run(name, func(t *testing.T) {
			exact, quick := DefaultSettings(MethodEWMA), DefaultSettings(MethodEWMA)
			quick.EventsOnly = true
			a, b := NewSeries(Key{Metric: "m"}, &exact), NewSeries(Key{Metric: "m"}, &quick)
			r := rand.New(rand.NewPCG(7, 8))
			v, events := 0.0, 0
			for i := range 20_000 {
				v = next(r, i, v)
				want, got := a.Push(int64(i+1)*minute, v), b.Push(int64(i+1)*minute, v)
				if !want.Kept() && !got.Kept() {
					continue
				}
				events++
				got.Series = want.Series
				if !want.Event && !got.Event { // the end of an incident
					want.Judgement, got.Judgement = Judgement{}, Judgement{}
				}
				if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y *Series) bool { return x == y })); diff != "" {
					t.Fatalf("point %d (-exact +quick):\n%s", i, diff)
				}
			}
			if events == 0 {
				t.Error("the series has no events to compare")
			}
		})
	}
}

func TestEWMAFlat(t *testing.T) {
	flat := make([]float64, 40)
	for i := range flat {
		flat[i] = 100
	}
	for _, test := range []struct {
		name  string
		next  float64
		event bool
	}{
		{"moves", 100.5, true},
		{"trembles in the twelfth digit", 100 + 1e-10, false},
		{"stays", 100, false},
		{"falls to zero", 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := ewmaSeries()
			records := push(s, append(flat, test.next)...)
			last := records[len(records)-1]
			if last.Event != test.event {
				t.Errorf("event %v, want %v: %+v", last.Event, test.event, last.Judgement)
			}
		})
	}
	t.Run("zero from the start", func(t *testing.T) {
		s := ewmaSeries()
		if at := events(push(s, make([]float64, 100)...)); at != nil {
			t.Errorf("events at %v in a series of zeros", at)
		}
	})
}

func TestFallToZero(t *testing.T) {
	// A wide spread hides the zero from the z-score.
	wide := make([]float64, 60)
	for i := range wide {
		wide[i] = 100 + 50*math.Sin(float64(i))
	}
	r := push(ewmaSeries(), append(wide, 0)...)[60]
	if !r.FellToZero || !r.Event || r.Class() != "drop" || math.Abs(r.Z) >= 3 {
		t.Errorf("a fall to zero is no event: %+v", r)
	}
	// A count that is zero now and then does not fall.
	for i := range wide {
		wide[i] = float64(i % 3)
	}
	if r := push(ewmaSeries(), append(wide, 0)...)[60]; r.FellToZero {
		t.Errorf("an ordinary zero is a fall: %+v", r)
	}
}

func TestIncident(t *testing.T) {
	s := ewmaSeries()
	values := append(wavy(60), 104, 104, 104, 104) // over 3, under 6
	values = append(values, wavy(20)...)
	records := push(s, values...)
	opened, closed := -1, -1
	for i, r := range records {
		if r.Opened {
			opened = i
			if r.Since != int64(61)*minute {
				t.Errorf("the incident began at %d, want its first anomalous point", r.Since/minute)
			}
		}
		if r.Closed {
			closed = i
		}
	}
	if opened != 62 {
		t.Errorf("opened at point %d, want 62, the third anomalous one", opened)
	}
	if closed != 63+closeAfter {
		t.Errorf("closed at point %d, want %d", closed, 63+closeAfter)
	}
	if at := events(records); !cmp.Equal(at, []int{60, 61, 62, 63}) {
		t.Errorf("events at %v", at)
	}
}

// TestFrozen: a fault is not learnt while its incident is open.
func TestFrozen(t *testing.T) {
	s := ewmaSeries()
	fault := make([]float64, 30)
	for i := range fault {
		fault[i] = 120
	}
	records := push(s, append(wavy(60), fault...)...)
	for i, r := range records[60:] {
		if !r.Event {
			t.Fatalf("point %d of the fault is taken for normal: %+v", i, r.Judgement)
		}
		if i > 0 && math.Abs(r.Expected-100) > 1 {
			t.Fatalf("point %d expects %v: the fault was learnt", i, r.Expected)
		}
	}
	if r := records[60+driftAfter]; r.Class() != "drift" {
		t.Errorf("after %d points the class is %s, want drift", driftAfter, r.Class())
	}
}

// TestAdopt: a new level becomes the norm in the end, and is told once.
func TestAdopt(t *testing.T) {
	s := ewmaSeries()
	fault := wavy(200)
	for i := range fault {
		fault[i] += 20
	}
	opened := 0
	records := push(s, append(wavy(60), fault...)...)
	for _, r := range records {
		if r.Opened {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("%d incidents, want 1", opened)
	}
	if last := records[len(records)-1]; last.Event || math.Abs(last.Expected-120) > 2 {
		t.Errorf("the new level is not the norm: %+v", last.Judgement)
	}
}

func TestSilence(t *testing.T) {
	s := ewmaSeries()
	push(s, wavy(40)...)
	if g, silent := s.SilentBy(43 * minute); silent {
		t.Errorf("three intervals are silence: %+v", g)
	}
	g, silent := s.SilentBy(44 * minute)
	if !silent || g.Last != 40*minute || g.Step != minute {
		t.Errorf("four intervals are no silence: %+v", g)
	}
	r := g.Record()
	if r.Time != 43*minute || r.Class() != "drop" || !r.Event {
		t.Errorf("record %+v", r)
	}
}

func TestSeverity(t *testing.T) {
	s := ewmaSeries()
	for z, want := range map[float64]string{3: "low", -3.99: "low", 4: "medium", -4.5: "medium", 5: "high", 80: "high"} {
		r := Record{Series: s, Judgement: Judgement{Z: z}}
		if got := r.Severity(); got != want {
			t.Errorf("z %v is %s, want %s", z, got, want)
		}
	}
}

func TestGroup(t *testing.T) {
	settings := DefaultSettings(MethodEWMA)
	g := NewGrouper()
	var closed []*Incident
	g.Closed = func(in *Incident) { closed = append(closed, in) }
	a, b, c := NewSeries(Key{Metric: "a"}, &settings), NewSeries(Key{Metric: "b"}, &settings), NewSeries(Key{Metric: "c"}, &settings)
	base := wavy(60)
	for i := range 160 {
		for k, s := range []*Series{a, b, c} {
			v := base[i%60]
			start := []int{60, 62, 100}[k] // b moves with a, c much later
			if i >= start && i < start+10 {
				v = 140
			}
			r := s.Push(int64(i+1)*minute, v)
			if r.Kept() {
				g.Observe(&r)
			}
		}
	}
	g.Finish()
	if len(closed) != 2 || len(g.Open()) != 0 {
		t.Fatalf("%d incidents closed, %d open, want 2 and 0", len(closed), len(g.Open()))
	}
	first := closed[0].Document()
	if diff := cmp.Diff([]string{"a", "b"}, first.Metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if first.Points != 20 || first.Status != "closed" || first.Severity != "high" {
		t.Errorf("incident %+v", first)
	}
	if first.IncidentID == closed[1].ID {
		t.Errorf("two incidents are called %s", first.IncidentID)
	}
}

func TestCoverage(t *testing.T) {
	var c Coverage
	for _, r := range []Run{{50, 60}, {0, 10}, {5, 20}, {20, 30}} {
		c.Add(r)
	}
	if diff := cmp.Diff([]Run{{0, 30}, {50, 60}}, c.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if c.Touches(31, 49) || !c.Touches(31, 50) || !c.Touches(30, 49) || c.Touches(61, 99) {
		t.Error("Touches sees what is not there")
	}
}

func TestKey(t *testing.T) {
	key := Key{Metric: "m", Labels: map[string]string{"b": `"`, "a": "1"}}
	if got, want := key.String(), `m{a="1",b="\""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
