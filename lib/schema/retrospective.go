package schema

import "encoding/json"

// Retrospective is the week told to people. Written by tars-retro, which can
// render its Markdown again from this document alone.
//
//	{"kind": "retrospective", "schema_version": "1.0", "ga_day_timestamp": "2025-11-18T00:00:00Z",
//	 "executive_summary": {"verdict": "keep", "headline": "...", "facts": [], "unknowns": []},
//	 "action_items": [{"id": "A-1f3a9c22", "priority": "P1", "description": "...", "status": "open"}]}
type Retrospective struct {
	Header
	GenerationTimestamp  Time `json:"generation_timestamp"`
	GADayTimestamp       Time `json:"ga_day_timestamp"`
	SevenDayEndTimestamp Time `json:"seven_day_end_timestamp"`
	// NextRelease is the name used in the recommendations.
	NextRelease string `json:"next_release,omitempty"`

	ExecutiveSummary ExecutiveSummary `json:"executive_summary"`
	Successes        []Statement      `json:"successes"`
	// Degradations are worst first, each thing once.
	Degradations        []Degradation     `json:"degradations"`
	UnexpectedDrifts    []UnexpectedDrift `json:"unexpected_drifts"`
	CostAnalysis        *CostAnalysis     `json:"cost_analysis"`
	SLOBurnDowns        []SLOBurnDown     `json:"slo_burn_downs"`
	Recommendations     []Recommendation  `json:"recommendations"`
	ProcessImprovements []Statement       `json:"process_improvements"`
	// ActionItems are by priority.
	ActionItems []ActionItem `json:"action_items"`
	Appendix    Appendix     `json:"appendix"`
}

// ExecutiveSummary is the answer in ten seconds.
type ExecutiveSummary struct {
	// Verdict is keep, rollback or unknown.
	Verdict string `json:"verdict"`
	// Headline is the verdict in a sentence.
	Headline string `json:"headline"`
	// Facts are what the verdict rests on; Unknowns what is not known.
	Facts    []Statement `json:"facts"`
	Unknowns []Statement `json:"unknowns"`
}

// Statement is one sentence and the ids of what it rests on.
type Statement struct {
	Description string `json:"description"`
	// Evidence are ids of degradations (D-...), drifts (U-...), objectives
	// (slo:KPI), days (day:N) or documents by kind.
	Evidence []string `json:"evidence,omitempty"`
}

// UnmarshalJSON also reads the bare text of older files.
func (s *Statement) UnmarshalJSON(b []byte) error {
	type plain Statement
	if t := text(b); t != "" {
		*s = Statement{Description: t}
		return nil
	}
	return json.Unmarshal(b, (*plain)(s))
}

// The states of a degradation.
const (
	Resolved = "resolved" // later days show it gone
	Standing = "standing" // the last day shows it
	// Unresolved, unknown: no later day tells.
	ResolutionUnknown = "unknown"
)

// Degradation is one thing that got worse.
type Degradation struct {
	// ID is stable over runs, "D-latency-search".
	ID string `json:"id"`
	// DayOccurred is the first day that shows it; 0 is GA day.
	DayOccurred int `json:"day_occurred"`
	// Days are all days that show it.
	Days        []int  `json:"days,omitempty"`
	Category    string `json:"category"`
	Service     string `json:"service,omitempty"`
	Description string `json:"description"`
	// Severity is critical, high, medium or low.
	Severity string `json:"severity"`
	Impact   string `json:"impact"`
	// ResolutionStatus is resolved, standing or unknown.
	ResolutionStatus  string `json:"resolution_status"`
	ResolutionDetails string `json:"resolution_details"`
	// Began and Ended are the time of it, where an onset or an incident tells.
	Began Time  `json:"began,omitzero"`
	Ended *Time `json:"ended,omitempty"`
	// Metrics are the KPIs that show it, worst first.
	Metrics []DegradedMetric `json:"metrics,omitempty"`
	// Alerts that fired for it; empty when nobody was told.
	Alerts []string `json:"alerts,omitempty"`
	// Incidents are ids of the anomaly report.
	Incidents []string `json:"incidents,omitempty"`
}

// DegradedMetric is one KPI of a degradation, on its worst day.
type DegradedMetric struct {
	MetricName    string   `json:"metric_name"`
	Service       string   `json:"service,omitempty"`
	Region        string   `json:"region,omitempty"`
	Unit          string   `json:"unit,omitempty"`
	BaselineValue *float64 `json:"baseline_value"`
	WorstValue    *float64 `json:"worst_value"`
	WorstDay      int      `json:"worst_day"`
	DriftPercent  *float64 `json:"drift_percent"`
	Severity      string   `json:"severity"`
}

// UnexpectedDrift is a KPI that ended elsewhere without being a regression.
type UnexpectedDrift struct {
	ID            string   `json:"id"`
	MetricName    string   `json:"metric_name"`
	Service       string   `json:"service,omitempty"`
	Region        string   `json:"region,omitempty"`
	Unit          string   `json:"unit,omitempty"`
	BaselineValue *float64 `json:"baseline_value"`
	// FinalValue is the last day's that has one.
	FinalValue   *float64 `json:"final_value"`
	DriftPercent *float64 `json:"drift_percent"`
	// Direction is improvement, regression or none (neither good nor bad).
	Direction string `json:"direction,omitempty"`
	// Trend is rising, falling, stable or unknown over the days.
	Trend string `json:"trend"`
	// PotentialCauses are questions to check, never answers.
	PotentialCauses []string `json:"potential_causes"`
	// InvestigationNeeded is true from 15 percent.
	InvestigationNeeded bool `json:"investigation_needed"`
}

// CostAnalysis is what the release cost, as far as it was measured.
type CostAnalysis struct {
	Currency string `json:"currency,omitempty"`
	// GADayCost is GA day's cost for 24 hours at its measured rate.
	GADayCost *float64 `json:"ga_day_cost"`
	// SevenDayTotalCost is the cost of the HoursMeasured after GA day.
	SevenDayTotalCost *float64 `json:"seven_day_total_cost"`
	HoursMeasured     float64  `json:"hours_measured"`
	DailyAverageCost  *float64 `json:"daily_average_cost"`
	// CostTrend is rising, falling, stable or unknown.
	CostTrend string `json:"cost_trend"`
	// PerThousandRequests is over the days after GA.
	PerThousandRequests *float64 `json:"per_1000_requests"`
	// CostBreakdown is the cost of each measured part over the measured hours;
	// null when no part was measured.
	CostBreakdown map[string]float64 `json:"cost_breakdown"`
	// CostOptimizationRecommendations rest on measured use alone.
	CostOptimizationRecommendations []string  `json:"cost_optimization_recommendations"`
	ByDay                           []CostDay `json:"by_day,omitempty"`
	// PriceSheet names the prices used.
	PriceSheet string `json:"price_sheet,omitempty"`
	// Reason says why there is no cost; present only then.
	Reason string `json:"reason,omitempty"`
}

// CostDay is one day's rate.
type CostDay struct {
	DayNumber int      `json:"day_number"`
	PerHour   *float64 `json:"per_hour"`
}

// Recommendation is advice for the next release.
type Recommendation struct {
	Priority    string `json:"priority"`
	Description string `json:"description"`
	// Owner is the role that could act.
	Owner    string   `json:"owner,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
}

// ActionItem is one thing to do.
type ActionItem struct {
	// ID is stable over runs, so that a tracker makes it once.
	ID string `json:"id"`
	// Priority is P0 (now) to P3 (when there is time).
	Priority    string `json:"priority"`
	Description string `json:"description"`
	// Status is open until somebody closes it elsewhere.
	Status   string   `json:"status"`
	Owner    string   `json:"owner,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
}

// Appendix is what everything rests on.
type Appendix struct {
	Windows []AppendixWindow `json:"windows"`
	Queries []AppendixQuery  `json:"queries"`
	// Comparison says how days were compared with the baseline.
	Comparison string       `json:"comparison"`
	Tests      *TestAccount `json:"tests,omitempty"`
}

// AppendixWindow is one document and what it covers.
type AppendixWindow struct {
	// Document is "GA day", "day 1", "anomalies", ...
	Document        string   `json:"document"`
	Start           Time     `json:"start"`
	End             Time     `json:"end"`
	CoveragePercent *float64 `json:"coverage_percent"`
	Gaps            []Gap    `json:"gaps,omitempty"`
}

// AppendixQuery is the query of one KPI.
type AppendixQuery struct {
	MetricName string `json:"metric_name"`
	Query      string `json:"query"`
}

// adoptFlat fills what an older file says under another name.
func (r *Retrospective) adoptFlat([]byte) error {
	if r.GeneratedAt.IsZero() {
		r.GeneratedAt = r.GenerationTimestamp
	}
	return nil
}
