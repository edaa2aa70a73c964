package stat

import "math"

// EWMA returns the exponentially weighted moving average after each sample: the
// first number itself, then alpha of the way from the average before to the
// sample (Roberts 1959). The average before sample i, which is what it expects
// of i, is the one after i-1. A missing sample leaves the average where it was;
// it is NaN before the first number. alpha is above 0 and at most 1, any other
// gives NaN throughout.
func EWMA(xs []float64, alpha float64) []float64 {
	out := make([]float64, len(xs))
	average := math.NaN()
	for i, x := range xs {
		switch {
		case !(alpha > 0 && alpha <= 1) || !finite(x):
		case math.IsNaN(average):
			average = x
		default:
			average += alpha * (x - average)
		}
		out[i] = average
	}
	return out
}

// Rolling returns mean and sample standard deviation (n-1) of the last size
// numbers before each sample, the sample itself left out, so that an outlier
// does not hide in its own yardstick. Both are computed from the window anew:
// the running form with its sums of squares loses all digits on a series of
// large mean and small spread. The mean is NaN before the first number, the
// deviation before the second; both are for a size below 1.
func Rolling(xs []float64, size int) (mean, stddev []float64) {
	mean, stddev = make([]float64, len(xs)), make([]float64, len(xs))
	window := make([]float64, 0, max(size, 0))
	for i, x := range xs {
		mean[i], stddev[i] = Mean(window), Stddev(window)
		if !finite(x) || size < 1 {
			continue
		}
		if len(window) == size {
			copy(window, window[1:])
			window = window[:size-1]
		}
		window = append(window, x)
	}
	return mean, stddev
}

// Floor is the least spread that a sample is measured against: a window that
// does not move at all would make any change an infinite one.
type Floor struct {
	// Relative is a part of the window's mean, Absolute in the samples' unit;
	// the larger counts.
	Relative, Absolute float64
}

// RollingZ returns how many standard deviations each sample lies from the mean
// of the window before it, as Rolling has them. It is NaN for a missing sample,
// while the window holds fewer than least numbers (at least 2), and where the
// spread is 0 and the floor too.
func RollingZ(xs []float64, size, least int, floor Floor) []float64 {
	mean, stddev := Rolling(xs, size)
	out := make([]float64, len(xs))
	seen := 0
	for i, x := range xs {
		out[i] = math.NaN()
		spread := max(stddev[i], floor.Relative*math.Abs(mean[i]), floor.Absolute)
		if finite(x) && min(seen, size) >= max(least, 2) && spread > 0 {
			out[i] = (x - mean[i]) / spread
		}
		if finite(x) {
			seen++
		}
	}
	return out
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
