package stat_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/veleron-dev/tars/lib/stat"
)

var nan = math.NaN()

// The NIST Statistical Reference Datasets NumAcc1 to NumAcc4 are built to break
// naive sums; mean and deviation are certified by construction.
func TestMeanAndStddevAgainstNIST(t *testing.T) {
	pairs := func(n int, around, step float64) []float64 {
		xs := []float64{around}
		for range n {
			xs = append(xs, around-step, around+step)
		}
		return xs
	}
	for _, tc := range []struct {
		name         string
		xs           []float64
		mean, stddev float64
		tolerance    float64
	}{
		{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, 1e-12},
		{"NumAcc2", pairs(500, 1.2, 0.1), 1.2, 0.1, 1e-12},
		{"NumAcc3", pairs(500, 1000000.2, 0.1), 1000000.2, 0.1, 1e-8},
		{"NumAcc4", pairs(500, 10000000.2, 0.1), 10000000.2, 0.1, 1e-7},
	} {
		near := cmpopts.EquateApprox(tc.tolerance, 0)
		if diff := cmp.Diff(tc.mean, stat.Mean(tc.xs), near); diff != "" {
			t.Errorf("%s mean (-want +got):\n%s", tc.name, diff)
		}
		if diff := cmp.Diff(tc.stddev, stat.Stddev(tc.xs), near); diff != "" {
			t.Errorf("%s deviation (-want +got):\n%s", tc.name, diff)
		}
	}
}

// Type 7 of Hyndman and Fan (1996), "Sample quantiles in statistical
// packages": what R's quantile() and NumPy's percentile() return by default.
func TestPercentileIsType7(t *testing.T) {
	for _, tc := range []struct {
		xs   []float64
		p    float64
		want float64
	}{
		{[]float64{1, 2, 3, 4}, 95, 3.85},
		{[]float64{4, nan, 1, 3, 2}, 25, 1.75},
		{[]float64{15, 20, 35, 40, 50}, 40, 29},
		{[]float64{7}, 99, 7},
		{[]float64{1, 2}, 0, 1},
		{[]float64{1, 2}, 100, 2},
		{nil, 50, nan},
		{[]float64{1, 2}, 101, nan},
	} {
		got := stat.Percentile(tc.xs, tc.p)
		if diff := cmp.Diff(tc.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("P%v of %v (-want +got):\n%s", tc.p, tc.xs, diff)
		}
	}
}

func TestSummariseLeavesOutWhatIsMissing(t *testing.T) {
	want := stat.Summary{Count: 4, Missing: 2, Mean: 2.5, Min: 1, Max: 4, P50: 2.5, P95: 3.85, P99: 3.97, Stddev: math.Sqrt(5.0 / 3)}
	got := stat.Summarise([]float64{nan, 4, 1, 3, math.Inf(1), 2})
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	none := stat.Summary{Missing: 1, Mean: nan, Min: nan, Max: nan, P50: nan, P95: nan, P99: nan, Stddev: nan}
	if diff := cmp.Diff(none, stat.Summarise([]float64{nan}), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("summary of nothing (-want +got):\n%s", diff)
	}
}

func TestPercentileProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 1, 50).Draw(t, "xs")
		p := rapid.Float64Range(0, 100).Draw(t, "p")
		before := slices.Clone(xs)
		got := stat.Percentile(xs, p)
		if got < slices.Min(xs)-1e-6 || got > slices.Max(xs)+1e-6 {
			t.Fatalf("P%v is %v, outside %v to %v", p, got, slices.Min(xs), slices.Max(xs))
		}
		if higher := stat.Percentile(xs, min(100, p+5)); higher < got-1e-6 {
			t.Fatalf("P%v is %v, above P%v, %v", p, got, p+5, higher)
		}
		if !slices.Equal(before, xs) {
			t.Fatal("the input was changed")
		}
		if mad := stat.MAD(xs); mad < 0 {
			t.Fatalf("MAD is %v", mad)
		}
	})
}
