package detect

import (
	"cmp"
	"slices"
)

// Run is a stretch in which a series spoke, both ends points, in Unix
// milliseconds.
type Run struct{ From, To int64 }

// Coverage is the union of runs, in order and apart.
type Coverage struct {
	runs []Run
	// loose are runs not merged yet.
	loose []Run
}

// Add takes a run into the union.
func (c *Coverage) Add(r Run) {
	if n := len(c.runs); n > 0 && len(c.loose) == 0 && c.runs[n-1] == r {
		return
	}
	c.loose = append(c.loose, r)
	if len(c.loose) > 1024+len(c.runs) {
		c.merge()
	}
}

// Runs returns the union.
func (c *Coverage) Runs() []Run {
	c.merge()
	return c.runs
}

func (c *Coverage) merge() {
	if len(c.loose) == 0 {
		return
	}
	all := append(c.runs, c.loose...)
	slices.SortFunc(all, func(a, b Run) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := all[:1]
	for _, r := range all[1:] {
		if last := &out[len(out)-1]; r.From <= last.To {
			last.To = max(last.To, r.To)
		} else {
			out = append(out, r)
		}
	}
	c.runs, c.loose = out, c.loose[:0]
}

// Touches reports whether anything was seen in [from, to].
func (c *Coverage) Touches(from, to int64) bool {
	runs := c.Runs()
	i, _ := slices.BinarySearchFunc(runs, from, func(r Run, t int64) int { return cmp.Compare(r.To, t) })
	return i < len(runs) && runs[i].From <= to
}
