package schema

import "encoding/json"

// The overall assessments of a week, best first. Unknown ranks worse than "no
// regression": what was not seen is not fine.
const (
	AssessStable   = "stable"
	AssessWatch    = "watch"    // low or medium regressions
	AssessUnknown  = "unknown"  // nothing found, but not everything was seen
	AssessDegraded = "degraded" // high regressions
	AssessCritical = "critical"
)

// RegressionSummary is the week held against its baselines. Written by
// tars-regression-analyzer; read by tars-retro.
//
//	{"kind": "regression_summary", "schema_version": "1.0", "regressions": [{"metric_name": "p99_latency_ms",
//	 "baseline_source": "ga", "baseline_value": 240, "current_value": 330, "regression_percent": 37.5,
//	 "severity": "medium"}], "regressions_by_severity": {"critical": 0, "high": 0, "medium": 1, "low": 0},
//	 "overall_assessment": "watch", "rollback_recommendation": {"should_rollback": false}}
type RegressionSummary struct {
	Header
	// Timestamp is when the summary was made (GeneratedAt, under its old name).
	Timestamp Time `json:"timestamp"`
	// GAStart is the GA time that days are counted from; null when unknown.
	GAStart Time `json:"ga_start"`
	// Days are the day numbers examined, in order.
	Days []int `json:"days"`
	// Baselines describe what the week was compared with, the first deciding.
	Baselines []BaselineUsed `json:"baselines"`

	// OverallAssessment is stable, watch, unknown, degraded or critical.
	OverallAssessment string `json:"overall_assessment"`
	// AssessmentReason is the assessment in one sentence.
	AssessmentReason string `json:"assessment_reason,omitempty"`

	// Regressions are worst first. Recovered incidents are among them, with
	// standing false.
	Regressions []Finding `json:"regressions"`
	// Improvements never count against the release.
	Improvements []Finding `json:"improvements"`
	// Unknown are the comparisons that could not be made.
	Unknown []Unknown `json:"unknown"`
	// Groups are findings that moved together.
	Groups []FindingGroup `json:"groups,omitempty"`

	// Counts leave out acknowledged findings.
	TotalRegressions      int            `json:"total_regressions"`
	RegressionsBySeverity map[string]int `json:"regressions_by_severity"`
	RegressionsByCategory map[string]int `json:"regressions_by_category"`
	Acknowledged          int            `json:"acknowledged"`

	RollbackRecommendation *RollbackAdvice `json:"rollback_recommendation"`

	// Tests accounts for what was examined.
	Tests *TestAccount `json:"tests,omitempty"`
}

// BaselineUsed is one baseline of the comparison.
type BaselineUsed struct {
	Source  string `json:"source"`
	Release string `json:"release,omitempty"`
	// Start and End are what it covers.
	Start Time `json:"start"`
	End   Time `json:"end"`
	// Series is false when it has averages only.
	Series bool `json:"series"`
	// HistoryDays is how many days before GA it carries.
	HistoryDays int `json:"history_days"`
}

// FindingGroup is several KPIs that changed at the same time.
type FindingGroup struct {
	Name    string `json:"name"`
	Onset   Time   `json:"onset"`
	Summary string `json:"summary"`
	// Metrics are the findings' names, worst first.
	Metrics []string `json:"metrics"`
}

// TestAccount says how often chance was given an opportunity.
type TestAccount struct {
	// Hypotheses is the number of one-sided hypotheses examined.
	Hypotheses int `json:"hypotheses"`
	// FalseDiscoveryRate is the rate at which findings are admitted, 0 to 1.
	FalseDiscoveryRate float64 `json:"false_discovery_rate"`
	// WithoutEvidence counts comparisons of averages alone.
	WithoutEvidence int `json:"without_evidence"`
}

// adoptFlat fills what an older file says under other names.
func (d *RegressionSummary) adoptFlat(raw []byte) error {
	if d.GeneratedAt.IsZero() {
		d.GeneratedAt = d.Timestamp
	}
	for i := range d.Regressions {
		if d.Regressions[i].Direction == "" {
			d.Regressions[i].Direction = Regression
		}
	}
	if d.SchemaVersion == "" && d.RegressionsBySeverity == nil {
		d.Count()
	}
	var old struct {
		Recommended json.RawMessage `json:"rollback_recommended"`
		Reason      json.RawMessage `json:"rollback_reason"`
	}
	if err := json.Unmarshal(raw, &old); err != nil {
		return err
	}
	var recommended *bool
	if len(old.Recommended) > 0 && json.Unmarshal(old.Recommended, &recommended) != nil {
		recommended = nil // not a boolean: no advice
	}
	reason := text(old.Reason)
	if recommended == nil && reason == "" {
		return nil
	}
	if d.RollbackRecommendation == nil {
		d.RollbackRecommendation = &RollbackAdvice{}
	}
	r := d.RollbackRecommendation
	if r.ShouldRollback == nil {
		r.ShouldRollback, r.Advice = recommended, ""
	}
	if r.Reason == "" {
		r.Reason = reason
	}
	r.settle()
	return nil
}

// Count fills the counts from the regressions.
func (d *RegressionSummary) Count() {
	d.TotalRegressions, d.Acknowledged = 0, 0
	d.RegressionsBySeverity = map[string]int{}
	d.RegressionsByCategory = map[string]int{}
	for _, s := range Severities {
		d.RegressionsBySeverity[s] = 0
	}
	for i := range d.Regressions {
		f := &d.Regressions[i]
		if f.Acknowledged != nil {
			d.Acknowledged++
			continue
		}
		d.TotalRegressions++
		d.RegressionsBySeverity[f.Severity]++
		d.RegressionsByCategory[f.Category]++
	}
}
