package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Kinds are the documents that travel, in the order of the pipeline.
var Kinds = []string{
	KindCapture, KindGAKPISummary, KindDailySummary, KindAnomalyReport,
	KindHealthReport, KindRegressionSummary, KindRetrospective,
}

// newDocument returns an empty document of the kind, nil for an unknown one.
func newDocument(kind string) Document {
	switch kind {
	case KindCapture:
		return new(Capture)
	case KindGAKPISummary:
		return new(GAKPISummary)
	case KindDailySummary:
		return new(DailySummary)
	case KindAnomalyReport:
		return new(AnomalyReport)
	case KindHealthReport:
		return new(HealthReport)
	case KindRegressionSummary:
		return new(RegressionSummary)
	case KindRetrospective:
		return new(Retrospective)
	}
	return nil
}

// kindOf returns the kind and schema version of a JSON value. Documents of
// older files have no kind; their shape tells, and the file's name which of two
// alike.
func kindOf(name string, raw []byte) (kind, version string, err error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) > 0 && raw[0] == '[':
		return KindAnomalyReport, "", nil // older anomaly files are a bare list
	case len(raw) == 0 || raw[0] != '{':
		return "", "", fmt.Errorf("want a JSON object, got %.20q", raw)
	}
	if kind, version, ok := kindFirst(raw); ok {
		return kind, version, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return "", "", err
	}
	text := func(field string) string {
		var s string
		if json.Unmarshal(fields[field], &s) != nil {
			return ""
		}
		return s
	}
	if _, has := fields["kind"]; has {
		return text("kind"), text("schema_version"), nil
	}
	kind = kindOfShape(name, fields)
	if kind == "" {
		return "", "", errors.New(`this is no document of tars: it has no "kind" and not the fields of any known kind`)
	}
	return kind, text("schema_version"), nil
}

// kindFirst reads kind and version without scanning the whole document, which
// works for everything the tools write: both come first.
func kindFirst(raw []byte) (kind, version string, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw[:min(len(raw), 512)]))
	for i := range 5 {
		token, err := dec.Token()
		if err != nil {
			return "", "", false
		}
		text, isText := token.(string)
		switch {
		case i == 0:
		case !isText, i == 1 && text != "kind", i == 3 && text != "schema_version":
			return "", "", false
		case i == 2:
			kind = text
		case i == 4:
			version = text
		}
	}
	return kind, version, true
}

// kindOfShape tells an older document by the fields only it has; a flat summary
// is a day's when the file is named so, else GA day's.
func kindOfShape(name string, fields map[string]json.RawMessage) string {
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := fields[n]; ok {
				return true
			}
		}
		return false
	}
	flat := false
	for n := range fields {
		if strings.HasPrefix(n, "overall_avail") || strings.HasPrefix(n, "overall_error") ||
			strings.HasPrefix(n, "avg_") || strings.HasPrefix(n, "total_requests") {
			flat = true
		}
	}
	switch {
	case has("generation_timestamp", "ga_day_timestamp", "unexpected_drifts"):
		return KindRetrospective
	case has("regressions"):
		return KindRegressionSummary
	case has("health_score", "overall_health_score"):
		return KindHealthReport
	case has("anomalies"), has("metric_name") && has("z_score", "classification"):
		return KindAnomalyReport // a report, or one event of it
	case has("queries"):
		return KindCapture
	case has("day_number", "metrics_comparison", "slo_compliance_percent"), flat && dayFromName(name) > 0:
		return KindDailySummary
	case has("ga_start", "certification_status"), flat:
		return KindGAKPISummary
	}
	return ""
}
