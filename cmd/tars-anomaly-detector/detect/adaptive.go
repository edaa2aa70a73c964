package detect

import (
	"errors"
	"math"
	"slices"
)

// adaptive finds points unlike anything the series has done before. It learns
// its thresholds from the series itself, so there is nothing to set.
//
// Four views of the series are watched: the value; its jump from the mean of the
// last 24 values, for what is high only for where the series is now; that mean;
// and the mean of the last 24 distances from what is usual at that hour of the
// day. In each view a point is held against the nearest value seen
// so far (nearest-neighbour novelty, as in conformal anomaly detection: Laxhammar
// and Falkman 2010, Burnaev and Ishimtsev 2016), and this distance against two
// yardsticks:
//
//   - the largest such distance of late, which fades with a half-life of about
//     350 points: a series that keeps surprising is not surprising any more;
//   - the spread of the view so far, with a margin that shrinks as history
//     grows, since a young series breaks its records all the time; twice that
//     for jumps, which are noisier than the rest.
//
// The score is distance / (distance + yardstick), so 0.5 is where the distance
// reaches the yardstick, and scale and offset cancel. After an event nothing is
// one for 24 points: a fault is told when it begins.
//
// It fails where an anomaly stays within what was seen before (a second fault
// like the first soon after it; a season broken by less than its own noise),
// where it comes so slowly that each step is near the one before, in the first
// day and the first two hundred points, and for seasons other than the day's.
type adaptive struct {
	value, jump, level, season novelty

	recent  trail // the last values
	unusual trail // their distances from what is usual at that hour
	day     dayProfile
	quiet   int // points left of the pause after an event
	seen    int
	born    int64 // the first point
}

// The parameters of the method; not flags, since nothing needs setting.
const (
	// smooth is the number of points in the mean views and of the pause.
	smooth = 24
	// fade is how much of the largest distance remains after a point.
	fade = 0.998
	// surprise is the share of the largest distance of late that a distance
	// must reach.
	surprise = 0.5
	// stray is the number of spreads that a distance must reach, times 1 +
	// youth/n with n points of history.
	stray, youth = 0.4, 576
	// jumpy is how many times farther a jump must be.
	jumpy = 2
	// warmUpAdaptive points are learnt before one is scored, and a whole day,
	// since the other half of a season is no anomaly; but not more than
	// mostWarmUp points.
	warmUpAdaptive, mostWarmUp = 200, 1440
)

func newAdaptive() *adaptive { return &adaptive{} }

func (a *adaptive) judge(t int64, v float64) Judgement {
	if a.seen < warmUpAdaptive || t-a.born < dayOfMillis && a.seen < mostWarmUp {
		return Judgement{}
	}
	j := Judgement{Expected: a.recent.mean(), Scored: true}
	j.Z = a.value.z(v)
	j.Score = a.value.score(v, 1)
	jump := v - j.Expected
	if s := a.jump.score(jump, jumpy); s > j.Score {
		j.Score, j.Z = s, a.jump.z(jump)
	}
	if s, x := a.level.judged(a.recent.with(v)); s > j.Score {
		j.Score, j.Z = s, a.level.z(x)
	}
	if usual, ok := a.day.at(t); ok {
		if s, x := a.season.judged(a.unusual.with(v - usual)); s > j.Score {
			j.Score, j.Z = s, a.season.z(x)
		}
	}
	j.FellToZero = v == 0 && a.quiet == 0 && awayFromZero(j.Expected, a.recent.low())
	if a.quiet > 0 {
		j.Score = min(j.Score, math.Nextafter(EventScore, 0))
	}
	return j
}

// learn takes the point in. A fault is learnt too: having been seen is what
// makes it ordinary, and the spread that it widens fades with more points.
func (a *adaptive) learn(t int64, v float64, event, _ bool) {
	if event {
		a.quiet = smooth
	} else if a.quiet > 0 {
		a.quiet--
	}
	if a.seen == 0 {
		a.born = t
	}
	a.seen++
	a.value.add(v)
	if x, full := a.recent.with(v); full {
		a.level.add(x)
	}
	if len(a.recent.values) == smooth {
		a.jump.add(v - a.recent.mean())
	}
	a.recent.push(v)
	if usual, ok := a.day.at(t); ok {
		if x, full := a.unusual.with(v - usual); full {
			a.season.add(x)
		}
		a.unusual.push(v - usual)
	}
	a.day.add(t, v)
}

func (a *adaptive) release(bool) {}

// novelty is one view: what values it has had, how far from the nearest of
// them new ones fell, and how it spreads.
type novelty struct {
	known   []float64 // sorted; thinned where it is dense
	largest float64   // distance of late, faded
	n       float64
	mean    float64
	squares float64 // sum of squared distances from the mean (Welford 1962)
}

// mostKnown bounds the values kept of a view; they are thinned to about half.
const mostKnown = 512

// distance is from the nearest value seen so far, and the place of x among
// them.
func (f *novelty) distance(x float64) (d float64, place int) {
	low, high := 0, len(f.known)
	for low < high {
		if mid := int(uint(low+high) >> 1); f.known[mid] < x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	switch {
	case len(f.known) == 0:
		return 0, 0
	case low == 0:
		return f.known[0] - x, 0
	case low == len(f.known):
		return x - f.known[low-1], low
	}
	return min(f.known[low]-x, x-f.known[low-1]), low
}

func (f *novelty) spread() float64 { return math.Sqrt(f.squares / max(f.n, 1)) }

// score is that of a value before it is added, in a view that is strict times as
// strict about its spread; 0 while the view is young.
func (f *novelty) score(x, strict float64) float64 {
	if f.n < warmUpAdaptive {
		return 0
	}
	d, _ := f.distance(x)
	if d == 0 {
		return 0
	}
	yard := max(surprise*f.largest, strict*stray*(1+youth/f.n)*f.spread(), 1e-9*math.Abs(f.mean))
	return d / (d + yard)
}

func (f *novelty) judged(x float64, ok bool) (score, value float64) {
	if !ok {
		return 0, x
	}
	return f.score(x, 1), x
}

// z is the distance from the mean of the view in spreads.
func (f *novelty) z(x float64) float64 {
	return min(max((x-f.mean)/max(f.spread(), floorRelative*math.Abs(f.mean), floorAbsolute), -mostZ), mostZ)
}

func (f *novelty) add(x float64) {
	d, place := f.distance(x)
	f.largest *= fade
	if f.n >= warmUpAdaptive/2 {
		f.largest = max(f.largest, d)
	}
	f.n++
	step := x - f.mean
	f.mean += step / f.n
	f.squares += step * (x - f.mean)
	if n := len(f.known); n > 0 && (d == 0 || d < (f.known[n-1]-f.known[0])/(8*mostKnown)) {
		return
	}
	f.known = slices.Insert(f.known, place, x)
	if len(f.known) > mostKnown {
		f.thin()
	}
}

// thin drops values that are nearer to the one before than is usual; the ends
// stay.
func (f *novelty) thin() {
	last := len(f.known) - 1
	near := (f.known[last] - f.known[0]) / float64(8*last)
	for f.apart(near) > mostKnown*3/4 {
		near *= 2
	}
	out := f.known[:1]
	for _, x := range f.known[1:last] {
		if x-out[len(out)-1] > near {
			out = append(out, x)
		}
	}
	f.known = append(out, f.known[last])
}

// apart counts the values that thin keeps when it drops what is near.
func (f *novelty) apart(near float64) int {
	n, before := 1, f.known[0]
	for _, x := range f.known[1:] {
		if x-before > near {
			n++
			before = x
		}
	}
	return n
}

// trail is the last values of something.
type trail struct {
	values []float64
	next   int
}

func (r *trail) push(v float64) {
	if len(r.values) < smooth {
		r.values = append(r.values, v)
		return
	}
	r.values[r.next] = v
	r.next = (r.next + 1) % smooth
}

// with is the mean that the trail would have with v as its newest value, and
// whether that is a whole trail.
func (r *trail) with(v float64) (mean float64, full bool) {
	if len(r.values) < smooth-1 {
		return 0, false
	}
	sum := v
	for i, x := range r.values {
		if len(r.values) == smooth && i == r.next {
			continue // the one that leaves
		}
		sum += x
	}
	return sum / smooth, true
}

func (r *trail) mean() float64 {
	sum := 0.0
	for _, x := range r.values {
		sum += x
	}
	return sum / max(float64(len(r.values)), 1)
}

func (r *trail) low() float64 {
	if len(r.values) == 0 {
		return 0
	}
	return slices.Min(r.values)
}

// dayProfile is what is usual at each hour of the day (UTC): the mean of the
// hour's means on the days before, newer days weighing a fifth.
type dayProfile struct {
	usual [24]float64
	days  [24]int
	hour  int64 // the hour that goes on, since 1970
	sum   float64
	n     int
}

const (
	hourOfMillis = 3_600_000
	dayOfMillis  = 24 * hourOfMillis
	newDay       = 0.2
)

// at is what is usual at a time; false on the first day.
func (p *dayProfile) at(t int64) (float64, bool) {
	h := hourOfDay(t / hourOfMillis)
	return p.usual[h], p.days[h] > 0
}

func hourOfDay(hour int64) int { return int(((hour % 24) + 24) % 24) }

func (p *dayProfile) add(t int64, v float64) {
	hour := t / hourOfMillis
	if hour != p.hour && p.n > 0 {
		h := hourOfDay(p.hour)
		mean := p.sum / float64(p.n)
		p.days[h]++
		p.usual[h] += max(newDay, 1/float64(p.days[h])) * (mean - p.usual[h])
		p.sum, p.n = 0, 0
	}
	p.hour = hour
	p.sum += v
	p.n++
}

// adaptiveAbove grades a score as severity does a z-score over the threshold:
// 1 where the distance is twice the yardstick, 2 where it is four times.
func adaptiveAbove(score float64) float64 {
	if score >= 1 {
		return 2
	}
	return math.Log2(score / (1 - score))
}

// adaptiveState is the state of the method in a checkpoint.
type adaptiveState struct {
	Value   noveltyState `json:"value"`
	Jump    noveltyState `json:"jump"`
	Level   noveltyState `json:"level"`
	Season  noveltyState `json:"season"`
	Recent  []float64    `json:"recent"`
	Unusual []float64    `json:"unusual"`
	NextR   int          `json:"next_recent"`
	NextU   int          `json:"next_unusual"`
	Usual   [24]float64  `json:"usual"`
	Days    [24]int      `json:"days"`
	Hour    int64        `json:"hour"`
	Sum     float64      `json:"sum"`
	N       int          `json:"n"`
	Quiet   int          `json:"quiet"`
	Seen    int          `json:"seen"`
	Born    int64        `json:"born"`
}

type noveltyState struct {
	Known   []float64 `json:"known"`
	Largest float64   `json:"largest"`
	N       float64   `json:"n"`
	Mean    float64   `json:"mean"`
	Squares float64   `json:"squares"`
}

func (f *novelty) save() noveltyState {
	return noveltyState{slices.Clone(f.known), f.largest, f.n, f.mean, f.squares}
}

func (s noveltyState) load() novelty {
	return novelty{s.Known, s.Largest, s.N, s.Mean, s.Squares}
}

func (a *adaptive) save() methodState {
	return methodState{Adaptive: &adaptiveState{
		Value: a.value.save(), Jump: a.jump.save(), Level: a.level.save(), Season: a.season.save(),
		Recent: slices.Clone(a.recent.values), NextR: a.recent.next,
		Unusual: slices.Clone(a.unusual.values), NextU: a.unusual.next,
		Usual: a.day.usual, Days: a.day.days, Hour: a.day.hour, Sum: a.day.sum, N: a.day.n,
		Quiet: a.quiet, Seen: a.seen, Born: a.born,
	}}
}

func (a *adaptive) load(m methodState) error {
	s := m.Adaptive
	if s == nil {
		return errors.New("the state kept is that of another method")
	}
	if len(s.Recent) > smooth || len(s.Unusual) > smooth || s.NextR < 0 || s.NextR >= smooth || s.NextU < 0 || s.NextU >= smooth {
		return errors.New("the state kept is damaged")
	}
	*a = adaptive{
		value: s.Value.load(), jump: s.Jump.load(), level: s.Level.load(), season: s.Season.load(),
		recent: trail{s.Recent, s.NextR}, unusual: trail{s.Unusual, s.NextU},
		day:   dayProfile{s.Usual, s.Days, s.Hour, s.Sum, s.N},
		quiet: s.Quiet, seen: s.Seen, born: s.Born,
	}
	return nil
}
