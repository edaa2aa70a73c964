package detect

import (
	"errors"
	"math"
	"slices"
)

// WarmUpEWMA is the number of points the window needs before one is scored.
const WarmUpEWMA = 16

// The floor of the spread of a flat window: a part of the mean, so that
// rounding in the twelfth digit is no event, and an absolute value where the
// mean is about zero.
const (
	floorRelative = 1e-10
	floorAbsolute = 1e-12
)

// mostZ bounds a z-score, which a flat window drives towards infinity.
const mostZ = 1e15

// ewma judges a point by its z-score against the trailing window without the
// point; the expected value is the exponentially weighted mean before the
// point. Mean and sample standard deviation (n-1) are computed from the window
// anew each time: the running form drifts and flips verdicts on series with a
// large mean and a small spread.
type ewma struct {
	settings *Settings
	mean     float64
	begun    bool
	// buf holds the window at its end; it slides, so that the window is one
	// stretch of memory.
	buf   []float64
	start int
	running
	// held are the last points while an incident is open, at most a window.
	held []float64
}

func newEWMA(s *Settings) *ewma { return &ewma{settings: s} }

func (e *ewma) window() []float64 { return e.buf[e.start:] }

func (e *ewma) judge(_ int64, v float64) Judgement {
	w := e.window()
	if len(w) < WarmUpEWMA {
		return Judgement{}
	}
	if e.settings.EventsOnly && v != 0 && e.running.within(v, len(w), e.settings.Threshold) {
		return Judgement{Expected: e.mean, Scored: true}
	}
	mean, spread := describe(w, e.mean)
	if math.Abs(mean-e.mean) > 8*spread {
		mean, spread = describe(w, mean) // it was not near: once more
	}
	spread = max(spread, floorRelative*math.Abs(mean), floorAbsolute)
	z := min(max((v-mean)/spread, -mostZ), mostZ)
	j := Judgement{Expected: e.mean, Z: z, Score: Share(z, e.settings.Threshold), Scored: true}
	j.FellToZero = v == 0 && awayFromZero(mean, slices.Min(w))
	return j
}

// fallScore is the least score of a fall to zero.
const fallScore = 0.75

// awayFromZero reports whether a window with this mean and lowest value stays
// well away from zero, so that a zero is no ordinary low.
func awayFromZero(mean, low float64) bool { return low > 0 && low >= mean/4 }

// Share maps |z| to a score: 0 at 0, EventScore at the threshold, towards 1.
func Share(z, threshold float64) float64 {
	z = math.Abs(z)
	if z > 1e12*threshold {
		return 1
	}
	return z / (z + threshold)
}

// describe returns mean and sample standard deviation (n-1), from one pass over
// distances from near, a value close to the mean, so that nothing cancels.
// Four sums run side by side: one alone would wait for itself at every point.
func describe(w []float64, near float64) (mean, spread float64) {
	var a, b, c, d, aa, bb, cc, dd float64
	rest := w
	for len(rest) >= 4 {
		p, q, r, s := rest[0]-near, rest[1]-near, rest[2]-near, rest[3]-near
		a += p
		b += q
		c += r
		d += s
		aa += p * p
		bb += q * q
		cc += r * r
		dd += s * s
		rest = rest[4:]
	}
	for _, x := range rest {
		p := x - near
		a += p
		aa += p * p
	}
	n := float64(len(w))
	sum := a + b + c + d
	squares := (aa + bb + cc + dd) - sum*sum/n
	return near + sum/n, math.Sqrt(max(squares, 0) / (n - 1))
}

func (e *ewma) learn(_ int64, v float64, _, held bool) {
	if held {
		if len(e.held) == e.settings.Window {
			copy(e.held, e.held[1:])
			e.held = e.held[:len(e.held)-1]
		}
		e.held = append(e.held, v)
		return
	}
	if !e.begun {
		e.mean, e.begun = v, true
	} else {
		e.mean += e.settings.Alpha * (v - e.mean)
	}
	e.slide(v)
}

// slide adds a point to the window and drops the one that leaves it.
func (e *ewma) slide(v float64) {
	size := e.settings.Window
	if len(e.buf) == cap(e.buf) && e.start > 0 {
		n := copy(e.buf, e.window())
		e.buf, e.start = e.buf[:n], 0
	}
	if cap(e.buf) == 0 {
		e.buf = make([]float64, 0, 2*size)
	}
	e.buf = append(e.buf, v)
	e.running.add(v)
	if len(e.buf)-e.start > size {
		e.running.drop(e.buf[e.start])
		e.start++
	}
	if e.running.age >= size {
		e.running.begin(e.window())
	}
}

// running are sums over the window that are kept up as it slides. They drift,
// so no verdict is made from them; but they tell at a tenth of the cost which
// points are so near to the mean that no rounding makes events of them.
type running struct {
	near         float64 // what the sums are distances from
	sum, squares float64
	moved        float64 // squares added and dropped since the beginning
	age          int
}

// begin computes the sums anew.
func (r *running) begin(w []float64) {
	*r = running{near: w[len(w)-1]}
	for _, x := range w {
		r.add(x)
	}
	r.age = 0
}

func (r *running) add(x float64) {
	d := x - r.near
	r.sum += d
	r.squares += d * d
	r.moved += d * d
	r.age++
}

func (r *running) drop(x float64) {
	d := x - r.near
	r.sum -= d
	r.squares -= d * d
	r.moved += d * d
}

// within reports whether v is surely nearer to the mean of n points than the
// threshold: with a tenth to spare, and only while the sums have so much left
// of what went through them that rounding is a millionth of it at most.
func (r *running) within(v float64, n int, threshold float64) bool {
	count := float64(n)
	mean := r.sum / count
	squares := r.squares - r.sum*mean
	d := v - r.near - mean
	return squares > 1e-6*r.moved && d*d*(count-1) < 0.8*threshold*threshold*squares
}

func (e *ewma) release(adopt bool) {
	held := e.held
	e.held = nil
	if !adopt {
		return
	}
	for _, v := range held {
		e.learn(0, v, false, false)
	}
}

// methodState is the state of a method in a checkpoint. Floats survive JSON
// exactly, since Go writes the shortest form that reads back the same.
type methodState struct {
	Mean   float64   `json:"mean,omitempty"`
	Begun  bool      `json:"begun,omitempty"`
	Window []float64 `json:"window,omitempty"`
	Held   []float64 `json:"held,omitempty"`

	// Adaptive is the state of that method; nil for ewma.
	Adaptive *adaptiveState `json:"adaptive,omitempty"`
}

func (e *ewma) save() methodState {
	return methodState{
		Mean: e.mean, Begun: e.begun,
		Window: slices.Clone(e.window()), Held: slices.Clone(e.held),
	}
}

func (e *ewma) load(s methodState) error {
	if len(s.Window) > e.settings.Window {
		return errors.New("the window kept is longer than the one asked for")
	}
	*e = ewma{settings: e.settings, mean: s.Mean, begun: s.Begun, held: s.Held}
	for _, v := range s.Window {
		e.slide(v)
	}
	return nil
}
