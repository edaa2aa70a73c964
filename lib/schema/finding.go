package schema

// MetricComparison is one KPI of a day beside the baseline.
type MetricComparison struct {
	MetricName string `json:"metric_name"`
}

// RollbackAdvice is the advice on whether to roll back.
type RollbackAdvice struct {
	// ShouldRollback is null when too little is known.
	ShouldRollback *bool  `json:"should_rollback"`
	Reason         string `json:"reason"`
}

// DriftAnalysis counts what drifted.
type DriftAnalysis struct {
	Drifted int `json:"drifted"`
}
