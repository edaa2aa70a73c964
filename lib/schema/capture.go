package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Capture is what a metrics source answered, word for word: written by the
// tools that read metrics (--capture FILE), read by the same tools in place of
// the source, and by tars-anomaly-detector as plain series. Replaying it with
// the same flags gives the same output byte for byte.
//
//	{"kind": "capture", "schema_version": "1.0", "queries": [
//	  {"kpi": "availability", "query": "100 * avg(up)", "start": "2025-11-18T00:05:00Z",
//	   "end": "2025-11-19T00:00:00Z", "step_seconds": 300,
//	   "result": [{"metric": {}, "values": [[1763424300, "100"]]}]}]}
type Capture struct {
	Header
	// Settings are what the capturing run was asked for, so that a replay
	// needs no flags.
	Settings *CaptureSettings `json:"settings,omitempty"`
	// Queries are the questions with their answers, in the order asked.
	Queries []CapturedQuery `json:"queries"`
}

// CaptureSettings are the parameters of the run that made a capture.
type CaptureSettings struct {
	// Tool is the command that captured, e.g. "tars-ga-kpi".
	Tool string `json:"tool"`
	// GAStart is the GA time that the windows are counted from.
	GAStart Time `json:"ga_start"`
	// DayNumber is the day of the window, 0 for GA day.
	DayNumber int `json:"day_number"`
	// StepSeconds is the sample step, in seconds.
	StepSeconds float64 `json:"step_seconds"`
	// WarmUpSeconds is what was skipped at the start of GA day, in seconds.
	WarmUpSeconds float64 `json:"warm_up_seconds,omitempty"`
	// LookbackSeconds is the history asked for before GA, in seconds.
	LookbackSeconds float64 `json:"lookback_seconds,omitempty"`
	// Selector is the label matchers added to every query.
	Selector string `json:"selector,omitempty"`
	// Services are the services asked for; empty when they were discovered.
	Services []string `json:"services,omitempty"`
	// Catalogue is the KPI catalogue in force, as YAML.
	Catalogue string `json:"catalogue,omitempty"`
}

// CapturedQuery is one range query and its answer.
type CapturedQuery struct {
	// KPI is the catalogue key the query belongs to.
	KPI string `json:"kpi"`
	// Query is the PromQL as sent.
	Query string `json:"query"`
	// Start and End are the first and last evaluation time, both inclusive.
	Start Time `json:"start"`
	End   Time `json:"end"`
	// StepSeconds is the distance between evaluations, in seconds.
	StepSeconds float64 `json:"step_seconds"`
	// Result is the matrix as the Prometheus API returns it; empty when no
	// series answered.
	Result []MatrixSeries `json:"result"`
	// Warnings are the source's own words about the answer.
	Warnings []string `json:"warnings,omitempty"`
}

// MatrixSeries is one series of a range-query answer.
type MatrixSeries struct {
	Metric map[string]string `json:"metric"`
	Values []SamplePair      `json:"values"`
}

// SamplePair is a point of a matrix: [unix seconds, "value"] in JSON, where
// the value may be "NaN", "+Inf" or "-Inf".
type SamplePair struct {
	// Millis is the evaluation time in Unix milliseconds.
	Millis int64
	Value  float64
}

// Time returns when the sample was evaluated.
func (p SamplePair) Time() time.Time { return time.UnixMilli(p.Millis).UTC() }

// MarshalJSON writes the pair as the Prometheus API does.
func (p SamplePair) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 40), '[')
	b = strconv.AppendInt(b, p.Millis/1000, 10)
	if ms := p.Millis % 1000; ms != 0 {
		b = append(b, '.')
		b = append(b, fmt.Sprintf("%03d", ms)...)
	}
	b = append(b, `,"`...)
	switch {
	case math.IsInf(p.Value, 1):
		b = append(b, "+Inf"...)
	default:
		b = strconv.AppendFloat(b, p.Value, 'f', -1, 64)
	}
	return append(b, `"]`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and a bare number as value.
func (p *SamplePair) UnmarshalJSON(b []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
		return fmt.Errorf(`sample %.40s: want [seconds, "value"]`, b)
	}
	sec, err := strconv.ParseFloat(string(pair[0]), 64)
	if err != nil {
		return fmt.Errorf("sample time %.30s is not a number", pair[0])
	}
	at, err := unixTime(sec)
	if err != nil {
		return err
	}
	value, err := strconv.ParseFloat(string(bytes.Trim(pair[1], `"`)), 64)
	if err != nil {
		return fmt.Errorf("sample value %.30s is not a number", pair[1])
	}
	*p = SamplePair{Millis: at.UnixMilli(), Value: value}
	return nil
}
