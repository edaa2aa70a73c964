package report

import (
	"math"
	"strings"
)

// Sparkline draws values as one block each, from the lowest to the highest of
// them: "▁▂▄█". What is not known (NaN, infinite) is "·". Values that are all
// the same are all of middle height; without a single one it is empty.
func Sparkline(values []float64) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if known(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return ""
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, v := range values {
		switch {
		case !known(v):
			b.WriteRune('·')
		case low == high:
			b.WriteRune(blocks[3])
		default: // halved, for a range of nearly all numbers
			share := (v/2 - low/2) / (high/2 - low/2)
			b.WriteRune(blocks[min(int(share*float64(len(blocks))), len(blocks)-1)])
		}
	}
	return b.String()
}

func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
