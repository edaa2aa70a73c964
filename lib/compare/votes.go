package compare

import (
	"math"

	"github.com/veleron-dev/tars/lib/schema"
)

// voteLevel is the one-sided p value below which a baseline votes for a change.
// Votes inform; only the first baseline decides.
const voteLevel = 0.025

// vote asks every baseline about a cell. st is nil where there are averages
// alone.
func (w *week) vote(c *cell, st *study, v *verdict) {
	votes := make([]schema.BaselineVote, 0, len(w.opts.Baselines)+1)
	for i, b := range w.opts.Baselines {
		name := b.Name
		if i == 0 {
			votes = append(votes, w.firstVote(c, v))
			if st != nil && st.levels != nil && st.levels.axis.ga > 0 && c.scope == (scope{}) {
				votes = append(votes, w.historyVote(c, st, v))
			}
			continue
		}
		base, ok := c.valueIn(b, w)
		current := v.change.current
		if day, paired := w.pairedValue(c, b); paired {
			current = day
		}
		switch {
		case !ok:
			votes = append(votes, schema.BaselineVote{Source: name, Vote: "unknown", Reason: "this baseline has no value of it"})
		case !v.known:
			votes = append(votes, schema.BaselineVote{Source: name, Value: schema.Num(base), Vote: "unknown", Reason: "the days have no value of it"})
		default:
			votes = append(votes, c.outsideVote(name, base, current, st))
		}
	}
	v.votes = votes
}

// firstVote is the verdict itself, said as the vote of the first baseline.
func (w *week) firstVote(c *cell, v *verdict) schema.BaselineVote {
	vote := schema.BaselineVote{Source: w.source(), Vote: v.direction, Reason: v.reason}
	base, ok := c.base.Of()
	if !ok {
		return vote
	}
	vote.Value = schema.Num(base)
	if v.known {
		vote.ChangePercent = changeOf(c.rule, base, v.change.current).percent
	}
	if v.evidence != nil {
		vote.P = v.evidence.P
		if v.evidence.Method == "none" {
			vote.Reason = noneNote
		}
	}
	if v.source == SourceHistory {
		vote.Vote = schema.Unchanged
		vote.Reason = "the change is as old as GA day or older: GA day is no baseline for it"
	}
	return vote
}

// historyVote compares the days after GA (after the onset, where there is one)
// with the days before.
func (w *week) historyVote(c *cell, st *study, v *verdict) schema.BaselineVote {
	vote := schema.BaselineVote{Source: SourceHistory, Vote: "unknown"}
	l, a := st.levels, st.levels.axis
	x := make([]float64, len(l.level))
	onset := a.ga + hoursPerDay
	if !v.onset.IsZero() && v.shape != schema.ShapeIncident {
		onset = max(a.ga, int(v.onset.Sub(a.start).Hours()))
	}
	a.stepAt(onset, x)
	only := *l
	only.weight = append([]float64(nil), l.weight...)
	for d := a.gaDay(); d < len(only.weight) && (d+1)*hoursPerDay <= onset; d++ {
		only.weight[d] = 0 // neither before GA nor after the onset
	}
	fit, ok := only.regress(x, l.prior(w.floor(c), w.daySpread(c)))
	before := meanOf(st.hours.mean[:a.ga])
	if !ok || math.IsNaN(before) {
		vote.Reason = "too few days before GA have it"
		return vote
	}
	vote.Value = schema.Num(before)
	vote.ChangePercent = changeOf(c.rule, before, v.change.current).percent
	vote.Vote, vote.P = schema.Unchanged, schema.Num(tail(math.Abs(fit.t), fit.df))
	worse := st.scale.worsePercent(fit.delta)
	size := change{worse: worse, abs: worse / 100 * before}
	if *vote.P <= voteLevel && size.drifts(c.rule) && size.weighs(c.rule) {
		vote.Vote = schema.Improvement
		if worse > 0 {
			vote.Vote = schema.Regression
		}
	}
	return vote
}

func meanOf(values []float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / n
}

// outsideVote compares with a baseline from elsewhere, whose own spread between
// days is not known: that of the week stands in for it. Without a level of
// either the size alone votes.
func (c *cell) outsideVote(name string, base, current float64, st *study) schema.BaselineVote {
	size := changeOf(c.rule, base, current)
	vote := schema.BaselineVote{Source: name, Value: schema.Num(base), ChangePercent: size.percent, Vote: schema.Unchanged}
	believed := true
	if l := st.best(); l != nil && base > 0 && current > 0 {
		spread := l.fit.se * math.Sqrt(l.fit.sxx)
		t := (st.scale.of(current) - st.scale.of(base)) / (spread * math.Sqrt2)
		vote.P = schema.Num(tail(math.Abs(t), l.fit.df))
		believed = vote.P != nil && *vote.P <= voteLevel
	} else {
		vote.Reason = noneNote
	}
	if believed && size.drifts(c.rule) && size.weighs(c.rule) {
		vote.Vote = size.direction(c.rule)
	}
	return vote
}

// best is the level fit of a study, whichever way it goes; nil without one.
func (st *study) best() *leveled {
	switch {
	case st == nil:
		return nil
	case st.worse != nil:
		return st.worse
	}
	return st.better
}

// valueIn is the cell's value in another baseline; of one with several days,
// the mean of the days that the week has too.
func (c *cell) valueIn(b Baseline, w *week) (float64, bool) {
	if b.Summary != nil {
		return c.in(b.Summary.KPIs, b.Summary.Services, b.Summary.Regions).Of()
	}
	sum, n := 0.0, 0.0
	for _, d := range b.Days {
		if !w.hasDay(d.DayNumber) {
			continue
		}
		if v, ok := c.in(d.KPIs, d.Services, d.Regions).Of(); ok {
			sum += v
			n++
		}
	}
	return sum / max(1, n), n > 0
}

// pairedValue is the cell's mean over the days that a baseline with several
// days has too; false for a baseline of one day.
func (w *week) pairedValue(c *cell, b Baseline) (float64, bool) {
	sum, n := 0.0, 0.0
	for _, d := range b.Days {
		for i, day := range w.days {
			if day.DayNumber != d.DayNumber {
				continue
			}
			if v, ok := c.days[i].Of(); ok {
				sum += v
				n++
			}
		}
	}
	return sum / max(1, n), b.Summary == nil && n > 0
}

func (w *week) hasDay(number int) bool {
	for _, d := range w.days {
		if d.DayNumber == number {
			return true
		}
	}
	return false
}

// in is the cell's KPI in another document.
func (c *cell) in(whole schema.KPIs, services, regions map[string]schema.Breakdown) schema.KPI {
	switch {
	case c.scope.service != "":
		return pick(services[c.scope.service].KPIs, c.key)
	case c.scope.region != "":
		return pick(regions[c.scope.region].KPIs, c.key)
	}
	return pick(whole, c.key)
}
