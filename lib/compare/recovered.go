package compare

import (
	"fmt"
	"math"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// weighRun judges a recovered incident. Its severity is that of what it did to
// its day: an hour at twice the latency is not a day at twice the latency.
func (w *week) weighRun(st *study, r run, q float64) verdict {
	v := verdict{known: true, direction: schema.Unchanged}
	a := st.axis()
	if r.to <= a.ga {
		return v // before the release
	}
	base, _ := st.cell.base.Of()
	from, to, value, ok := st.extent(r, a)
	if !ok {
		return v
	}
	rule := st.cell.rule
	v.change = changeOf(rule, base, value)
	if !v.change.drifts(rule) || v.change.worse <= 0 {
		return v
	}
	day := v.change.worse * min(1, to.Sub(from).Hours()/hoursPerDay)
	v.direction, v.shape, v.severity = schema.Regression, schema.ShapeIncident, rule.rungOf(day)
	if v.severity == "" || !v.change.weighs(rule) {
		v.severity = schema.SeverityLow
	}
	end := schema.At(to)
	v.onset, v.ended = schema.At(from), &end
	v.reason = fmt.Sprintf("an incident of %s, rated by what it did to its day", length(to.Sub(from)))
	if r.recent {
		v.reason += fmt.Sprintf("; it ended less than %d hours before the last data, too soon to call it over", recovered)
	} else {
		over := false
		v.standing = &over
		v.reason += "; recovered: not a lasting change"
	}
	v.evidence = &schema.Evidence{
		Method: "hours", CurrentHours: r.to - r.from, CurrentDays: (r.to-1)/hoursPerDay - r.from/hoursPerDay + 1,
		BaselineDays: 1, P: schema.Num(r.p), Q: schema.Num(q),
	}
	return v
}

func (st *study) axis() axis {
	if st.levels != nil {
		return st.levels.axis
	}
	return st.counted.axis
}

// extent is when an incident began and ended, to the sample, and the KPI's mean
// in between. Samples belong to it from half of its height on; hours bound the
// search, since they found it.
func (st *study) extent(r run, a axis) (from, to time.Time, value float64, ok bool) {
	start, end := a.timeOf(r.from), a.timeOf(r.to)
	inside := meanOf(st.hours.mean[r.from:r.to])
	around := append(append([]float64(nil), st.hours.median[max(0, r.from-hoursPerDay):max(0, r.from-1)]...),
		st.hours.median[min(len(st.hours.median), r.to+1):min(len(st.hours.median), r.to+hoursPerDay)]...)
	ordinary := median(around)
	if math.IsNaN(inside) || math.IsNaN(ordinary) {
		return start, end, inside, !math.IsNaN(inside)
	}
	edge := ordinary + (inside-ordinary)/2
	sum, n := 0.0, 0.0
	series := []*schema.Series{st.cell.base.Series}
	for _, k := range st.cell.days {
		series = append(series, k.Series)
	}
	for _, s := range series {
		if s == nil || s.StepSeconds <= 0 || s.Start.After(end.Add(time.Hour)) || s.End().Before(start.Add(-time.Hour)) {
			continue
		}
		for i, sample := range s.Values {
			at := s.Start.Add(time.Duration(i) * s.Step())
			beyond := (inside > ordinary) == (sample > edge)
			if math.IsNaN(sample) || !beyond || at.Before(start.Add(-time.Hour)) || !at.Before(end.Add(time.Hour)) {
				continue
			}
			if n == 0 {
				from = at
			}
			to = at.Add(s.Step())
			sum += sample
			n++
		}
	}
	if n == 0 {
		return start, end, inside, true
	}
	return from, to, sum / n, true
}

// length writes a length of time in hours and minutes.
func length(d time.Duration) string {
	d = d.Round(time.Minute)
	hours, minutes := int(d.Hours()), int(d.Minutes())%60
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d h %d min", hours, minutes)
}
