package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// AnomalyReport is what the detector found. Written by tars-anomaly-detector;
// read by health, regression and retrospective. Older files spell two fields
// of an event otherwise, or are the bare list of events.
//
//	{"kind": "anomaly_report", "schema_version": "1.0", "summary": {"total_anomalies": 1, ...},
//	 "anomalies_by_metric": {"p95_latency_ms": 1},
//	 "anomalies": [{"timestamp": "2025-11-20T14:23:15Z", "metric_name": "p95_latency_ms",
//	  "actual_value": 512.4, "expected_value": 250.1, "deviation": 262.3, "z_score": 8.1, "score": 0.73,
//	  "classification": "spike", "severity": "high", "confidence": 0.9999, "incident_id": "20251120T142315Z-1f3a9c22"}],
//	 "incidents": [{"incident_id": "20251120T142315Z-1f3a9c22", ...}]}
type AnomalyReport struct {
	Header
	Summary AnomalySummary `json:"summary"`
	// Settings are what the detector was asked for; absent in older files.
	Settings *DetectorSettings `json:"settings,omitempty"`
	// AnomaliesByMetric counts the events of each metric.
	AnomaliesByMetric EventCounts `json:"anomalies_by_metric"`
	// Anomalies are the events, by time, then metric, then labels.
	Anomalies []Event `json:"anomalies"`
	// Incidents are the events that belong together, by start; absent in
	// older files.
	Incidents []Incident `json:"incidents"`
}

// AnomalySummary counts what was looked at and what was found.
type AnomalySummary struct {
	TotalAnomalies int `json:"total_anomalies"`
	TotalIncidents int `json:"total_incidents"`
	// OpenIncidents had not ended when the input did.
	OpenIncidents int `json:"open_incidents"`
	// BySeverity and ByClassification count events; all words are present.
	BySeverity       EventCounts `json:"by_severity"`
	ByClassification EventCounts `json:"by_classification"`
	// Series and Points were read; Unscored of the points had too little
	// history before them to be judged, or no value.
	Series   int `json:"series"`
	Points   int `json:"points"`
	Unscored int `json:"unscored"`
}

// DetectorSettings are the parameters of a detection.
type DetectorSettings struct {
	// Method is ewma or adaptive.
	Method string `json:"method"`
	// ZThreshold, EWMAAlpha and Window (points) belong to ewma; absent for
	// adaptive, which has nothing to set.
	ZThreshold *float64 `json:"z_threshold,omitempty"`
	EWMAAlpha  *float64 `json:"ewma_alpha,omitempty"`
	Window     int      `json:"window,omitempty"`
	// WarmUp is the number of points a series must have before one is scored.
	WarmUp int `json:"warm_up"`
	// Baseline is true when a baseline document gave the history before the
	// first point.
	Baseline bool `json:"baseline,omitempty"`
}

// The words of an event's classification.
const (
	ClassSpike = "spike" // above what was expected
	ClassDrop  = "drop"  // below it, or silence
	ClassDrift = "drift" // a lasting shift
)

// The words of an event's severity.
const (
	SeverityLow    = "low"
	SeverityMedium = "medium"
	SeverityHigh   = "high"
)

// Event is one anomalous point of one series.
type Event struct {
	Timestamp  Time   `json:"timestamp"`
	MetricName string `json:"metric_name"`
	// Service and Region are the labels of that name, where the series is not
	// about the whole.
	Service string `json:"service,omitempty"`
	Region  string `json:"region,omitempty"`
	// Labels are all labels of the series.
	Labels map[string]string `json:"labels,omitempty"`
	// ActualValue is the point, in the metric's unit; null for silence.
	ActualValue *float64 `json:"actual_value"`
	// ExpectedValue is what was expected before the point was seen.
	ExpectedValue *float64 `json:"expected_value"`
	// Deviation is actual minus expected; null when one is.
	Deviation *float64 `json:"deviation"`
	// ZScore is the distance from the recent mean in standard deviations,
	// signed; null for silence.
	ZScore *float64 `json:"z_score"`
	// Score is 0.5 to 1, the same scale for either method; absent in older
	// files.
	Score *float64 `json:"score,omitempty"`
	// Classification is spike, drop or drift; Severity low, medium or high.
	Classification string `json:"classification"`
	Severity       string `json:"severity"`
	// Confidence is the probability, 0 to 1, that chance alone stays below
	// such a deviation, taking the noise as normal.
	Confidence *float64 `json:"confidence"`
	// IncidentID names the incident the event belongs to; absent while none is
	// open.
	IncidentID string `json:"incident_id,omitempty"`
	// Reason says what the number does not: silence, a fall to zero.
	Reason string `json:"reason,omitempty"`
}

// UnmarshalJSON reads an event, older ones too: they say value and baseline
// for actual_value and expected_value.
func (e *Event) UnmarshalJSON(b []byte) error {
	type plain Event
	old := struct {
		*plain
		Value    *float64 `json:"value"`
		Baseline *float64 `json:"baseline"`
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(b, &old); err != nil {
		return fmt.Errorf("reading an event: %w", err)
	}
	if e.ActualValue == nil {
		e.ActualValue = old.Value
	}
	if e.ExpectedValue == nil {
		e.ExpectedValue = old.Baseline
	}
	if e.Deviation == nil && e.ActualValue != nil && e.ExpectedValue != nil {
		e.Deviation = Num(*e.ActualValue - *e.ExpectedValue)
	}
	if e.Service == "" {
		e.Service = e.Labels["service"]
	}
	if e.Region == "" {
		e.Region = e.Labels["region"]
	}
	return nil
}

// Incident is a run of events that belong together, in one series or in
// several that began to move at the same time.
type Incident struct {
	IncidentID string `json:"incident_id"`
	// Status is open or closed.
	Status string `json:"status"`
	// Started is the first anomalous point; Detected the point that opened
	// the incident, from when it was known.
	Started  Time `json:"started"`
	Detected Time `json:"detected"`
	// Ended is the last anomalous point; absent while the incident is open.
	Ended *Time `json:"ended,omitempty"`
	// Classification and Severity are those of the worst member.
	Classification string   `json:"classification"`
	Severity       string   `json:"severity"`
	Confidence     *float64 `json:"confidence"`
	// Points is the number of anomalous points of all members.
	Points int `json:"points"`
	// Metrics are the names of the members' metrics, sorted.
	Metrics []string `json:"metrics"`
	// Members are the series, in the order in which they joined.
	Members []IncidentMember `json:"members"`
}

// IncidentMember is one series of an incident.
type IncidentMember struct {
	MetricName string            `json:"metric_name"`
	Service    string            `json:"service,omitempty"`
	Region     string            `json:"region,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Started    Time              `json:"started"`
	Ended      *Time             `json:"ended,omitempty"`
	// Classification and Severity are of this series alone.
	Classification string `json:"classification"`
	Severity       string `json:"severity"`
	Points         int    `json:"points"`
	// PeakValue, PeakExpected and PeakZScore are of the point farthest from
	// what was expected; null for silence.
	PeakValue    *float64 `json:"peak_value"`
	PeakExpected *float64 `json:"peak_expected"`
	PeakZScore   *float64 `json:"peak_z_score"`
}

// The states of an incident.
const (
	IncidentOpen   = "open"
	IncidentClosed = "closed"
)

// EventCounts counts events by a word.
type EventCounts map[string]int

// UnmarshalJSON reads counts; older files may hold the list of events in place
// of a count, which is then counted.
func (c *EventCounts) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	if fields == nil {
		*c = nil
		return nil
	}
	*c = EventCounts{}
	for word, raw := range fields {
		var n float64
		var list []json.RawMessage
		switch {
		case json.Unmarshal(raw, &n) == nil:
			(*c)[word] = int(n)
		case json.Unmarshal(raw, &list) == nil:
			(*c)[word] = len(list)
		}
	}
	return nil
}

// UnmarshalJSON reads a report, the bare list of events that older files hold,
// or a single event (a line of ndjson). Counts that are absent are made from
// the events.
func (r *AnomalyReport) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	type plain AnomalyReport
	if len(b) > 0 && b[0] == '[' {
		*r = AnomalyReport{}
		if err := json.Unmarshal(b, &r.Anomalies); err != nil {
			return err
		}
		r.count()
		return nil
	}
	wire := struct {
		*plain
		// Summary shadows the report's: in older files it has other fields,
		// of any type.
		Summary json.RawMessage `json:"summary"`
		// MetricName and the event's fields are there when this is an event.
		MetricName *string `json:"metric_name"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	if wire.MetricName != nil && r.Anomalies == nil {
		var e Event
		if err := json.Unmarshal(b, &e); err != nil {
			return err
		}
		r.Anomalies = []Event{e}
	}
	if len(wire.Summary) == 0 || json.Unmarshal(wire.Summary, &r.Summary) != nil || r.Summary.BySeverity == nil {
		r.count()
	}
	if r.AnomaliesByMetric == nil {
		r.AnomaliesByMetric = CountEvents(r.Anomalies, func(e *Event) string { return e.MetricName })
	}
	return nil
}

// count makes the summary's counts of events from the events.
func (r *AnomalyReport) count() {
	r.Summary.Tally(r.Anomalies, r.Incidents)
	r.AnomaliesByMetric = CountEvents(r.Anomalies, func(e *Event) string { return e.MetricName })
}

// Tally sets the counts of events and incidents.
func (s *AnomalySummary) Tally(events []Event, incidents []Incident) {
	s.TotalAnomalies = len(events)
	s.TotalIncidents = len(incidents)
	s.OpenIncidents = 0
	for i := range incidents {
		if incidents[i].Status == IncidentOpen {
			s.OpenIncidents++
		}
	}
	s.BySeverity = CountEvents(events, func(e *Event) string { return e.Severity },
		SeverityLow, SeverityMedium, SeverityHigh)
	s.ByClassification = CountEvents(events, func(e *Event) string { return e.Classification },
		ClassSpike, ClassDrop, ClassDrift)
}

// CountEvents counts events by a word of theirs; the words named are present
// even when nothing has them.
func CountEvents(events []Event, word func(*Event) string, words ...string) EventCounts {
	counts := EventCounts{}
	for _, w := range words {
		counts[w] = 0
	}
	for i := range events {
		counts[word(&events[i])]++
	}
	return counts
}

// SeverityRank orders severities: 0 for none, then low, medium, high (and
// critical, which only other documents use).
func SeverityRank(severity string) int {
	return 1 + slices.Index([]string{SeverityLow, SeverityMedium, SeverityHigh, "critical"}, severity)
}
