package schema

import (
	"encoding/json"
	"strconv"
	"strings"
)

// The directions of a change. An improvement never counts against a release.
const (
	Regression  = "regression"
	Improvement = "improvement"
	Unchanged   = "none"
)

// SeverityCritical is the worst severity of a finding; the others are those of
// anomalies too.
const SeverityCritical = "critical"

// Severities are all severities, worst first.
var Severities = []string{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow}

// The shapes of a change.
const (
	ShapeLevel    = "level"    // moved to another level and stayed
	ShapeRamp     = "ramp"     // keeps moving
	ShapeTail     = "tail"     // slow points multiplied, the median did not move
	ShapeIncident = "incident" // far off for some hours, and recovered
)

// Finding is one KPI that changed against a baseline. Written by
// tars-regression-analyzer; read by tars-retro.
//
//	{"metric_name": "p99_latency_ms", "service": "checkout", "baseline_source": "ga", "baseline_value": 240,
//	 "current_value": 330, "regression_percent": 37.5, "drift_percent": 37.5, "absolute_change": 90,
//	 "direction": "regression", "severity": "medium", "category": "performance", "evidence": {"method": "day_levels"}}
type Finding struct {
	MetricName string `json:"metric_name"`
	// Service or Region is set where the finding is not about the whole.
	Service string `json:"service,omitempty"`
	Region  string `json:"region,omitempty"`
	// Unit is the unit of the values and of the absolute change.
	Unit string `json:"unit,omitempty"`
	// BaselineSource names the baseline that decided: "ga", "before_ga", or the
	// name given on the command line.
	BaselineSource string   `json:"baseline_source"`
	BaselineValue  *float64 `json:"baseline_value"`
	CurrentValue   *float64 `json:"current_value"`
	// RegressionPercent is the change in percent of the baseline, positive when
	// worse; null when the baseline is zero. DriftPercent is the same change
	// with the sign of the value.
	RegressionPercent *float64 `json:"regression_percent"`
	DriftPercent      *float64 `json:"drift_percent"`
	// AbsoluteChange is current minus baseline, in Unit.
	AbsoluteChange *float64 `json:"absolute_change"`
	// Direction is regression, improvement or none.
	Direction string `json:"direction"`
	// Shape is level, ramp, tail or incident; empty when not known.
	Shape string `json:"shape,omitempty"`
	// Severity is critical, high, medium or low.
	Severity string `json:"severity"`
	Category string `json:"category"`
	// Impact says in words what the change means for users or money.
	Impact string `json:"impact"`
	// FirstDetected is when the change began; null when not known.
	FirstDetected Time `json:"first_detected"`
	// FirstDetectedDay is the day of FirstDetected, GA day being 0.
	FirstDetectedDay *int `json:"first_detected_day,omitempty"`
	// Ended is when a recovered incident ended.
	Ended *Time `json:"ended,omitempty"`
	// Standing is whether the last 24 hours still show it; null when they do
	// not tell.
	Standing *bool `json:"standing"`
	// BeganBeforeGA is true when the change is older than the release.
	BeganBeforeGA bool `json:"began_before_ga,omitempty"`
	// Preceding are the events shortly before the onset, nearest first.
	Preceding []SystemEvent `json:"preceding_events,omitempty"`
	// MitigationPriority is P0 (now) to P3 (when there is time).
	MitigationPriority string   `json:"mitigation_priority"`
	RecommendedActions []string `json:"recommended_actions"`
	// Acknowledged is present when somebody answers for the finding; it then
	// does not count towards verdicts.
	Acknowledged *Acknowledgement `json:"acknowledged,omitempty"`
	// Group names the findings that moved together; empty when alone.
	Group string `json:"group,omitempty"`
	// Baselines is the vote of each baseline, in the order given.
	Baselines []BaselineVote `json:"baselines,omitempty"`
	Evidence  *Evidence      `json:"evidence,omitempty"`
	// Reason says why the finding is rated as it is.
	Reason string `json:"reason,omitempty"`
}

// Name returns the metric with its service or region, for messages.
func (f *Finding) Name() string { return scoped(f.MetricName, f.Service, f.Region) }

func scoped(metric, service, region string) string {
	switch {
	case service != "":
		return metric + " of service " + service
	case region != "":
		return metric + " of region " + region
	}
	return metric
}

// BaselineVote is what one baseline says of a KPI.
type BaselineVote struct {
	Source        string   `json:"source"`
	Value         *float64 `json:"value"`
	ChangePercent *float64 `json:"change_percent"`
	// Vote is regression, improvement, none or unknown.
	Vote string `json:"vote"`
	// P is the one-sided p value of the vote's direction; null without a test.
	P      *float64 `json:"p"`
	Reason string   `json:"reason,omitempty"`
}

// SystemEvent is something that happened to the system: a deploy, a flag, a scaling.
// Read from the lines of --events.
type SystemEvent struct {
	Timestamp Time   `json:"timestamp"`
	Kind      string `json:"kind,omitempty"`
	Name      string `json:"name"`
	// Service is empty when the event is about the whole.
	Service string `json:"service,omitempty"`
}

// Acknowledgement is a known finding that somebody answers for until Expires.
type Acknowledgement struct {
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires Time   `json:"expires"`
}

// Evidence is why a change is believed or not.
type Evidence struct {
	// Method is day_levels, counts, tails, hours, or none: then only the size
	// and the weight of the change are known, and nothing of its noise.
	Method string `json:"method"`
	// P is the one-sided p value after paying for the search of the onset; Q
	// is P corrected for all hypotheses examined (Benjamini-Hochberg).
	P *float64 `json:"p"`
	Q *float64 `json:"q"`
	// ShiftPercent is the estimated change in percent of the level before; the
	// interval covers it in 95 of 100 cases.
	ShiftPercent *float64 `json:"shift_percent"`
	ShiftLow     *float64 `json:"shift_low_percent"`
	ShiftHigh    *float64 `json:"shift_high_percent"`
	// CliffsDelta is P(after > before) - P(after < before) over hours, -1 to 1.
	// It describes; it does not decide.
	CliffsDelta *float64 `json:"cliffs_delta"`
	// SmallestDetectablePercent is the smallest change this much data could
	// have shown nine times of ten.
	SmallestDetectablePercent *float64 `json:"smallest_detectable_percent"`
	// Days and hours with data on each side of the comparison.
	BaselineDays  int `json:"baseline_days"`
	BaselineHours int `json:"baseline_hours"`
	CurrentDays   int `json:"current_days"`
	CurrentHours  int `json:"current_hours"`
	// BaselineEvents and CurrentEvents are counted events (errors, slow points).
	BaselineEvents *float64 `json:"baseline_events,omitempty"`
	CurrentEvents  *float64 `json:"current_events,omitempty"`
	// Dispersion is the variance of the counts over that of independent events.
	Dispersion *float64 `json:"dispersion,omitempty"`
	// LoadSlope is the percent change per percent of load that was allowed for;
	// absent when the days' load does not differ.
	LoadSlope *float64 `json:"load_slope,omitempty"`
	// Needs says what would make it certain; empty when it is.
	Needs string `json:"needs,omitempty"`
}

// Unknown is a comparison that could not be made.
type Unknown struct {
	MetricName string `json:"metric_name"`
	Service    string `json:"service,omitempty"`
	Region     string `json:"region,omitempty"`
	// Reason says what is missing; Needs what would help.
	Reason string `json:"reason"`
	Needs  string `json:"needs,omitempty"`
}

// Name returns the metric with its service or region, for messages.
func (u *Unknown) Name() string { return scoped(u.MetricName, u.Service, u.Region) }

// MetricComparison is one KPI of a day beside the baseline, changed or not.
type MetricComparison struct {
	MetricName    string   `json:"metric_name"`
	Service       string   `json:"service,omitempty"`
	Region        string   `json:"region,omitempty"`
	Unit          string   `json:"unit,omitempty"`
	Category      string   `json:"category,omitempty"`
	BaselineValue *float64 `json:"baseline_value"`
	CurrentValue  *float64 `json:"current_value"`
	// DriftPercent is the change in percent of the baseline, with the sign of
	// the value; null when the baseline is zero or a value is unknown.
	DriftPercent   *float64 `json:"drift_percent"`
	AbsoluteChange *float64 `json:"absolute_change"`
	// Direction is regression, improvement, none or unknown.
	Direction string `json:"direction"`
	// Drifted is true when the change passes the KPI's drift threshold, its
	// weight and, where there is evidence to judge by, the evidence.
	Drifted bool `json:"drifted"`
	// Severity is that of a regression; empty for everything else.
	Severity string    `json:"severity,omitempty"`
	Evidence *Evidence `json:"evidence,omitempty"`
	// Reason says what is missing, or why a change does not count.
	Reason string `json:"reason,omitempty"`
}

// Name returns the metric with its service or region, for messages.
func (m *MetricComparison) Name() string { return scoped(m.MetricName, m.Service, m.Region) }

// DriftAnalysis counts what drifted on a day.
type DriftAnalysis struct {
	// ThresholdPercent is the drift that is flagged where the catalogue says
	// nothing else.
	ThresholdPercent float64 `json:"threshold_percent"`
	// Compared, Drifted and Unknown count comparisons of the whole, services
	// and regions.
	Compared     int `json:"compared"`
	Drifted      int `json:"drifted"`
	Regressions  int `json:"regressions"`
	Improvements int `json:"improvements"`
	Unknown      int `json:"unknown"`
	// DriftedMetrics and UnknownMetrics name them.
	DriftedMetrics []string `json:"drifted_metrics"`
	UnknownMetrics []string `json:"unknown_metrics"`
	// WorstMetric is the drifted regression of the highest severity.
	WorstMetric string `json:"worst_metric,omitempty"`
	// WorstSeverity is its severity.
	WorstSeverity string `json:"worst_severity,omitempty"`
	// Evidence says what the comparisons rest on.
	Evidence string `json:"evidence"`
}

// UnmarshalJSON also reads older findings: drift_percent for
// regression_percent, actions as one text, a priority as a number and an onset
// as the number of a day.
func (f *Finding) UnmarshalJSON(b []byte) error {
	type plain Finding
	old := struct {
		*plain
		FirstDetected      json.RawMessage `json:"first_detected"`
		RecommendedActions json.RawMessage `json:"recommended_actions"`
		MitigationPriority json.RawMessage `json:"mitigation_priority"`
		Evidence           json.RawMessage `json:"evidence"`
	}{plain: (*plain)(f)}
	if err := json.Unmarshal(b, &old); err != nil {
		return err
	}
	f.readOnset(old.FirstDetected)
	f.MitigationPriority = text(old.MitigationPriority)
	if len(old.RecommendedActions) > 0 && json.Unmarshal(old.RecommendedActions, &f.RecommendedActions) != nil {
		f.RecommendedActions = nil
		if action := text(old.RecommendedActions); action != "" {
			f.RecommendedActions = []string{action}
		}
	}
	if len(old.Evidence) > 0 {
		f.Evidence = nil
		if json.Unmarshal(old.Evidence, &f.Evidence) != nil {
			f.Evidence = &Evidence{Method: text(old.Evidence)}
		}
	}
	f.Severity = strings.ToLower(f.Severity)
	if f.RegressionPercent == nil && f.DriftPercent != nil {
		// Older files list regressions only, whatever the sign they write.
		worse := max(*f.DriftPercent, -*f.DriftPercent)
		f.RegressionPercent = &worse
	}
	return nil
}

// readOnset reads a time, or "Day 3", or 3.
func (f *Finding) readOnset(raw json.RawMessage) {
	s := text(raw)
	digits := strings.TrimLeft(strings.ToLower(s), "day_ ")
	if day, err := strconv.Atoi(digits); err == nil && day >= 0 && day < 1000 {
		f.FirstDetectedDay = &day
		return
	}
	if t, err := ParseTime(s); err == nil {
		f.FirstDetected = t
	}
}

// text returns a JSON string or number as text, and "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
