package measure

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// grid is the steps of a window: sample i stands for
// (start+i*step, start+(i+1)*step] and is evaluated at its end.
type grid struct {
	start time.Time
	step  time.Duration
	n     int
}

func newGrid(w schema.Window, step time.Duration) grid {
	return grid{start: w.Start.Time, step: step, n: int(w.End.Sub(w.Start.Time) / step)}
}

// first and last are the evaluation times of the grid's ends.
func (g grid) first() time.Time { return g.start.Add(g.step) }
func (g grid) last() time.Time  { return g.start.Add(time.Duration(g.n) * g.step) }

// values lays points out on the grid; steps without a finite sample are NaN.
func (g grid) values(points []schema.SamplePair) schema.Values {
	values := make(schema.Values, g.n)
	for i := range values {
		values[i] = math.NaN()
	}
	for _, p := range points {
		since := time.Duration(p.Millis-g.start.UnixMilli()) * time.Millisecond
		if i := int(since/g.step) - 1; since%g.step == 0 && i >= 0 && i < g.n && !math.IsInf(p.Value, 0) {
			values[i] = p.Value
		}
	}
	return values
}

// coverage counts the steps in which any KPI has a sample and finds the gaps.
type coverage struct {
	grid grid
	seen []bool
}

func (c *coverage) add(values schema.Values) {
	if c.seen == nil {
		c.seen = make([]bool, c.grid.n)
	}
	for i, v := range values {
		if !math.IsNaN(v) {
			c.seen[i] = true
		}
	}
}

func (c *coverage) quality(warnings []string) *schema.DataQuality {
	q := &schema.DataQuality{ExpectedSamples: c.grid.n, Gaps: []schema.Gap{}, Warnings: []string{}}
	gapFrom := -1
	for i := 0; i <= c.grid.n; i++ {
		covered := i == c.grid.n || (c.seen != nil && c.seen[i])
		if i < c.grid.n && covered {
			q.ActualSamples++
		}
		switch {
		case covered && gapFrom >= 0:
			q.Gaps = append(q.Gaps, schema.Gap{
				Start: schema.At(c.grid.start.Add(time.Duration(gapFrom) * c.grid.step)),
				End:   schema.At(c.grid.start.Add(time.Duration(i) * c.grid.step)),
			})
			gapFrom = -1
		case !covered && gapFrom < 0:
			gapFrom = i
		}
	}
	if c.grid.n > 0 {
		q.CoveragePercent = schema.Num(100 * float64(q.ActualSamples) / float64(c.grid.n))
	}
	for _, gap := range q.Gaps {
		q.Warnings = append(q.Warnings, fmt.Sprintf("no data from %s to %s: nothing is known of that time",
			gap.Start.Format(time.RFC3339), gap.End.Format(time.RFC3339)))
	}
	slices.Sort(warnings)
	q.Warnings = append(q.Warnings, slices.Compact(warnings)...)
	return q
}
