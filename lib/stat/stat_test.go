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

// Two measured data sets of the NIST Statistical Reference Datasets, univariate
// (https://www.itl.nist.gov/div898/strd/univ/homepage.html): the transmittance of
// a filter, and Michelson's speed of light in air, 1879, in 1,000 km/s.
var (
	mavro = []float64{
		2.00180, 2.00170, 2.00180, 2.00190, 2.00180, 2.00170, 2.00150, 2.00140, 2.00150, 2.00150,
		2.00170, 2.00180, 2.00180, 2.00190, 2.00190, 2.00210, 2.00200, 2.00160, 2.00140, 2.00130,
		2.00130, 2.00150, 2.00150, 2.00160, 2.00150, 2.00140, 2.00130, 2.00140, 2.00150, 2.00140,
		2.00150, 2.00160, 2.00150, 2.00160, 2.00190, 2.00200, 2.00200, 2.00210, 2.00220, 2.00230,
		2.00240, 2.00250, 2.00270, 2.00260, 2.00260, 2.00260, 2.00270, 2.00260, 2.00250, 2.00240,
	}
	michelso = []float64{
		299.85, 299.74, 299.90, 300.07, 299.93, 299.85, 299.95, 299.98, 299.98, 299.88,
		300.00, 299.98, 299.93, 299.65, 299.76, 299.81, 300.00, 300.00, 299.96, 299.96,
		299.96, 299.94, 299.96, 299.94, 299.88, 299.80, 299.85, 299.88, 299.90, 299.84,
		299.83, 299.79, 299.81, 299.88, 299.88, 299.83, 299.80, 299.79, 299.76, 299.80,
		299.88, 299.88, 299.88, 299.86, 299.72, 299.72, 299.62, 299.86, 299.97, 299.95,
		299.88, 299.91, 299.85, 299.87, 299.84, 299.84, 299.85, 299.84, 299.84, 299.84,
		299.89, 299.81, 299.81, 299.82, 299.80, 299.77, 299.76, 299.74, 299.75, 299.76,
		299.91, 299.92, 299.89, 299.86, 299.88, 299.72, 299.84, 299.85, 299.85, 299.78,
		299.89, 299.84, 299.78, 299.81, 299.76, 299.81, 299.79, 299.81, 299.82, 299.85,
		299.87, 299.87, 299.81, 299.74, 299.81, 299.94, 299.95, 299.80, 299.81, 299.87,
	}
)

// NumAcc1 to NumAcc4 of the same collection are built to break naive sums. All
// values are NIST's certified ones.
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
		{"Mavro", mavro, 2.001856, 0.000429123454003053, 1e-11},
		{"Michelso", michelso, 299.8524, 0.0790105478190518, 1e-11},
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
		// The gauge of the NIST handbook, 7.2.6.2; its own method (type 6) gives
		// 95.1981, the rank 1+p(n-1) of type 7 this.
		{[]float64{
			95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.0610,
			95.1591, 95.1195, 95.1772, 95.0925, 95.1990, 95.1682,
		}, 90, 95.19568},
		{[]float64{1, 2}, -1, nan},
		{[]float64{1, 2}, nan, nan},
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

func TestMedian(t *testing.T) {
	xs := []float64{1, 1, nan, 2, 2, 4, 6, 9}
	if got := stat.Median(xs); got != 2 {
		t.Errorf("median is %v, want 2", got)
	}
	if got := stat.Median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v", got)
	}
}

// number draws samples of the sizes that metrics have.
var number = rapid.Float64Range(-1e9, 1e9)

func TestPercentileProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(number, 1, 50).Draw(t, "xs")
		p := rapid.Float64Range(0, 100).Draw(t, "p")
		before := slices.Clone(xs)
		got := stat.Percentile(xs, p)
		// The definition: rank 1+p(n-1), between its neighbours.
		ranked := slices.Sorted(slices.Values(xs))
		rank := p / 100 * float64(len(xs)-1)
		low, share := int(rank), rank-math.Floor(rank)
		want := ranked[low] + share*(ranked[min(low+1, len(xs)-1)]-ranked[low])
		if math.Abs(got-want) > 1e-5 {
			t.Fatalf("P%v is %v, want %v", p, got, want)
		}
		if !slices.Equal(before, xs) {
			t.Fatal("the input was changed")
		}
	})
}

// What moves all samples moves the place, and not the spread.
func TestShiftMovesThePlaceOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 2, 50).Draw(t, "xs")
		by := rapid.Float64Range(-1e3, 1e3).Draw(t, "by")
		moved := make([]float64, len(xs))
		for i, x := range xs {
			moved[i] = x + by
		}
		a, b := stat.Summarise(xs), stat.Summarise(moved)
		for _, pair := range [][2]float64{
			{a.Mean + by, b.Mean},
			{a.P50 + by, b.P50},
			{a.P99 + by, b.P99},
			{a.Stddev, b.Stddev},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-7 {
				t.Fatalf("want %v, got %v", pair[0], pair[1])
			}
		}
	})
}

// Missing samples, wherever they are, change nothing but their count.
func TestMissingSamplesAreLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.OneOf(number, rapid.Just(nan), rapid.Just(math.Inf(1))), 0, 50).Draw(t, "xs")
		seen := stat.Finite(xs)
		want := stat.Summarise(seen)
		want.Missing = len(xs) - len(seen)
		if diff := cmp.Diff(want, stat.Summarise(xs), cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("summary (-want +got):\n%s", diff)
		}
	})
}
