package stat_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/veleron-dev/tars/lib/stat"
)

// The first ten samples of the NIST handbook's example of an EWMA chart
// (6.3.2.4), lambda 0.3, which begins at the mean of history, 50: here as a
// sample before the others. It prints two decimals.
func TestEWMAAgainstNIST(t *testing.T) {
	xs := []float64{50, 52, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5}
	want := []float64{50, 50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33}
	if diff := cmp.Diff(want, stat.EWMA(xs, 0.3), cmpopts.EquateApprox(0, 0.0051)); diff != "" {
		t.Errorf("EWMA (-want +got):\n%s", diff)
	}
}

func TestEWMAWaitsWhereSamplesAreMissing(t *testing.T) {
	got := stat.EWMA([]float64{nan, 4, nan, 8, math.Inf(1)}, 0.5)
	if diff := cmp.Diff([]float64{nan, 4, 4, 6, 6}, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("EWMA (-want +got):\n%s", diff)
	}
	for _, alpha := range []float64{0, -1, 1.5, nan} {
		if diff := cmp.Diff([]float64{nan, nan}, stat.EWMA([]float64{1, 2}, alpha), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("alpha %v (-want +got):\n%s", alpha, diff)
		}
	}
}

func TestRollingLooksBackOnly(t *testing.T) {
	xs := []float64{1, 3, nan, 5, 100, 7}
	mean, stddev := stat.Rolling(xs, 3)
	wantMean := []float64{nan, 1, 2, 2, 3, 36}
	wantStddev := []float64{nan, nan, math.Sqrt2, math.Sqrt2, 2, math.Sqrt((33*33 + 31*31 + 64*64) / 2.)}
	near := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)}
	if diff := cmp.Diff(wantMean, mean, near); diff != "" {
		t.Errorf("mean (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantStddev, stddev, near); diff != "" {
		t.Errorf("deviation (-want +got):\n%s", diff)
	}
	if mean, _ := stat.Rolling(xs, 0); !math.IsNaN(mean[5]) {
		t.Errorf("mean of no window is %v", mean[5])
	}
}

// A running sum of squares gives 0 or worse here.
func TestRollingKeepsItsDigits(t *testing.T) {
	xs := make([]float64, 500)
	for i := range xs {
		xs[i] = 1e9 + float64(i%2)*1e-3
	}
	_, stddev := stat.Rolling(xs, 48)
	want := 1e-3 * math.Sqrt(12./47)
	if got := stddev[499]; math.Abs(got-want) > want*1e-3 {
		t.Errorf("deviation is %v, want %v", got, want)
	}
}

func TestRollingZ(t *testing.T) {
	for _, tc := range []struct {
		what  string
		xs    []float64
		least int
		floor stat.Floor
		want  []float64
	}{
		{"by the spread before", []float64{1, 3, 2, 2 + 5}, 2, stat.Floor{}, []float64{nan, nan, 0, 5}},
		{"warming up", []float64{1, 3, 2, 7}, 3, stat.Floor{}, []float64{nan, nan, nan, 5}},
		{"flat has no spread", []float64{2, 2, 3}, 2, stat.Floor{}, []float64{nan, nan, nan}},
		{"flat, with a floor", []float64{2, 2, 3}, 2, stat.Floor{Relative: 0.05, Absolute: 0.01}, []float64{nan, nan, 10}},
		{"a missing sample", []float64{1, 3, nan, 2}, 2, stat.Floor{}, []float64{nan, nan, nan, 0}},
	} {
		t.Run(tc.what, func(t *testing.T) {
			got := stat.RollingZ(tc.xs, 3, tc.least, tc.floor)
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 1e-12)); diff != "" {
				t.Errorf("z (-want +got):\n%s", diff)
			}
		})
	}
}

// What comes later changes nothing before: a detector may be restarted.
func TestTrailingIsCausal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.OneOf(number, rapid.Just(nan)), 1, 40).Draw(t, "xs")
		n := rapid.IntRange(0, len(xs)).Draw(t, "n")
		floor := stat.Floor{Absolute: 1e-9}
		for what, pair := range map[string][2][]float64{
			"EWMA": {stat.EWMA(xs, 0.3)[:n], stat.EWMA(xs[:n], 0.3)},
			"z":    {stat.RollingZ(xs, 8, 4, floor)[:n], stat.RollingZ(xs[:n], 8, 4, floor)},
		} {
			if diff := cmp.Diff(pair[0], pair[1], cmpopts.EquateNaNs()); diff != "" {
				t.Fatalf("%s (-whole +part):\n%s", what, diff)
			}
		}
	})
}
