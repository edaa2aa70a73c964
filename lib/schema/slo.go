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
	// Met is whether the day kept the objective; null when unknown.
	Met *bool `json:"met"`
}
