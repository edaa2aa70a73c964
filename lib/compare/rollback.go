package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// How many severe regressions at once are a reason to roll back.
const (
	rollbackCriticals = 3
	rollbackHighs     = 5
)

// rollback turns findings into advice. Only what still stands in the last 24
// hours, began with or after the release and nobody answers for is a reason.
// Too little known is "unknown", never "no".
func (w *week) rollback() schema.RollbackAdvice {
	return advise(w.out.Regressions, w.prices(), w.out.gaps)
}

// Advise computes the advice anew from a result whose findings were
// acknowledged since.
func (r *Result) Advise() schema.RollbackAdvice {
	return advise(r.Regressions, r.Rollback.Prices, r.gaps)
}

// counts reports whether a finding can be a reason to roll back.
func counts(f *schema.Finding) bool {
	return f.Acknowledged == nil && !f.BeganBeforeGA && f.Standing != nil && *f.Standing &&
		f.Direction == schema.Regression && f.Shape != schema.ShapeIncident
}

func advise(findings []schema.Finding, prices []schema.RollbackPrice, gaps []string) schema.RollbackAdvice {
	advice := schema.RollbackAdvice{Prices: prices, Reasons: []string{}, WouldChange: []string{}}
	var doubts []string
	metrics := map[string]map[string]bool{schema.SeverityCritical: {}, schema.SeverityHigh: {}}
	sure := 0.0
	reason := func(f *schema.Finding, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if byAverages(f) {
			doubts = append(doubts, text+", by averages alone")
			return
		}
		advice.Reasons = append(advice.Reasons, text)
		sure = max(sure, confidence(f))
	}
	for i := range findings {
		f := &findings[i]
		if !counts(f) {
			continue
		}
		if names := metrics[f.Severity]; names != nil {
			names[f.MetricName] = true
		}
		bySize := byAverages(f) && f.RegressionPercent != nil
		switch {
		case f.MetricName == keyAvailability && (f.Severity == schema.SeverityCritical || bySize && *f.RegressionPercent >= 1-1e-6):
			reason(f, "critical regression of %s, still standing", f.Name())
		case f.MetricName == keyP50 && f.Service == "" && f.Region == "" && f.RegressionPercent != nil && *f.RegressionPercent >= 100:
			reason(f, "%s doubled (%+.0f%%) and still stands", f.Name(), *f.RegressionPercent)
		}
		if f.Service == "" && f.Region == "" {
			for _, p := range prices {
				if p.SLO == f.MetricName && spent(p) && withinBefore(p) && schema.SeverityRank(f.Severity) >= 2 {
					reason(f, "the seven-day error budget of %s is spent (%.0f%%) by a regression that still stands; GA day was within the objective",
						f.MetricName, *p.BudgetUsedPercent)
				}
			}
		}
	}
	criticals := len(metrics[schema.SeverityCritical])
	severe := criticals + len(metrics[schema.SeverityHigh])
	if criticals >= rollbackCriticals {
		advice.Reasons = append(advice.Reasons, fmt.Sprintf("%d KPIs with critical regressions still stand", criticals))
	}
	if severe >= rollbackHighs {
		advice.Reasons = append(advice.Reasons, fmt.Sprintf("%d KPIs with high or critical regressions still stand", severe))
	}
	switch {
	case len(advice.Reasons) > 0:
		yes := true
		advice.ShouldRollback, advice.Advice, advice.Priority = &yes, schema.AdviceRollback, "P0"
		if sure == 0 {
			sure = 0.95 // several findings, each admitted at a false discovery rate of 5%
		}
		advice.Confidence = &sure
		advice.WouldChange = append(advice.WouldChange, "a recovery that lasts 24 hours, or somebody acknowledging the findings")
	case len(doubts) > 0 || len(gaps) > 0:
		advice.Advice, advice.Priority = schema.AdviceUnknown, "P1"
		advice.Reasons = append(append(advice.Reasons, doubts...), gaps...)
		if len(doubts) > 0 {
			advice.WouldChange = append(advice.WouldChange, "series in the baseline and the days: "+noneNote)
		}
		for _, g := range gaps {
			advice.WouldChange = append(advice.WouldChange, "data where there is none: "+g)
		}
	default:
		no := false
		advice.ShouldRollback, advice.Advice, advice.Priority = &no, schema.AdviceKeep, "none"
		advice.Reasons = append(advice.Reasons, keepReason(findings))
		advice.WouldChange = append(advice.WouldChange, fmt.Sprintf(
			"a critical availability regression, %d critical or %d high KPIs, a spent error budget or a doubled p50 that stands in the last 24 hours",
			rollbackCriticals, rollbackHighs))
	}
	advice.Reason = strings.Join(advice.Reasons, "; ")
	return advice
}

func byAverages(f *schema.Finding) bool { return f.Evidence == nil || f.Evidence.Method == "none" }

// confidence is one minus the corrected p value of the finding.
func confidence(f *schema.Finding) float64 {
	if f.Evidence == nil || f.Evidence.Q == nil {
		return 0
	}
	return min(0.999, 1-*f.Evidence.Q)
}

func keepReason(findings []schema.Finding) string {
	standing := 0
	for i := range findings {
		if counts(&findings[i]) {
			standing++
		}
	}
	switch {
	case len(findings) == 0:
		return "no regression found"
	case standing == 0:
		return "no regression stands in the last 24 hours that the release could be the cause of"
	}
	if standing == 1 {
		return "1 standing regression, not of the kind that asks for a rollback"
	}
	return fmt.Sprintf("%d standing regressions, none of the kind that asks for a rollback", standing)
}

func spent(p schema.RollbackPrice) bool {
	return p.BudgetUsedPercent != nil && *p.BudgetUsedPercent >= 100
}

// withinBefore reports whether GA day kept the objective: a service that
// always overspends is not this release's fault.
func withinBefore(p schema.RollbackPrice) bool {
	return p.BudgetPerHourBeforePercent != nil && *p.BudgetPerHourBeforePercent <= evenBurn
}

// evenBurn is the share of a seven-day budget, in percent, that an hour burns
// when the budget lasts exactly seven days.
const evenBurn = 100.0 / (7 * 24)

// prices compute the error budgets of the whole, for objectives in percent of
// requests or time.
func (w *week) prices() []schema.RollbackPrice {
	var prices []schema.RollbackPrice
	for _, key := range []string{keyAvailability, keyErrorRate} {
		c := w.find(scope{}, key)
		if c == nil || c.rule.Objective == nil {
			continue
		}
		prices = append(prices, c.price())
	}
	return prices
}

// burn returns how fast a value eats the budget of an objective: 1 spends it
// exactly over the period.
func (r Rule) burn(value float64) float64 {
	if r.Direction == higherIsBetter {
		return (100 - value) / (100 - *r.Objective)
	}
	return value / *r.Objective
}

func (c *cell) price() schema.RollbackPrice {
	p := schema.RollbackPrice{SLO: c.key, Objective: c.rule.Objective}
	used := 0.0
	for _, v := range c.current() {
		used += c.rule.burn(v) / 7
	}
	if len(c.current()) > 0 {
		p.BudgetUsedPercent = schema.Num(100 * used)
	}
	if v, ok := c.base.Of(); ok {
		p.BudgetPerHourBeforePercent = schema.Num(c.rule.burn(v) * evenBurn)
	}
	v, ok := c.last()
	if !ok {
		return p
	}
	rate := c.rule.burn(v) * evenBurn
	p.BudgetPerHourPercent = schema.Num(rate)
	switch {
	case used >= 1:
		p.HoursToExhaustion = schema.Num(0)
	case rate > 0:
		p.HoursToExhaustion = schema.Num(math.Ceil(100*(1-used)/rate*10) / 10)
	}
	return p
}
