// Package stat is statistics over []float64: no I/O, no documents. Every
// function names its definition. NaN stands for a missing sample and is left
// out, and so are infinities; with nothing left the result is NaN. Input is
// never changed. montanaflynn/stats does the sums.
package stat

import (
	"math"
	"slices"

	"github.com/montanaflynn/stats"
)

// Summary describes samples.
type Summary struct {
	// Count is the number of finite samples, Missing that of the others.
	Count, Missing int
	// Mean, Min and Max are NaN when Count is 0.
	Mean, Min, Max float64
	// P50, P95 and P99 are percentiles as Percentile defines them.
	P50, P95, P99 float64
	// Stddev is the sample standard deviation; NaN when Count is below 2.
	Stddev float64
}

// Summarise describes the finite numbers of xs.
func Summarise(xs []float64) Summary {
	seen := Finite(xs)
	s := Summary{Count: len(seen), Missing: len(xs) - len(seen)}
	s.Mean, s.Stddev = Mean(seen), Stddev(seen)
	s.Min, s.Max = orNaN(stats.Min(seen)), orNaN(stats.Max(seen))
	ranked := slices.Sorted(slices.Values(seen)) // once, not for each percentile
	s.P50, s.P95, s.P99 = Percentile(ranked, 50), Percentile(ranked, 95), Percentile(ranked, 99)
	return s
}

// Finite returns the numbers of xs that are neither NaN nor infinite, in order.
// It returns xs itself when all are.
func Finite(xs []float64) []float64 {
	for i, x := range xs {
		if !finite(x) {
			kept := append(make([]float64, 0, len(xs)), xs[:i]...)
			for _, x := range xs[i+1:] {
				if finite(x) {
					kept = append(kept, x)
				}
			}
			return kept
		}
	}
	return xs
}

// Mean returns the arithmetic mean.
func Mean(xs []float64) float64 { return orNaN(stats.Mean(Finite(xs))) }

// Median returns the middle value, of an even number the mean of the two.
func Median(xs []float64) float64 { return orNaN(stats.Median(Finite(xs))) }

// Stddev returns the sample standard deviation (n-1); NaN below two samples.
func Stddev(xs []float64) float64 {
	seen := Finite(xs)
	if len(seen) < 2 {
		return math.NaN()
	}
	return orNaN(stats.StandardDeviationSample(seen))
}

// Percentile returns the p-th percentile, 0 to 100, by linear interpolation
// between closest ranks (Hyndman and Fan, type 7): of 1, 2, 3, 4 the 95th is
// 3.85. It is NaN for p outside 0 to 100.
func Percentile(xs []float64, p float64) float64 {
	seen := Finite(xs)
	if p == 0 {
		return orNaN(stats.Min(seen))
	}
	return orNaN(stats.Percentile(seen, p))
}

// orNaN turns the library's error, which only empty input and a percentile out
// of range have, into NaN.
func orNaN(x float64, err error) float64 {
	if err != nil {
		return math.NaN()
	}
	return x
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
