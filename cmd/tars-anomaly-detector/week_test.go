package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// TestDemoWeek finds every incident of the demo week in a real Prometheus: the
// sudden ones within three samples, and the hole as a gap, not as an anomaly.
func TestDemoWeek(t *testing.T) {
	s := server.Start(t, week.History())
	sudden, day := 3*5*time.Minute, 24*time.Hour
	for _, method := range []string{"ewma", "adaptive"} {
		t.Run(method, func(t *testing.T) {
			report := detectWeek(t, s.URL, "--method", method)
			for _, test := range []struct {
				incident week.Incident
				metrics  string // those that may show it, by their beginning
				within   time.Duration
			}{
				{week.Outage, "availability", sudden},
				{week.ErrorBurst, "error", sudden},
				{week.Latency, "p99_latency_ms", sudden},
				{week.Improvement, "db_p95_latency_ms", sudden},
				{week.Leak, "memory", 3 * day}, // 12 hours must differ by a tenth first
			} {
				found, ok := firstOf(report, test.incident, test.metrics)
				if !ok {
					t.Errorf("the %s is not found", test.incident.Name)
					continue
				}
				delay := found.Sub(test.incident.Start)
				t.Logf("%s: found after %s", test.incident.Name, delay)
				if delay > test.within {
					t.Errorf("the %s is found after %s, want %s", test.incident.Name, delay, test.within)
				}
			}
			gaps := report.DataQuality.Gaps
			if len(gaps) != 1 || gaps[0].Start.After(week.Hole.Start) || gaps[0].End.Before(week.Hole.End.Add(-time.Minute)) {
				t.Errorf("the gaps are %v, want the one from %s to %s", gaps, week.Hole.Start, week.Hole.End)
			}
			for _, e := range report.Anomalies {
				if strings.HasPrefix(e.Reason, "silence") && !e.Timestamp.Before(week.Hole.Start) && e.Timestamp.Before(week.Hole.End) {
					t.Errorf("the hole is told as silence of %s", e.MetricName)
				}
			}
		})
	}
}

// firstOf returns when an incident was detected whose metric and service are
// those of an incident of the week.
func firstOf(r *schema.AnomalyReport, want week.Incident, metrics string) (time.Time, bool) {
	for _, in := range r.Incidents {
		if in.Detected.Before(want.Start) {
			continue
		}
		for _, m := range in.Members {
			if strings.HasPrefix(m.MetricName, metrics) && (want.Service == "" || m.Service == want.Service) && !m.Started.Before(want.Start) {
				return in.Detected.Time, true
			}
		}
	}
	return time.Time{}, false
}

// detectWeek runs the command over the week.
func detectWeek(t *testing.T, url string, args ...string) *schema.AnomalyReport {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{
		"--prometheus-url", url, "--ga-timestamp", week.GA.Format(time.RFC3339), "--now", week.End.Format(time.RFC3339),
	}, args...)
	streams := tool.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Now: func() time.Time { return week.End }}
	if status := tool.Main(name, &command{}, args, streams); status != 0 {
		t.Fatalf("exit status %d: %s", status, &errs)
	}
	report := &schema.AnomalyReport{}
	if err := json.Unmarshal(out.Bytes(), report); err != nil {
		t.Fatal(err)
	}
	return report
}
