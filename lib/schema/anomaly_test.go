package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readReport(t *testing.T, text string) *AnomalyReport {
	t.Helper()
	doc, err := NewReader("anomalies.json", strings.NewReader(text)).Next()
	if err != nil {
		t.Fatalf("reading %s: %v", text, err)
	}
	report, ok := doc.(*AnomalyReport)
	if !ok {
		t.Fatalf("reading %s: got a %T", text, doc)
	}
	return report
}

// TestAnomalyReportLegacy reads the spellings of older files.
func TestAnomalyReportLegacy(t *testing.T) {
	const event = `{"timestamp": "2025-11-20T14:23:15", "metric_name": "p95_latency_ms", "value": 512.5, "baseline": 250,
		"z_score": 8.1, "classification": "spike", "severity": "high", "confidence": 0.99}`
	for name, text := range map[string]string{
		"bare list":     `[` + event + `]`,
		"report":        `{"summary": {"total_anomalies": "1"}, "anomalies_by_metric": {"p95_latency_ms": [` + event + `]}, "anomalies": [` + event + `]}`,
		"without words": `{"anomalies": [` + event + `], "summary": "one"}`,
	} {
		t.Run(name, func(t *testing.T) {
			got := readReport(t, text)
			want := []Event{{
				Timestamp: mustTime(t, "2025-11-20T14:23:15Z"), MetricName: "p95_latency_ms",
				ActualValue: Num(512.5), ExpectedValue: Num(250), Deviation: Num(262.5), ZScore: Num(8.1),
				Classification: ClassSpike, Severity: SeverityHigh, Confidence: Num(0.99),
			}}
			if diff := cmp.Diff(want, got.Anomalies); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if got.Summary.TotalAnomalies != 1 || got.Summary.BySeverity[SeverityHigh] != 1 || got.AnomaliesByMetric["p95_latency_ms"] != 1 {
				t.Errorf("counts %+v, by metric %v", got.Summary, got.AnomaliesByMetric)
			}
		})
	}
}

func mustTime(t *testing.T, text string) Time {
	t.Helper()
	at, err := ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// FuzzAnomalyReport: what is accepted survives writing and reading.
func FuzzAnomalyReport(f *testing.F) {
	f.Add(`[{"timestamp": 1, "metric_name": "m", "value": 1, "baseline": 2}]`)
	f.Add(`{"kind": "anomaly_report", "schema_version": "1.0", "anomalies": [{"metric_name": "m", "labels": {"service": "a"}}], "incidents": [{"incident_id": "x"}]}`)
	f.Add(`{"anomalies": null, "summary": {"by_severity": {"low": 1}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := NewReader("anomalies.json", strings.NewReader(text)).Next()
		first, ok := doc.(*AnomalyReport)
		if err != nil || !ok {
			return
		}
		body, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("writing what was read: %v", err)
		}
		again := readReport(t, string(body))
		twice, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(body), string(twice)); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}
