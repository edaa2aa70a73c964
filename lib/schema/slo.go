package schema

// SLOBurnDown is the error budget of one objective over the watch.
type SLOBurnDown struct {
	// SLOName is the objective in words, "Availability at least 99.9 %".
	SLOName string `json:"slo_name"`
	// KPI is the key of the KPI it is about.
	KPI string `json:"kpi"`
	// Target is the share of time or requests that must be good, in percent.
	Target float64 `json:"target"`
	// Budget is the share that may be bad, in percent: 100 - Target.
	Budget float64 `json:"budget"`
	// BudgetConsumedPercent is how much of the seven-day budget is used; over
	// 100 it is overspent. Null when no day could be judged.
	BudgetConsumedPercent *float64 `json:"budget_consumed_percent"`
	// BudgetConsumed30DayPercent is the same bad share of a 30-day budget.
	BudgetConsumed30DayPercent *float64 `json:"budget_consumed_30d_percent"`
	// BurnRate is the last judged day's bad share over the budget: 1 uses the
	// budget up exactly.
	BurnRate *float64 `json:"burn_rate"`
	// DaysToExhaustion is until the seven-day budget is gone at BurnRate: 0
	// when it is gone, null when it does not burn or is unknown.
	DaysToExhaustion *float64 `json:"days_to_exhaustion"`
	// CoveragePercent is the share of the days' time that was judged; unseen
	// time is neither good nor bad.
	CoveragePercent *float64 `json:"coverage_percent"`
	// ComplianceByDay has one entry a day, in order.
	ComplianceByDay []SLODay `json:"compliance_by_day"`
	// BurnAlerts are the multi-window burn-rate alerts of a 7-day and a 30-day
	// budget; absent when there is no series to compute them from.
	BurnAlerts []SLOBurnAlert `json:"burn_alerts,omitempty"`
	// Reason says what is missing; present only then.
	Reason string `json:"reason,omitempty"`
}

// SLODay is one objective on one day.
type SLODay struct {
	DayNumber int `json:"day_number"`
	// BadPercent is the share of time or requests that was bad; null when
	// unknown.
	BadPercent *float64 `json:"bad_percent"`
	// BurnRate is BadPercent over the budget.
	BurnRate *float64 `json:"burn_rate"`
	// BudgetConsumedPercent is how much of the seven-day budget was used by the
	// day's end; absent when the day is unknown, and in older files.
	BudgetConsumedPercent *float64 `json:"budget_consumed_percent,omitempty"`
	// Met is whether the day kept the objective; null when unknown. An objective
	// on slices of time whose slices are not known is held against the day's
	// average; BadPercent is null then.
	Met *bool `json:"met"`
}

// SLOBurnAlert is one pair of windows of multi-window, multi-burn-rate alerting:
// it fires while the budget burned at Threshold times the sustainable rate, or
// faster, over the long and over the short window.
type SLOBurnAlert struct {
	// PeriodDays is the budget's period, 7 or 30.
	PeriodDays int `json:"period_days"`
	// LongSeconds and ShortSeconds are the windows' lengths.
	LongSeconds  float64 `json:"long_seconds"`
	ShortSeconds float64 `json:"short_seconds"`
	// Threshold is the burn rate that fires; at 1 the budget lasts its period.
	Threshold float64 `json:"threshold"`
	// Severity is "page" or "ticket".
	Severity string `json:"severity"`
	// LongBurnRate and ShortBurnRate are those at the end of what was seen; null
	// where less than half of a window was seen.
	LongBurnRate  *float64 `json:"long_burn_rate"`
	ShortBurnRate *float64 `json:"short_burn_rate"`
	// PeakBurnRate is the highest of the long window; null when it was never
	// known.
	PeakBurnRate *float64 `json:"peak_burn_rate"`
	// Firings are when it fired, in order; the last one has no end when it still
	// does.
	Firings []SLOFiring `json:"firings"`
}

// SLOFiring is one firing of a burn-rate alert.
type SLOFiring struct {
	// Started is when both windows were first over the threshold.
	Started Time `json:"started"`
	// Ended is when one no longer was, or was no longer known; absent when it
	// still fired at the end.
	Ended *Time `json:"ended,omitempty"`
}
