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
	Degradations []Degradation `json:"degradations"`
	// Timeline is what happened when, in order.
	Timeline         []TimelineEntry   `json:"timeline,omitempty"`
	UnexpectedDrifts []UnexpectedDrift `json:"unexpected_drifts"`
	CostAnalysis     *CostAnalysis     `json:"cost_analysis"`
	SLOBurnDowns     []SLOBurnDown     `json:"slo_burn_downs"`
	Recommendations  []Recommendation  `json:"recommendations"`
	// DORA is what the week says of two of the DORA measures; null when
	// nothing is known.
	DORA                *DORA       `json:"dora,omitempty"`
	ProcessImprovements []Statement `json:"process_improvements"`
	// ActionItems are by priority.
	ActionItems []ActionItem `json:"action_items"`
	// HealthByDay is what the health reports say; absent without any.
	HealthByDay []HealthOfDay `json:"health_by_day,omitempty"`
	// Figures are the KPIs that are drawn, those of degradations first; absent in
	// older files. The other charts show what stands above.
	Figures  []KPIFigure `json:"figures,omitempty"`
	Appendix Appendix    `json:"appendix"`
}

// ExecutiveSummary is the answer in ten seconds.
type ExecutiveSummary struct {
	// Verdict is keep, rollback or unknown.
	Verdict string `json:"verdict"`
	// Headline is the verdict in a sentence.
	Headline string `json:"headline"`
	// Evidence are the ids that the headline rests on.
	Evidence []string `json:"evidence,omitempty"`
	// Confidence is how sure the verdict is, 0 to 1; null when it is unknown or
	// rests on averages alone.
	Confidence *float64 `json:"confidence"`
	// Facts are what the verdict rests on; Unknowns what is not known.
	Facts    []Statement `json:"facts"`
	Unknowns []Statement `json:"unknowns"`
	// WouldChange says what would change the verdict.
	WouldChange []string `json:"would_change,omitempty"`
}

// Statement is one sentence and the ids of what it rests on.
type Statement struct {
	Description string `json:"description"`
	// Evidence are ids of degradations (D-...), drifts (U-...), incidents of the
	// anomaly report, objectives (slo:KPI), days (day:N, GA day being day:0),
	// health reports (health:N), "cost", "anomalies", "regressions", or
	// "inputs": the documents listed in the appendix. A sentence with a number
	// has at least one.
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

// TimelineEntry is one moment of the week.
type TimelineEntry struct {
	At Time `json:"at"`
	// Kind is ga, event, began, ended, alert, page_due or gap.
	Kind        string   `json:"kind"`
	Description string   `json:"description"`
	Evidence    []string `json:"evidence,omitempty"`
}

// UnexpectedDrift is a KPI that ended elsewhere without being told as a
// degradation.
type UnexpectedDrift struct {
	ID         string `json:"id"`
	MetricName string `json:"metric_name"`
	// Name is the KPI's name for people.
	Name    string `json:"name,omitempty"`
	Service string `json:"service,omitempty"`
	Region  string `json:"region,omitempty"`
	// Also are the services that moved the same way; they are not listed again.
	Also          []string `json:"also,omitempty"`
	Unit          string   `json:"unit,omitempty"`
	BaselineValue *float64 `json:"baseline_value"`
	// FinalValue is the last day's that has one.
	FinalValue   *float64 `json:"final_value"`
	FinalDay     int      `json:"final_day"`
	DriftPercent *float64 `json:"drift_percent"`
	// Direction is improvement, regression or none (neither good nor bad).
	Direction string `json:"direction,omitempty"`
	// Trend is rising, falling, stable or unknown over the days.
	Trend string `json:"trend"`
	// PotentialCauses are questions to check, never answers.
	PotentialCauses []string `json:"potential_causes"`
	// Checks are commands that help to answer them.
	Checks []Check `json:"checks,omitempty"`
	// InvestigationNeeded is true from 15 percent.
	InvestigationNeeded bool `json:"investigation_needed"`
	// Reason says why a regression stands here and not among the degradations.
	Reason string `json:"reason,omitempty"`
	// Link shows the KPI in Prometheus; absent without --link-base.
	Link string `json:"link,omitempty"`
}

// Check is a question and the command that answers it.
type Check struct {
	Question string `json:"question"`
	Command  string `json:"command"`
}

// CostAnalysis is what the release cost, as far as it was measured.
type CostAnalysis struct {
	Currency string `json:"currency,omitempty"`
	// GADayCost is the cost of the GADayHoursMeasured of GA day.
	GADayCost          *float64 `json:"ga_day_cost"`
	GADayHoursMeasured *float64 `json:"ga_day_hours_measured,omitempty"`
	// SevenDayTotalCost is the cost of the HoursMeasured after GA day; hours that
	// nobody measured are not made up for. An older file's average is of its
	// whole day.
	SevenDayTotalCost *float64 `json:"seven_day_total_cost"`
	HoursMeasured     float64  `json:"hours_measured"`
	// CoveragePercent is HoursMeasured of the seven days' 168 hours.
	CoveragePercent *float64 `json:"coverage_percent"`
	// DailyAverageCost is the cost of 24 measured hours after GA day.
	DailyAverageCost *float64 `json:"daily_average_cost"`
	// ChangePercent is the mean rate after GA day against GA day's.
	ChangePercent *float64 `json:"change_percent,omitempty"`
	// CostTrend is rising, falling, stable or unknown.
	CostTrend string `json:"cost_trend"`
	// PerThousandRequests is over the days after GA that know both.
	PerThousandRequests *float64 `json:"per_1000_requests"`
	// CostBreakdown is the cost of each measured part over the measured hours;
	// null when the parts were not measured on every day.
	CostBreakdown map[string]float64 `json:"cost_breakdown"`
	// CostOptimizationRecommendations rest on measured use alone.
	CostOptimizationRecommendations []string  `json:"cost_optimization_recommendations"`
	ByDay                           []CostDay `json:"by_day,omitempty"`
	// PriceSheet names the prices used.
	PriceSheet string `json:"price_sheet,omitempty"`
	// Reason says why there is no cost; present only then.
	Reason string `json:"reason,omitempty"`
}

// CostDay is one day's rate and cost.
type CostDay struct {
	DayNumber int      `json:"day_number"`
	PerHour   *float64 `json:"per_hour"`
	// Hours were measured; Total is their cost.
	Hours float64  `json:"hours"`
	Total *float64 `json:"total"`
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
	// ID is stable over runs, so that a tracker makes it once: a hash of what
	// the item is about, not of its words.
	ID string `json:"id"`
	// Priority is P0 (now) to P3 (when there is time).
	Priority    string `json:"priority"`
	Description string `json:"description"`
	// Reason says why it has its priority.
	Reason string `json:"reason,omitempty"`
	// Status is open until somebody closes it elsewhere.
	Status   string   `json:"status"`
	Owner    string   `json:"owner,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
}

// DORA holds the week against two of the DORA measures. Whether the release is
// the cause no metric tells.
type DORA struct {
	// FailedChange is whether service was degraded after the release so that
	// somebody had to act; null when that is not known.
	FailedChange *bool `json:"failed_change"`
	// TimeToRestoreHours is the longest of the degradations that count, from its
	// beginning to its end; null when there is none, or it still stands.
	TimeToRestoreHours *float64 `json:"time_to_restore_hours"`
	// Description is both in a sentence.
	Description string   `json:"description"`
	Evidence    []string `json:"evidence,omitempty"`
}

// HealthOfDay is the result of one health report.
type HealthOfDay struct {
	DayNumber   int      `json:"day_number"`
	HealthScore *float64 `json:"health_score"`
	Status      string   `json:"status"`
	// CoveragePercent is the share of the score's weight that had data.
	CoveragePercent *float64 `json:"coverage_percent"`
}

// Appendix is what everything rests on.
type Appendix struct {
	// Windows are the documents read, one each.
	Windows []AppendixWindow `json:"windows"`
	// Missing are the documents that a whole week has and that were not given.
	Missing []string        `json:"missing,omitempty"`
	Queries []AppendixQuery `json:"queries"`
	// Comparison says how days were compared with the baseline.
	Comparison string       `json:"comparison"`
	Tests      *TestAccount `json:"tests,omitempty"`
	// Unknown are the comparisons that could not be made.
	Unknown []Unknown `json:"unknown,omitempty"`
}

// AppendixWindow is one document and what it covers.
type AppendixWindow struct {
	// ID is what evidence calls it: day:0 for GA day, day:N, anomalies,
	// regressions, events.
	ID string `json:"id"`
	// Document is "GA day", "day 1", "anomalies", ...
	Document        string   `json:"document"`
	Start           Time     `json:"start"`
	End             Time     `json:"end"`
	Partial         bool     `json:"partial,omitempty"`
	CoveragePercent *float64 `json:"coverage_percent"`
	Gaps            []Gap    `json:"gaps,omitempty"`
	// GeneratedAt is when the document was made; null when it does not say.
	GeneratedAt Time `json:"generated_at"`
}

// AppendixQuery is the query of one KPI.
type AppendixQuery struct {
	MetricName string `json:"metric_name"`
	Query      string `json:"query"`
	// Link shows it in Prometheus; absent without --link-base.
	Link string `json:"link,omitempty"`
}
