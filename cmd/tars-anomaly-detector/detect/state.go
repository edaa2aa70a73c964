package detect

import (
	"fmt"

	"github.com/veleron-dev/tars/lib/schema"
)

// SeriesState is a series in a checkpoint.
type SeriesState struct {
	Metric   string            `json:"metric"`
	Labels   map[string]string `json:"labels,omitempty"`
	Method   methodState       `json:"method"`
	Points   int               `json:"points"`
	Unscored int               `json:"unscored"`
	Ups      uint8             `json:"ups,omitempty"`
	Downs    uint8             `json:"downs,omitempty"`
	Times    [openOf]int64     `json:"times"`
	Zs       [openOf]float64   `json:"zs"`
	Open     bool              `json:"open,omitempty"`
	Started  int64             `json:"started,omitempty"`
	Age      int               `json:"age,omitempty"`
	Hits     int               `json:"hits,omitempty"`
	Quiet    int               `json:"quiet,omitempty"`
	Last     int64             `json:"last"`
	Pace     [8]int64          `json:"pace"`
	Paces    int               `json:"paces"`
}

// Save returns the state of the series.
func (s *Series) Save() SeriesState {
	out := SeriesState{
		Metric: s.Key.Metric, Labels: s.Key.Labels, Method: s.method.save(),
		Points: s.Points, Unscored: s.Unscored, Ups: s.ups, Downs: s.downs,
		Open: s.open, Started: s.started, Age: s.age, Hits: s.hits, Quiet: s.quiet,
		Last: s.clock.last, Pace: s.clock.intervals, Paces: s.clock.n,
	}
	for i, p := range s.last {
		out.Times[i], out.Zs[i] = p.time, p.z
	}
	return out
}

// Load takes over a state, which must be of the same method.
func (s *Series) Load(in SeriesState) error {
	if err := s.method.load(in.Method); err != nil {
		return fmt.Errorf("restoring %s: %w", s.Name, err)
	}
	s.Points, s.Unscored, s.ups, s.downs = in.Points, in.Unscored, in.Ups, in.Downs
	s.open, s.started, s.age, s.hits, s.quiet = in.Open, in.Started, in.Age, in.Hits, in.Quiet
	s.clock = pace{last: in.Last, intervals: in.Pace, n: in.Paces}
	for i := range s.last {
		s.last[i] = lastPoint{in.Times[i], in.Zs[i]}
	}
	return nil
}

// Open reports whether an incident of the series is open.
func (s *Series) Open() bool { return s.open }

// Last is the time of the last point in Unix milliseconds, 0 before any.
func (s *Series) Last() int64 { return s.clock.last }

// IncidentState is an incident in a checkpoint.
type IncidentState struct {
	ID       string        `json:"id"`
	Started  int64         `json:"started"`
	Detected int64         `json:"detected"`
	Last     int64         `json:"last"`
	Until    int64         `json:"until"`
	Levels   bool          `json:"levels,omitempty"`
	Members  []MemberState `json:"members"`
}

// MemberState is a member in a checkpoint. Its series is named; the peak is
// spelled out, with null for what is not finite.
type MemberState struct {
	Series    string   `json:"series"`
	Started   int64    `json:"started"`
	Last      int64    `json:"last"`
	Points    int      `json:"points"`
	Lasting   bool     `json:"lasting,omitempty"`
	Open      bool     `json:"open,omitempty"`
	PeakTime  int64    `json:"peak_time"`
	Value     *float64 `json:"value"`
	Expected  *float64 `json:"expected"`
	Z         *float64 `json:"z"`
	Score     float64  `json:"score"`
	Silent    int64    `json:"silent,omitempty"`
	FromLevel bool     `json:"from_level,omitempty"`
	Zero      bool     `json:"fell_to_zero,omitempty"`
}

// Save returns the incidents that are open.
func (g *Grouper) Save() []IncidentState {
	out := []IncidentState{}
	for _, in := range g.open {
		state := IncidentState{
			ID: in.ID, Started: in.Started, Detected: in.Detected, Last: in.Last, Until: in.until, Levels: in.levels,
		}
		for _, m := range in.Members {
			p := &m.Peak
			state.Members = append(state.Members, MemberState{
				Series: m.Name, Started: m.Started, Last: m.Last, Points: m.Points, Lasting: m.Lasting, Open: m.Open,
				PeakTime: p.Time, Value: schema.Num(p.Value), Expected: schema.Num(p.Expected), Z: schema.Num(p.Z),
				Score: p.Score, Silent: p.Silent, FromLevel: p.FromLevel, Zero: p.FellToZero,
			})
		}
		out = append(out, state)
	}
	return out
}

// Load takes over open incidents; find returns the series of a name.
func (g *Grouper) Load(states []IncidentState, find func(name string) *Series) error {
	number := func(v *float64) float64 {
		if v == nil {
			return nan
		}
		return *v
	}
	for _, state := range states {
		in := &Incident{
			ID: state.ID, Started: state.Started, Detected: state.Detected, Last: state.Last,
			until: state.Until, levels: state.Levels,
		}
		for _, m := range state.Members {
			s := find(m.Series)
			if s == nil {
				return fmt.Errorf("restoring incident %s: the series %s is missing", state.ID, m.Series)
			}
			in.Members = append(in.Members, &Member{
				Series: s, Name: m.Series, Started: m.Started, Last: m.Last, Points: m.Points, Lasting: m.Lasting, Open: m.Open,
				Peak: Record{
					Series: s, Time: m.PeakTime, Value: number(m.Value), Silent: m.Silent, FromLevel: m.FromLevel, Event: true,
					Judgement: Judgement{Expected: number(m.Expected), Z: number(m.Z), Score: m.Score, Scored: true, FellToZero: m.Zero},
				},
			})
			if m.Open {
				in.active++
				g.of[s] = in
			}
		}
		g.open = append(g.open, in)
	}
	return nil
}

// Holds reports whether a series takes part in an open incident.
func (g *Grouper) Holds(s *Series) bool {
	for _, in := range g.open {
		if in.member(s) != nil {
			return true
		}
	}
	return false
}
