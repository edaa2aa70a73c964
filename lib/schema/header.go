// Package schema holds the documents that travel between the tars tools: what
// one tool writes and the next one reads. Each document is a struct in a file
// of its own. Field comments give unit, range and what absence means, and they
// become the descriptions in the published JSON Schema (fixtures/schema).
//
// A value that is not known is null, never 0 and never NaN. Unknown extra
// fields are ignored on reading, so older tools read newer files; a newer
// major schema_version is refused.
package schema

import (
	"math"
	"time"
)

// Version is the schema version written: major.minor. A reader accepts every
// minor of its own major.
const Version = "1.0"

// The kinds of document, as written in the field "kind".
const (
	KindCapture           = "capture"
	KindGAKPISummary      = "ga_kpi_summary"
	KindDailySummary      = "daily_summary"
	KindAnomalyReport     = "anomaly_report"
	KindHealthReport      = "health_report"
	KindRegressionSummary = "regression_summary"
	KindRetrospective     = "retrospective"
)

// Document is one of the seven documents, always a pointer to its struct.
type Document interface {
	// Head returns the part that all documents share.
	Head() *Header
}

// Header is what every document carries first.
type Header struct {
	// Kind says which document this is.
	Kind string `json:"kind"`
	// SchemaVersion is major.minor of this schema; absent in older files.
	SchemaVersion string `json:"schema_version"`
	// Release names what was released, e.g. "v1.0.1"; empty when not told.
	Release string `json:"release,omitempty"`
	// GeneratedAt is when the document was computed.
	GeneratedAt Time `json:"generated_at"`
	// Window is the time the document speaks about.
	Window *Window `json:"window,omitempty"`
	// DataQuality says how much of the window was seen; absent in older files.
	DataQuality *DataQuality `json:"data_quality,omitempty"`
}

// Head returns the header itself; embedding it makes a struct a Document.
func (h *Header) Head() *Header { return h }

// NewHeader returns the header of a document of the given kind made now.
func NewHeader(kind, release string, now time.Time) Header {
	return Header{Kind: kind, SchemaVersion: Version, Release: release, GeneratedAt: At(now)}
}

// Window is a half-open stretch of time, [start, end).
type Window struct {
	Start Time `json:"start"`
	End   Time `json:"end"`
	// Partial is true when the window had not ended yet: End is then the last
	// whole step before the document was made.
	Partial bool `json:"partial,omitempty"`
}

// Hours returns the length of the window in hours.
func (w Window) Hours() float64 { return w.End.Sub(w.Start.Time).Hours() }

// DataQuality says how much of a window was seen. A step counts as seen when
// at least one KPI has a sample there.
type DataQuality struct {
	// ExpectedSamples is the number of steps in the window.
	ExpectedSamples int `json:"expected_samples"`
	// ActualSamples is the number of steps with data.
	ActualSamples int `json:"actual_samples"`
	// CoveragePercent is actual of expected, 0 to 100; null when nothing was
	// expected.
	CoveragePercent *float64 `json:"coverage_percent"`
	// Gaps are the stretches in which no KPI has a sample.
	Gaps []Gap `json:"gaps"`
	// Warnings are doubts about the numbers, in words, the source's own too.
	Warnings []string `json:"warnings"`
}

// Gap is a stretch of time without data, [start, end).
type Gap struct {
	Start Time `json:"start"`
	End   Time `json:"end"`
}

// Num returns a pointer to v, or nil when v is not a finite number: what is
// not known is null.
func Num(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
