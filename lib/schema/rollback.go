package schema

import "encoding/json"

// What to do about a release.
const (
	AdviceKeep     = "keep"
	AdviceRollback = "rollback"
	AdviceUnknown  = "unknown"
)

// RollbackAdvice is the advice on whether to roll back, and its price. Part of
// daily_summary and regression_summary.
type RollbackAdvice struct {
	// ShouldRollback is null when too little is known: that is not a "no".
	ShouldRollback *bool `json:"should_rollback"`
	// Advice is keep, rollback or unknown.
	Advice string `json:"advice"`
	// Reason is all reasons in one line.
	Reason string `json:"reason"`
	// Priority is P0 for a rollback, P1 while it is unknown, "none" else.
	Priority string   `json:"priority"`
	Reasons  []string `json:"reasons"`
	// Confidence is how sure the advice is, 0 to 1; null when it is unknown or
	// rests on averages alone.
	Confidence *float64 `json:"confidence"`
	// Prices are what keeping the release costs in error budget, by objective.
	Prices []RollbackPrice `json:"prices,omitempty"`
	// WouldChange says what would change the advice.
	WouldChange []string `json:"would_change"`
}

// RollbackPrice is the error budget of one objective at the present burn.
type RollbackPrice struct {
	// SLO is the KPI of the objective.
	SLO string `json:"slo"`
	// Objective is in the KPI's unit.
	Objective *float64 `json:"objective"`
	// BudgetUsedPercent is the share of the seven-day budget used so far.
	BudgetUsedPercent *float64 `json:"budget_used_percent"`
	// BudgetPerHourPercent is the share of the seven-day budget that each hour
	// burns if the release is kept, from the last day.
	BudgetPerHourPercent *float64 `json:"budget_per_hour_percent"`
	// BudgetPerHourBeforePercent is the same on GA day.
	BudgetPerHourBeforePercent *float64 `json:"budget_per_hour_before_percent"`
	// HoursToExhaustion is until the budget is gone at the present burn: 0 when
	// it is gone, null when it does not burn.
	HoursToExhaustion *float64 `json:"hours_to_exhaustion"`
}

// UnmarshalJSON also reads what older files hold here: a bare boolean or a
// text, and a priority as a number.
func (r *RollbackAdvice) UnmarshalJSON(b []byte) error {
	*r = RollbackAdvice{}
	var should bool
	var reason string
	switch {
	case string(b) == "null":
		return nil
	case json.Unmarshal(b, &should) == nil:
		r.ShouldRollback = &should
	case json.Unmarshal(b, &reason) == nil:
		r.Reason = reason
	default:
		type plain RollbackAdvice
		old := struct {
			*plain
			Priority    json.RawMessage `json:"priority"`
			Confidence  json.RawMessage `json:"confidence"`
			Recommended *bool           `json:"rollback_recommended"`
		}{plain: (*plain)(r)}
		if err := json.Unmarshal(b, &old); err != nil {
			return err
		}
		r.Priority = text(old.Priority)
		if len(old.Confidence) > 0 && json.Unmarshal(old.Confidence, &r.Confidence) != nil {
			r.Confidence = nil // older files write words
		}
		if r.ShouldRollback == nil {
			r.ShouldRollback = old.Recommended
		}
	}
	r.settle()
	return nil
}

// settle fills the advice from should_rollback where an older file has only
// that.
func (r *RollbackAdvice) settle() {
	if r.Advice != "" {
		return
	}
	switch {
	case r.ShouldRollback == nil:
		r.Advice = AdviceUnknown
	case *r.ShouldRollback:
		r.Advice = AdviceRollback
	default:
		r.Advice = AdviceKeep
	}
}
