package schema

import "encoding/json"

// GAKPISummary is the baseline: the KPIs of GA day, [GA, GA+24h). Written by
// tars-ga-kpi; read by every other tool.
//
//	{"kind": "ga_kpi_summary", "schema_version": "1.0", "ga_start": "2025-11-18T00:00:00Z",
//	 "overall_availability": 99.97, "kpis": {"availability": {"unit": "%", "category": "availability",
//	 "direction": "higher_is_better", "stats": {"count": 288, "missing": 0, "mean": 99.97}}}}
type GAKPISummary struct {
	Header
	// Timestamp is when the summary was made (GeneratedAt, under its old name).
	Timestamp Time `json:"timestamp"`
	// GAStart is the GA time; GAEnd the end of what was measured.
	GAStart       Time     `json:"ga_start"`
	GAEnd         Time     `json:"ga_end"`
	DurationHours *float64 `json:"duration_hours"`

	LegacyKPIs
	LegacyCounts

	// SLOCompliance says for each objective whether it was met.
	SLOCompliance SLOCompliance `json:"slo_compliance"`
	// CertificationStatus is PASS when every objective was met, FAIL when one
	// was not, UNKNOWN when one could not be judged and none failed.
	CertificationStatus string   `json:"certification_status"`
	CertificationNotes  []string `json:"certification_notes"`

	KPIs     KPIs                 `json:"kpis"`
	Services map[string]Breakdown `json:"services,omitempty"`
	Regions  map[string]Breakdown `json:"regions,omitempty"`
	Alerts   []Alert              `json:"alerts,omitempty"`
	Cost     *Cost                `json:"cost,omitempty"`
	// History is the days before GA; absent without --lookback.
	History *History `json:"history,omitempty"`
}

// DailySummary is one day of the watch, compared with the baseline. Written
// by tars-stability-monitor; read by health, regression and retrospective.
//
//	{"kind": "daily_summary", "schema_version": "1.0", "day_number": 3, "ga_start": "2025-11-18T00:00:00Z",
//	 "metrics_comparison": [{"metric_name": "p99_latency_ms", "baseline_value": 240, "current_value": 310,
//	 "drift_percent": 29.2}], "rollback_recommendation": {"should_rollback": false, "reason": "..."}}
type DailySummary struct {
	Header
	// Timestamp is when the summary was made (GeneratedAt, under its old name).
	Timestamp Time `json:"timestamp"`
	// DayNumber counts from GA day, which is day 0.
	DayNumber int `json:"day_number"`
	// GAStart is the GA time that days are counted from; zero when unknown.
	GAStart Time `json:"ga_start"`

	LegacyKPIs
	LegacyCounts

	// SLOCompliancePercent is the share of the judged objectives that were
	// met, 0 to 100; null when none could be judged.
	SLOCompliancePercent *float64 `json:"slo_compliance_percent"`
	// SLOCompliance says for each objective whether it was met.
	SLOCompliance SLOCompliance `json:"slo_compliance,omitempty"`

	// SLOBurnDowns are the error budgets over this day and the earlier ones
	// that were given; absent in older files.
	SLOBurnDowns []SLOBurnDown `json:"slo_burn_downs,omitempty"`

	MetricsComparison      []MetricComparison `json:"metrics_comparison"`
	RollbackRecommendation *RollbackAdvice    `json:"rollback_recommendation"`
	DriftAnalysis          *DriftAnalysis     `json:"drift_analysis"`

	KPIs     KPIs                 `json:"kpis"`
	Services map[string]Breakdown `json:"services,omitempty"`
	Regions  map[string]Breakdown `json:"regions,omitempty"`
	Alerts   []Alert              `json:"alerts,omitempty"`
	Cost     *Cost                `json:"cost,omitempty"`
}

// LegacyCounts are counts that older readers expect at the top level.
type LegacyCounts struct {
	// IncidentCount is the number of alerts that fired in the window.
	IncidentCount         *float64 `json:"incident_count"`
	CriticalIncidentCount *float64 `json:"critical_incident_count"`
	TotalCriticalAlerts   *float64 `json:"total_critical_alerts"`
	TotalWarningAlerts    *float64 `json:"total_warning_alerts"`
	// DowntimeMinutes is the unavailable share of the time seen, in minutes.
	DowntimeMinutes *float64 `json:"downtime_minutes"`
	NodeCount       *float64 `json:"node_count"`
}

// SLOCompliance is the verdict on each objective, by KPI key.
type SLOCompliance map[string]SLOVerdict

// SLOVerdict is one objective held against its KPI.
type SLOVerdict struct {
	// Objective is in the KPI's unit.
	Objective *float64 `json:"objective"`
	Value     *float64 `json:"value"`
	// Met is null when the KPI is unknown.
	Met *bool `json:"met"`
}

// UnmarshalJSON reads the object above and, from older files, a bare boolean.
// Anything else an older file may hold there is no verdict.
func (v *SLOVerdict) UnmarshalJSON(b []byte) error {
	type plain SLOVerdict
	if json.Unmarshal(b, (*plain)(v)) == nil {
		return nil
	}
	*v = SLOVerdict{}
	var met bool
	if json.Unmarshal(b, &met) == nil {
		v.Met = &met
	}
	return nil
}
