package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// result turns verdicts into findings, comparisons and advice.
func (w *week) result() Result {
	for i, c := range w.cells {
		v := &w.verdicts[i]
		w.out.Comparisons = append(w.out.Comparisons, w.comparison(c, v))
		if !c.judged() {
			continue
		}
		if v.known && v.unseen {
			w.out.Unknown = append(w.out.Unknown, schema.Unknown{
				MetricName: c.key, Service: c.scope.service,
				Region: c.scope.region, Reason: "the last 24 hours have too little of it to say how it stands",
			})
		}
		if !v.known {
			w.out.Unknown = append(w.out.Unknown, schema.Unknown{
				MetricName: c.key, Service: c.scope.service,
				Region: c.scope.region, Reason: v.reason, Needs: v.needs,
			})
		}
		for _, each := range append([]verdict{*v}, v.extra...) {
			switch each.direction {
			case schema.Regression:
				w.out.Regressions = append(w.out.Regressions, w.finding(c, &each))
			case schema.Improvement:
				w.out.Improvements = append(w.out.Improvements, w.finding(c, &each))
			}
		}
	}
	slices.SortStableFunc(w.out.Regressions, worstFirst)
	slices.SortStableFunc(w.out.Improvements, worstFirst)
	w.out.Groups = group(w.out.Regressions)
	w.out.Baselines = w.baselinesUsed()
	w.out.gaps = w.gaps()
	w.out.missing = w.missing()
	w.out.Rollback = w.rollback()
	return w.out
}

// worstFirst orders findings by severity, what still stands before what is
// over, then by the size of the change, then by name.
func worstFirst(a, b schema.Finding) int {
	return cmp.Or(
		schema.SeverityRank(b.Severity)-schema.SeverityRank(a.Severity),
		over(a)-over(b),
		cmp.Compare(sizeOf(b), sizeOf(a)),
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.Region, b.Region), cmp.Compare(a.MetricName, b.MetricName),
	)
}

func over(f schema.Finding) int {
	if f.Standing != nil && !*f.Standing {
		return 1
	}
	return 0
}

func sizeOf(f schema.Finding) float64 {
	if f.RegressionPercent == nil {
		return math.Inf(1)
	}
	return math.Abs(*f.RegressionPercent)
}

func (w *week) comparison(c *cell, v *verdict) schema.MetricComparison {
	m := schema.MetricComparison{
		MetricName: c.key, Service: c.scope.service, Region: c.scope.region,
		Unit: c.rule.Unit, Category: c.rule.Category, Direction: v.direction, Severity: v.severity,
		Evidence: v.evidence, Reason: v.reason,
	}
	if base, ok := c.base.Of(); ok {
		m.BaselineValue = schema.Num(base)
	}
	if current, ok := c.last(); ok {
		m.CurrentValue = schema.Num(current)
	}
	if m.BaselineValue != nil && m.CurrentValue != nil {
		day := changeOf(c.rule, *m.BaselineValue, *m.CurrentValue)
		m.DriftPercent, m.AbsoluteChange = day.percent, schema.Num(day.abs)
	}
	m.Drifted = v.direction == schema.Regression || v.direction == schema.Improvement
	switch {
	case !c.judged():
		m.Direction, m.Severity, m.Drifted, m.Evidence = schema.Unchanged, "", false, nil
	case w.day:
		w.ofToday(c, v, &m)
	}
	return m
}

// ofToday makes a comparison one of the last day: what has recovered is not
// drift, an incident of the day is, and a change that the evidence does not
// admit says so.
func (w *week) ofToday(c *cell, v *verdict, m *schema.MetricComparison) {
	if m.Drifted && v.standing != nil && !*v.standing {
		m.Direction, m.Severity, m.Drifted = schema.Unchanged, "", false
		m.Reason = joined(m.Reason, "it has recovered")
	}
	today := w.start.Add(time.Duration(w.days[len(w.days)-1].DayNumber) * 24 * time.Hour)
	for i := range v.extra {
		if each := &v.extra[i]; !m.Drifted && each.ended != nil && each.ended.After(today) {
			m.Direction, m.Severity, m.Drifted = each.direction, each.severity, true
			m.Evidence, m.Reason = each.evidence, each.reason
		}
	}
	if m.Drifted || v.evidence == nil || v.evidence.Method == "none" || m.BaselineValue == nil || m.CurrentValue == nil {
		return
	}
	if size := changeOf(c.rule, *m.BaselineValue, *m.CurrentValue); size.drifts(c.rule) && size.weighs(c.rule) {
		m.Reason = joined(m.Reason, "not beyond the noise between days")
		m.Evidence.Needs = "more days, or a baseline with the seven days before GA (tars-ga-kpi --lookback 7d)"
		if least := m.Evidence.SmallestDetectablePercent; least != nil {
			m.Evidence.Needs += fmt.Sprintf("; so far a change of %.0f%% would show", *least)
		}
	}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func (w *week) finding(c *cell, v *verdict) schema.Finding {
	f := schema.Finding{
		MetricName: c.key, Service: c.scope.service, Region: c.scope.region, Unit: c.rule.Unit,
		BaselineSource: w.source(),
		BaselineValue:  schema.Num(v.change.base), CurrentValue: schema.Num(v.change.current),
		DriftPercent: v.change.percent, AbsoluteChange: schema.Num(v.change.abs),
		RegressionPercent: schema.Num(v.change.worse),
		Direction:         v.direction, Shape: v.shape, Severity: v.severity, Category: c.rule.Category,
		FirstDetected: v.onset, Ended: v.ended, Standing: v.standing, BeganBeforeGA: v.beforeGA,
		Baselines: v.votes, Evidence: v.evidence, Reason: v.reason,
	}
	if v.source != "" {
		f.BaselineSource = v.source
	}
	if !v.onset.IsZero() && !w.start.IsZero() {
		day := int(math.Floor(v.onset.Sub(w.start).Hours() / 24))
		f.FirstDetectedDay = &day
	}
	f.Impact = impact(c, v)
	f.MitigationPriority = priority(v)
	f.RecommendedActions = actions(c, v)
	f.Preceding = w.preceding(&f)
	return f
}

// source names the baseline that decides.
func (w *week) source() string {
	if len(w.opts.Baselines) > 0 && w.opts.Baselines[0].Name != "" {
		return w.opts.Baselines[0].Name
	}
	return SourceGA
}

func (w *week) baselinesUsed() []schema.BaselineUsed {
	var used []schema.BaselineUsed
	for _, b := range w.opts.Baselines {
		u := schema.BaselineUsed{Source: b.Name}
		switch {
		case b.Summary != nil:
			u.Release = b.Summary.Release
			u.Start, u.End = b.Summary.GAStart, b.Summary.GAEnd
			u.Series = anySeries(b.Summary.KPIs)
			if h := b.Summary.History; h != nil && h.StepSeconds > 0 {
				longest := 0
				for _, values := range h.KPIs {
					longest = max(longest, len(values))
				}
				u.HistoryDays = int(float64(longest) * h.StepSeconds / 86400)
			}
		case len(b.Days) > 0:
			u.Release = b.Days[0].Release
			for _, d := range b.Days {
				u.Series = u.Series || anySeries(d.KPIs)
			}
			if first := b.Days[0].Window; first != nil {
				u.Start = first.Start
			}
			if last := b.Days[len(b.Days)-1].Window; last != nil {
				u.End = last.End
			}
		}
		used = append(used, u)
	}
	return used
}

func anySeries(kpis schema.KPIs) bool {
	for _, k := range kpis {
		if k.Series != nil {
			return true
		}
	}
	return false
}
