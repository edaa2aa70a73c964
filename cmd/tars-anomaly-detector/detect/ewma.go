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
	floorRelative = 1e-6
	floorAbsolute = 1e-9
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
	if len(e.buf)-e.start > size {
		e.start++
	}
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
