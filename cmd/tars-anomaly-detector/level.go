package main

import (
	"math"
	"slices"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
)

// levelWatch finds what a trailing window cannot: a level that leaves its
// reference day so slowly that every window learns it, such as a memory leak.
// The reference is the first whole day of a series or that of the baseline.
// The last twelve hours are held against the same hours of that day, so the
// daily season cancels, and the median of the twelve distances counts, so a
// burst is no level; the yardstick is the spread of the
// reference day's hours, season included, which makes it slow and sure. It
// speaks from threshold spreads and driftShare of the level on, once, and
// again after the level has come back.
type levelWatch struct {
	threshold float64
	// reference gives the hourly means of the baseline's day, by hour of day
	// (UTC); nil when there is no baseline.
	reference func(*detect.Series) *[24]float64
}

const (
	hourMillis = 3_600_000
	levelHours = 12
	// driftShare is the relative change from which on a drift is flagged.
	driftShare = 0.10
	// leastHour is the number of points that make an hour.
	leastHour = 4
)

// level is the state of one series.
type level struct {
	ref    [24]float64 // hourly means of the reference day by hour of day
	spread float64     // deviation of those
	known  int         // hours of the reference day seen, 24 when complete
	recent [levelHours]float64
	n      int // hours since the reference, of which the last are in recent
	hour   int64
	sum    float64
	count  int
	out    bool
}

// push takes a point. At the first point of a new hour it may have an event.
func (w *levelWatch) push(t *tracked, millis int64, v float64) (detect.Record, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return detect.Record{}, false
	}
	if t.level == nil {
		t.level = &level{}
		if w.reference != nil {
			if ref := w.reference(t.Series); ref != nil {
				t.level.ref, t.level.known = *ref, 24
				t.level.spread = spreadOf(ref[:])
			}
		}
	}
	l := t.level
	hour := millis / hourMillis
	if hour == l.hour || l.count == 0 {
		l.hour, l.sum, l.count = hour, l.sum+v, l.count+1
		return detect.Record{}, false
	}
	ended, mean, whole := l.hour, l.sum/float64(l.count), l.count >= leastHour
	l.hour, l.sum, l.count = hour, v, 1
	if !whole {
		return detect.Record{}, false
	}
	return w.judge(t, ended, mean, millis)
}

// judge takes the mean of an hour that has ended.
func (w *levelWatch) judge(t *tracked, hour int64, mean float64, millis int64) (detect.Record, bool) {
	l := t.level
	of := int(hour % 24)
	if l.known < 24 {
		l.ref[of] = mean
		l.known++
		if l.known == 24 {
			l.spread = spreadOf(l.ref[:])
		}
		return detect.Record{}, false
	}
	l.recent[l.n%levelHours] = mean - l.ref[of]
	l.n++
	if l.n < levelHours || math.IsNaN(l.ref[of]) {
		return detect.Record{}, false
	}
	sorted := l.recent
	slices.Sort(sorted[:])
	shift := (sorted[levelHours/2-1] + sorted[levelHours/2]) / 2
	expected := 0.0
	for i := range levelHours {
		expected += l.ref[(of+24-i)%24] / levelHours
	}
	spread := max(l.spread, 1e-10*math.Abs(expected), 1e-12)
	z := shift / spread
	far := math.Abs(z) >= w.threshold && math.Abs(shift) >= max(driftShare*math.Abs(expected), t.MinChange)
	switch {
	case math.IsNaN(z):
		return detect.Record{}, false
	case l.out && math.Abs(z) < w.threshold/2:
		l.out = false
		return detect.Record{}, false
	case l.out || !far:
		return detect.Record{}, false
	}
	l.out = true
	if t.opened > millis-24*hourMillis && t.up == (z > 0) {
		return detect.Record{}, false // told when it began
	}
	return t.Level(millis, expected+shift, expected, z), true
}

func spreadOf(hours []float64) float64 {
	mean, n := 0.0, 0.0
	for _, h := range hours {
		if !math.IsNaN(h) {
			mean += h
			n++
		}
	}
	mean /= n
	squares := 0.0
	for _, h := range hours {
		if !math.IsNaN(h) {
			squares += (h - mean) * (h - mean)
		}
	}
	return math.Sqrt(squares / (n - 1))
}
