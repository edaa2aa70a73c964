package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

func readRegression(t *testing.T, text string) *schema.RegressionSummary {
	t.Helper()
	doc, err := schema.NewReader("regression_summary.json", strings.NewReader(text)).Next()
	if err != nil {
		t.Fatal(err)
	}
	d, ok := doc.(*schema.RegressionSummary)
	if !ok {
		t.Fatalf("read as %s, want a regression summary", doc.Head().Kind)
	}
	return d
}

// TestOlderRegressions reads what the predecessor wrote, in all its spellings.
func TestOlderRegressions(t *testing.T) {
	d := readRegression(t, `{"timestamp": "2025-11-26T00:00:00", "regressions": [
		{"metric_name": "p99_latency_ms", "baseline_source": "GA", "baseline_value": 240, "current_value": 330, "drift_percent": 37.5,
		 "severity": "HIGH", "category": "performance", "first_detected": "Day 3", "mitigation_priority": 1, "recommended_actions": "look at traces"},
		{"metric_name": "availability", "baseline_value": 99.9, "current_value": 99.0, "drift_percent": -0.9, "severity": "medium",
		 "first_detected": "2025-11-20T14:00:00Z", "recommended_actions": ["a", "b"], "category": "availability"}],
		"overall_assessment": "2 regressions", "rollback_recommended": true, "rollback_reason": "latency"}`)
	first, second := d.Regressions[0], d.Regressions[1]
	type told struct {
		Percent             float64
		Severity, Direction string
		Priority            string
		Actions             []string
		Day                 int
	}
	got := told{*first.RegressionPercent, first.Severity, first.Direction, first.MitigationPriority, first.RecommendedActions, *first.FirstDetectedDay}
	if diff := cmp.Diff(told{37.5, "high", "regression", "1", []string{"look at traces"}, 3}, got); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if *second.RegressionPercent != 0.9 || second.FirstDetected.IsZero() || len(second.RecommendedActions) != 2 {
		t.Errorf("second = %+v", second)
	}
	if d.TotalRegressions != 2 || d.RegressionsBySeverity["high"] != 1 || d.RegressionsByCategory["availability"] != 1 {
		t.Errorf("counts = %d, %v, %v", d.TotalRegressions, d.RegressionsBySeverity, d.RegressionsByCategory)
	}
	r := d.RollbackRecommendation
	if r == nil || r.ShouldRollback == nil || !*r.ShouldRollback || r.Advice != schema.AdviceRollback || r.Reason != "latency" {
		t.Errorf("rollback = %+v, want yes for latency", r)
	}
}

func TestOlderRollbackAdvice(t *testing.T) {
	for _, tt := range []struct{ text, advice, reason string }{
		{`true`, schema.AdviceRollback, ""},
		{`false`, schema.AdviceKeep, ""},
		{`"keep watching"`, schema.AdviceUnknown, "keep watching"},
		{`{"should_rollback": true, "reason": "errors", "priority": 0}`, schema.AdviceRollback, "errors"},
		{`{"should_rollback": null, "reason": "no data"}`, schema.AdviceUnknown, "no data"},
		{`{"rollback_recommended": false, "confidence": "high"}`, schema.AdviceKeep, ""},
	} {
		var r schema.RollbackAdvice
		if err := json.Unmarshal([]byte(tt.text), &r); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if r.Advice != tt.advice || r.Reason != tt.reason {
			t.Errorf("%s: read as %q, %q; want %q, %q", tt.text, r.Advice, r.Reason, tt.advice, tt.reason)
		}
	}
}

// TestUnknownIsNotNo: no advice is never read as "no".
func TestUnknownIsNotNo(t *testing.T) {
	for _, text := range []string{`{"regressions": []}`, `{"regressions": [], "rollback_recommendation": null}`, `{"regressions": [], "rollback_recommended": "perhaps"}`} {
		d := readRegression(t, text)
		if r := d.RollbackRecommendation; r != nil && r.ShouldRollback != nil {
			t.Errorf("%s: should_rollback read as %v, want unknown", text, *r.ShouldRollback)
		}
	}
}

// FuzzRegressionSummary: what is accepted survives write and read.
func FuzzRegressionSummary(f *testing.F) {
	f.Add(`{"kind": "regression_summary", "schema_version": "1.0", "regressions": [{"metric_name": "p99_latency_ms", "severity": "high", "evidence": {"method": "counts", "p": 0.01}}]}`)
	f.Add(`{"regressions": [{"metric_name": "x", "drift_percent": -4, "first_detected": "day_2", "evidence": "none"}], "rollback_recommended": true, "rollback_reason": 3}`)
	f.Add(`{"regressions": null, "rollback_recommendation": {"should_rollback": false, "confidence": 0.9, "priority": 2}}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := schema.NewReader("regression.json", strings.NewReader(text)).Next()
		d, ok := doc.(*schema.RegressionSummary)
		if err != nil || !ok {
			return
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("writing: %v", err)
		}
		r := schema.NewReader("again.json", bytes.NewReader(b))
		again, err := r.Next()
		if err != nil {
			t.Fatalf("reading what was written, %s: %v", b, err)
		}
		c, err := json.Marshal(again)
		if err != nil {
			t.Fatalf("writing again: %v", err)
		}
		if diff := cmp.Diff(string(b), string(c)); diff != "" {
			t.Errorf("written and read (-want +got):\n%s", diff)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("one document was written, then: %v", err)
		}
	})
}
