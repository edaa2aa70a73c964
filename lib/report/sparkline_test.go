package report_test

import (
	"math"
	"testing"

	"github.com/veleron-dev/tars/lib/report"
)

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"each height", []float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		{"between the lowest and the highest, not from zero", []float64{100, 101, 100.5}, "▁█▅"},
		{"a gap", []float64{1, nan, math.Inf(1), 2}, "▁··█"},
		{"always the same", []float64{5, 5, nan}, "▄▄·"},
		{"below zero", []float64{-1, -3}, "█▁"},
		{"nearly all numbers", []float64{-math.MaxFloat64, 0, math.MaxFloat64}, "▁▅█"},
		{"nothing known", []float64{nan, nan}, ""},
		{"nothing", nil, ""},
	} {
		if got := report.Sparkline(tc.values); got != tc.want {
			t.Errorf("%s: %v is %q, want %q", tc.name, tc.values, got, tc.want)
		}
	}
}
