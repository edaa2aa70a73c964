package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/lib/schema"
)

func TestACourseHasAValueAnHour(t *testing.T) {
	nan := math.NaN()
	repeated := func(n int, v float64) schema.Values {
		out := make(schema.Values, n)
		for i := range out {
			out[i] = v
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		step   float64
		values schema.Values
		want   []float64
		length float64
	}{
		{"the median of what was seen", 1200, schema.Values{1, 5, 3, nan, 2, 4}, []float64{3, 3}, 3600},
		{"an hour of which nothing was seen", 1800, schema.Values{1, 1, nan, nan, math.Inf(1), 2}, []float64{1, nan, 2}, 3600},
		{"an hour that is not over", 1800, schema.Values{1, 1, 2}, []float64{1, 2}, 3600},
		{"steps that do not divide the hour", 2400, schema.Values{1, 2, 3}, []float64{1.5, 3}, 3600},
		{"steps longer than an hour", 7200, schema.Values{1, nan, 3}, []float64{1, nan, 3}, 7200},
		{"a day", 300, repeated(288, 7), repeated(24, 7), 3600},
		{"two days in 24 stretches", 3600, repeated(48, 7), repeated(24, 7), 7200},
		{"a little more than a day", 300, repeated(289, 7), repeated(24, 7), 3612.5},
	} {
		got := hourly(&schema.Series{StepSeconds: tc.step, Values: tc.values})
		if diff := cmp.Diff(schema.Values(tc.want), got.Values, cmpopts.EquateNaNs()); diff != "" || got.StepSeconds != tc.length {
			t.Errorf("%s: steps of %v s, want %v (-want +got):\n%s", tc.name, got.StepSeconds, tc.length, diff)
		}
	}
}
