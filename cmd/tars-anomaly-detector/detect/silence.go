package detect

import "slices"

// pace learns how often a series speaks, to know when it is silent.
type pace struct {
	last      int64
	intervals [8]int64
	n         int // intervals seen, at most 8 of them kept
}

// silentAfter intervals without a point are silence; regular is how many of
// the last intervals must be alike for a series to be held to its pace.
const (
	silentAfter = 3
	regular     = 7
)

// tick notes the time of a point.
func (p *pace) tick(t int64) {
	if p.last != 0 && t > p.last {
		p.intervals[p.n&7] = t - p.last
		p.n++
	}
	if t > p.last {
		p.last = t
	}
}

// step returns the usual distance of two points in milliseconds, 0 when the
// series has none.
func (p *pace) step() int64 {
	if p.n < len(p.intervals) {
		return 0
	}
	sorted := p.intervals
	slices.Sort(sorted[:])
	usual := sorted[len(sorted)/2]
	alike := 0
	for _, d := range sorted {
		if 2*d <= 3*usual && 3*d >= 2*usual {
			alike++
		}
	}
	if alike < regular {
		return 0
	}
	return usual
}

// Silence is a stretch in which a series that spoke at a steady pace did not.
type Silence struct {
	Series *Series
	// Last is the last point before, Until the first after it or the end of
	// what was seen, Step the usual distance of two points; Unix milliseconds.
	Last, Until, Step int64
	// Expected is the last expected value.
	Expected float64
}

// SilentBy reports the silence of a series at time t, before a point at t is
// pushed or at the end of the input.
func (s *Series) SilentBy(t int64) (Silence, bool) {
	last := s.clock.last
	if last == 0 || t-last <= silentAfter*s.clock.intervals[(s.clock.n+7)&7] || s.Points-s.Unscored <= 0 {
		return Silence{}, false
	}
	step := s.clock.step()
	if step == 0 || t-last <= silentAfter*step {
		return Silence{}, false
	}
	return Silence{Series: s, Last: last, Until: t, Step: step, Expected: s.expected()}, true
}

// EndsAt returns the silence that begins with the series' last point if nothing
// follows it; Until is the last moment up to which it is none. It is false for
// a series without a steady step.
func (s *Series) EndsAt() (Silence, bool) {
	step := s.clock.step()
	if step == 0 || s.Points == s.Unscored {
		return Silence{}, false
	}
	last := s.clock.last
	return Silence{Series: s, Last: last, Until: last + silentAfter*step, Step: step, Expected: s.expected()}, true
}

// Step returns the usual distance of two points of the series in
// milliseconds, 0 when it has none.
func (s *Series) Step() int64 { return s.clock.step() }

// expected is what the next point is expected to be.
func (s *Series) expected() float64 {
	return s.method.judge(s.clock.last, 0).Expected
}

// Reach is how long a silence lasts before it is noticed, in milliseconds.
func (g Silence) Reach() int64 { return silentAfter * g.Step }

// Record returns the silence as an event, dated to when it was noticed.
func (g Silence) Record() Record {
	return Record{
		Series: g.Series, Time: g.Last + g.Reach(), Value: nan,
		Judgement: Judgement{Expected: g.Expected, Score: 1, Scored: true},
		Event:     true, Silent: g.Until - g.Last, Since: g.Last + g.Step,
	}
}
