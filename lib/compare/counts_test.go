package compare_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

// TestErrors says what is made of errors of requests.
func TestErrors(t *testing.T) {
	errors := func(size float64) []simulate.Effect {
		return []simulate.Effect{{Form: simulate.Step, KPIs: []string{"errors"}, Start: 62, Size: size}}
	}
	tests := []struct {
		name   string
		config simulate.Config
		want   string
	}{
		{"unchanged", simulate.Config{}, "none"},
		{"three times", simulate.Config{Effects: errors(3)}, "regression critical"},
		{"a third", simulate.Config{RequestsPerMinute: 400, Effects: errors(1.0 / 3)}, "improvement "},
		{"too light to matter", simulate.Config{RequestsPerMinute: 20000, Effects: errors(3)}, "regression low"},
		{"few", simulate.Config{RequestsPerMinute: 20, ErrorsPerDay: 5}, "unknown"},
		{"none of many", simulate.Config{ErrorsPerDay: 1e-9}, "none"},
		{"none of few", simulate.Config{RequestsPerMinute: 2, ErrorsPerDay: 1e-9}, "unknown"},
		{"from none to many", simulate.Config{ErrorsPerDay: 1e-6, RequestsPerMinute: 100, Effects: errors(1e9)}, "regression critical"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.GAWeekday = time.Tuesday
			r := judge(simulate.Make(tt.config, 11))
			got := "none"
			for _, f := range append(r.Regressions, r.Improvements...) {
				if f.MetricName == "error_rate" {
					got = f.Direction + " " + f.Severity
				}
			}
			for _, u := range r.Unknown {
				if u.MetricName == "error_rate" {
					got = "unknown"
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error rate (-want +got):\n%s", diff)
			}
			for _, c := range r.Comparisons {
				if c.MetricName == "error_rate" && c.Evidence != nil && (c.Evidence.P == nil || c.Evidence.Method != "counts") {
					t.Errorf("evidence = %+v, want a p value of counts", c.Evidence)
				}
			}
			if r.Rollback.Advice == schema.AdviceRollback && tt.want[:4] != "regr" {
				t.Errorf("rollback: %s", r.Rollback.Reason)
			}
		})
	}
}
