package main

import (
	"fmt"
	"math"
)

// unknown returns a value for a chart: NaN, which is a gap, for null.
func unknown(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// dayName is "GA day" or "day 3".
func dayName(n int) string {
	if n == 0 {
		return "GA day"
	}
	return fmt.Sprintf("day %d", n)
}
