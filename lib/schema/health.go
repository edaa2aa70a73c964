package schema

import "encoding/json"

// The health statuses, best first. Unknown is not a grade: too little is known
// to give one.
const (
	HealthExcellent = "Excellent" // from 90
	HealthGood      = "Good"      // from 70
	HealthFair      = "Fair"      // from 50
	HealthPoor      = "Poor"
	HealthUnknown   = "Unknown"
)

// HealthReport is the health of one day. Written by tars-health-report; read by
// the same tool for the trend, and by tars-retro.
//
//	{"kind": "health_report", "schema_version": "1.0", "day_number": 3, "health_score": 87.5,
//	 "status": "Good", "coverage_percent": 100, "components": [{"name": "latency", "weight": 30,
//	 "score": 58.4, "points": 17.5, "points_lost": 12.5}]}
type HealthReport struct {
	Header
	DayNumber int `json:"day_number"`
	// HealthScore is 0 to 100: the points of all components. What is not known
	// earns no points. Null when nothing is known.
	HealthScore *float64 `json:"health_score"`
	// Status is Excellent, Good, Fair, Poor or Unknown.
	Status string `json:"status"`
	// StatusReason says why the status is not what the score alone would say;
	// empty when it is.
	StatusReason string `json:"status_reason,omitempty"`
	// CoveragePercent is the share of the score's weight that had data.
	CoveragePercent *float64          `json:"coverage_percent"`
	Components      []HealthComponent `json:"components"`
	// Degradations are worst first; MitigationPlan has a step for each.
	Degradations   []HealthDegradation `json:"degradations"`
	MitigationPlan []Mitigation        `json:"mitigation_plan"`
	// NotJudged says what could not be taken into account, and why: anomalies
	// that nobody looked for, KPIs that the catalogue does not have.
	NotJudged []string `json:"not_judged,omitempty"`
	// SLOBurnDowns are the day's error budgets, as the monitor counted them.
	SLOBurnDowns []SLOBurnDown `json:"slo_burn_downs,omitempty"`
	// Course is how the day went, hour by hour: the KPIs of the score and those
	// that degraded, of the whole release. One without a series is left out.
	Course []HealthCourse `json:"course,omitempty"`
	// Trend compares with the nearest earlier day; absent without one.
	Trend *HealthTrend `json:"trend,omitempty"`
	// RollbackRecommendation is the day's, as the monitor gave it.
	RollbackRecommendation *RollbackAdvice `json:"rollback_recommendation,omitempty"`
}

// HealthComponent is one part of the score.
type HealthComponent struct {
	// Name is availability, latency, error_rate or drift.
	Name string `json:"name"`
	// Weight is its share of the score; the weights of all parts sum to 100.
	Weight float64 `json:"weight"`
	// Score is 0 to 100; null when nothing of it is known.
	Score *float64 `json:"score"`
	// Points is what it earns, PointsLost what it does not: together Weight.
	Points     float64 `json:"points"`
	PointsLost float64 `json:"points_lost"`
	// CoveragePercent is the share of its weight that had data.
	CoveragePercent float64 `json:"coverage_percent"`
	// Parts are the KPIs it is made of.
	Parts []HealthPart `json:"parts"`
	// Why says in words where the points went.
	Why string `json:"why"`
}

// HealthCourse is a KPI over the day.
type HealthCourse struct {
	MetricName string `json:"metric_name"`
	Unit       string `json:"unit,omitempty"`
	// Hourly has a value an hour, 24 at most: the median of its samples, null
	// where there are none.
	Hourly Series `json:"hourly"`
	// Lowest and Highest are of the single samples, which medians hide.
	Lowest  *float64 `json:"lowest"`
	Highest *float64 `json:"highest"`
}

// HealthPart is one KPI of a component, or one side of it.
type HealthPart struct {
	MetricName string `json:"metric_name"`
	// Aspect is objective (held against its SLO) or baseline (against GA day).
	Aspect string `json:"aspect"`
	// Weight is the part's share of its component, 0 to 1.
	Weight float64  `json:"weight"`
	Value  *float64 `json:"value"`
	Unit   string   `json:"unit,omitempty"`
	// Score is 0 to 100; null when it is not known, with the reason.
	Score  *float64 `json:"score"`
	Reason string   `json:"reason,omitempty"`
}

// HealthDegradation is one thing that was worse than it should be.
type HealthDegradation struct {
	// ID is stable: the same trouble has the same id every day.
	ID          string `json:"id"`
	MetricName  string `json:"metric_name"`
	Service     string `json:"service,omitempty"`
	Region      string `json:"region,omitempty"`
	Severity    string `json:"severity"`
	Description string `json:"description"`
	// Source is comparison, objective, regression, incident, anomaly or alert.
	Source string `json:"source"`
}

// Mitigation is a step to take, and how to check whether it is the right one.
type Mitigation struct {
	Priority string `json:"priority"`
	Action   string `json:"action"`
	// Check is a command or a query that answers whether it applies.
	Check string `json:"check,omitempty"`
	// For are the ids of the degradations it is about.
	For []string `json:"for"`
}

// HealthTrend is the change since an earlier day.
type HealthTrend struct {
	SinceDay      int      `json:"since_day"`
	EarlierScore  *float64 `json:"earlier_score"`
	Change        *float64 `json:"change"`
	EarlierStatus string   `json:"earlier_status,omitempty"`
}

// UnmarshalJSON reads a report, older ones too: they say overall_health_score,
// and list degradations and steps as text.
func (h *HealthReport) UnmarshalJSON(b []byte) error {
	type plain HealthReport
	old := struct {
		*plain
		Overall        *float64        `json:"overall_health_score"`
		Degradations   json.RawMessage `json:"degradations"`
		MitigationPlan json.RawMessage `json:"mitigation_plan"`
	}{plain: (*plain)(h)}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	if h.HealthScore == nil {
		h.HealthScore = old.Overall
	}
	if len(old.Degradations) > 0 && json.Unmarshal(old.Degradations, &h.Degradations) != nil {
		h.Degradations = nil
		for _, s := range texts(old.Degradations) {
			h.Degradations = append(h.Degradations, HealthDegradation{Description: s})
		}
	}
	if len(old.MitigationPlan) > 0 && json.Unmarshal(old.MitigationPlan, &h.MitigationPlan) != nil {
		h.MitigationPlan = nil
		for _, s := range texts(old.MitigationPlan) {
			h.MitigationPlan = append(h.MitigationPlan, Mitigation{Action: s})
		}
	}
	return nil
}

// texts reads a list of strings, or a single one; nil for anything else.
func texts(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	if s := text(raw); s != "" {
		return []string{s}
	}
	return nil
}
