package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var near = cmpopts.EquateApprox(0, 5e-5)

// TestBenjaminiHochberg uses the fifteen p values of Benjamini and Hochberg
// (1995), section 4.1: at 0.05 their procedure admits the first four.
func TestBenjaminiHochberg(t *testing.T) {
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000}
	q := benjaminiHochberg(p)
	admitted := 0
	for _, v := range q {
		if v <= 0.05 {
			admitted++
		}
	}
	if admitted != 4 {
		t.Errorf("admitted %d of the paper's hypotheses, want 4", admitted)
	}
	// p.adjust(p, "BH") of R 4.
	want := []float64{0.0015, 0.0030, 0.0095, 0.0356}
	if diff := cmp.Diff(want, q[:4], near); diff != "" {
		t.Errorf("q (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{0.04, 0.03, 0.04}, benjaminiHochberg([]float64{0.04, 0.01, 0.03}), near); diff != "" {
		t.Errorf("q of unsorted p values (-want +got):\n%s", diff)
	}
}

// TestTail uses the critical values of Student's t as printed in the NIST/SEMATECH
// e-Handbook of Statistical Methods, table 1.3.6.7.2.
func TestTail(t *testing.T) {
	for _, tt := range []struct{ df, t, p float64 }{
		{1, 6.314, 0.05}, {5, 2.015, 0.05}, {5, 3.365, 0.01}, {6, 1.943, 0.05}, {6, 5.208, 0.001}, {10, 2.764, 0.01}, {10, 4.144, 0.001},
	} {
		if got := tail(tt.t, tt.df); math.Abs(got-tt.p) > tt.p*1e-3 {
			t.Errorf("tail(%v, %v) = %v, want %v", tt.t, tt.df, got, tt.p)
		}
		if got := quantile(1-tt.p, tt.df); math.Abs(got-tt.t) > 1e-3 {
			t.Errorf("quantile(%v, %v) = %v, want %v", 1-tt.p, tt.df, got, tt.t)
		}
	}
}

// TestBinomialTail sums the binomial distribution itself.
func TestBinomialTail(t *testing.T) {
	for _, n := range []int{1, 5, 20, 60} {
		for _, p := range []float64{0.1, 0.5, 0.9} {
			for k := range n + 1 {
				want := 0.0
				for i := k; i <= n; i++ {
					lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
					want += math.Exp(lg(n) - lg(i) - lg(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log(1-p))
				}
				if got := binomialTail(float64(k), float64(n), p); math.Abs(got-want) > 1e-9 {
					t.Errorf("binomialTail(%d, %d, %v) = %v, want %v", k, n, p, got, want)
				}
			}
		}
	}
}

// TestCliffsDelta uses the definition on small lists, ties counting for neither.
func TestCliffsDelta(t *testing.T) {
	for _, tt := range []struct {
		before, after []float64
		want          float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5}, 1},
		{[]float64{4, 5}, []float64{1, 2, 3}, -1},
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, 0},
		{[]float64{1, 1, 2}, []float64{1, 3}, 1.0 / 3}, // 1 loses once, 3 wins thrice, of 6
		{nil, []float64{1}, math.NaN()},
	} {
		if got := cliffsDelta(tt.before, tt.after); !cmp.Equal(got, tt.want, cmpopts.EquateNaNs(), near) {
			t.Errorf("cliffsDelta(%v, %v) = %v, want %v", tt.before, tt.after, got, tt.want)
		}
	}
}

// TestSearchIsPaidFor draws day levels without any change: the p value of the
// best onset, once paid for, must be as small as it says no more often than it
// says.
func TestSearchIsPaidFor(t *testing.T) {
	const weeks = 4000
	for _, ga := range []int{0, 7 * hoursPerDay} {
		a := axis{ga: ga, slots: ga + 8*hoursPerDay, end: ga + 8*hoursPerDay}
		rng := rand.New(rand.NewPCG(1, uint64(ga)))
		below := map[float64]int{}
		for range weeks {
			l := &levels{axis: a, y: make([]float64, a.slots), level: make([]float64, a.days()), weight: make([]float64, a.days())}
			for d := range l.level {
				l.level[d], l.weight[d] = rng.NormFloat64(), 1
			}
			for s := range l.y {
				l.y[s] = l.level[s/hoursPerDay]
			}
			fit, _, ok := l.search(a.ga+margin, 1, prior{})
			if !ok {
				t.Fatal("no fit of a whole week")
			}
			for _, level := range []float64{0.05, 0.01} {
				if searched(tail(fit.t, fit.df), fit.df) <= level {
					below[level]++
				}
			}
		}
		for level, n := range below {
			if got := float64(n) / weeks; got > 1.35*level+0.002 {
				t.Errorf("%d days of history: p <= %v in %v of weeks without change", ga/hoursPerDay, level, got)
			}
		}
	}
}
