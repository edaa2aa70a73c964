// Package detect finds anomalous points in series, one point at a time, and
// joins them to incidents. It does no I/O and knows no clock: the same points
// in the same order give the same verdicts.
//
// A Series is fed with Push; what it has to say is a Record, which a Grouper
// turns into events and incidents. The score of a point never depends on later
// points.
package detect

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The methods of detection.
const (
	MethodEWMA     = "ewma"
	MethodAdaptive = "adaptive"
)

// EventScore is the score from which on a point is an event, for either method.
const EventScore = 0.5

// Settings are the parameters of a detection.
type Settings struct {
	// Method is MethodEWMA or MethodAdaptive.
	Method string
	// Threshold is the |z| from which on a point is an event (ewma).
	Threshold float64
	// Alpha is the weight of the newest point in the expected value, over 0
	// to 1 (ewma).
	Alpha float64
	// Window is the number of points before a point that it is held against
	// (ewma).
	Window int
	// EventsOnly says that points which are clearly no events need no score:
	// theirs may be left at 0. The events are the same.
	EventsOnly bool
}

// DefaultSettings are the published defaults of a method.
func DefaultSettings(method string) Settings {
	return Settings{Method: method, Threshold: 3, Alpha: 0.3, Window: 48}
}

// Check says what is wrong with the settings.
func (s Settings) Check() error {
	switch {
	case s.Method != MethodEWMA && s.Method != MethodAdaptive:
		return fmt.Errorf("method %q is neither %s nor %s", s.Method, MethodEWMA, MethodAdaptive)
	case !(s.Threshold > 0) || math.IsInf(s.Threshold, 0):
		return fmt.Errorf("z threshold %v: want a number over 0", s.Threshold)
	case !(s.Alpha > 0 && s.Alpha <= 1):
		return fmt.Errorf("ewma alpha %v: want a number over 0, up to 1", s.Alpha)
	case s.Window < WarmUpEWMA || s.Window > 1<<16:
		return fmt.Errorf("window %d: want %d to %d points", s.Window, WarmUpEWMA, 1<<16)
	}
	return nil
}

// WarmUp is the number of points before the first that is scored.
func (s Settings) WarmUp() int {
	if s.Method == MethodAdaptive {
		return warmUpAdaptive
	}
	return WarmUpEWMA
}

// Key names a series.
type Key struct {
	Metric string
	Labels map[string]string
}

// String returns the key as PromQL writes it, labels sorted; equal keys have
// equal strings.
func (k Key) String() string {
	if len(k.Labels) == 0 {
		return k.Metric
	}
	var b strings.Builder
	b.WriteString(k.Metric)
	for i, name := range slices.Sorted(maps.Keys(k.Labels)) {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(strconv.Quote(k.Labels[name]))
	}
	b.WriteByte('}')
	return b.String()
}

// hash is a short stable fingerprint of a series, for incident names.
func hash(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // a hash never fails
	return h.Sum32()
}

// Judgement is what a method says of one point before it learns from it.
type Judgement struct {
	// Expected is the value foreseen before the point was seen.
	Expected float64
	// Z is the distance from the recent mean in standard deviations.
	Z float64
	// Score is 0 to 1, an event from EventScore on.
	Score float64
	// Scored is false while there is too little history; the rest is then 0.
	Scored bool
	// FellToZero marks a fall to exactly zero of a series that stays well
	// away from it.
	FellToZero bool
}

// method is one way to judge points. Values are finite; time is Unix
// milliseconds.
type method interface {
	// judge scores a point from what was learnt before it.
	judge(t int64, v float64) Judgement
	// learn takes the point into the history. event says that it is told as an
	// event. held is true while an incident is open: what is learnt then must
	// not become the norm.
	learn(t int64, v float64, event, held bool)
	// release ends the holding back. adopt says that the level held back has
	// lasted long enough to be the norm.
	release(adopt bool)
	// save and load carry the state over a restart.
	save() methodState
	load(methodState) error
}

func newMethod(s *Settings) method {
	if s.Method == MethodAdaptive {
		return newAdaptive()
	}
	return newEWMA(s)
}
