package main

import (
	"math"
	"slices"

	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

// The naive rules compare each day with GA day, KPI by KPI. Each gives a score;
// at its usual limit it raises an alarm.
const (
	ruleMeans   = iota // relative change of means, percent
	ruleRanks          // Mann-Whitney on raw points, z
	ruleKayenta        // Mann-Whitney interval at 98% against a quarter of the shift
	ruleCount
)

var usual = [ruleCount]float64{10, 2.326, 0.25}

// scored are the highest scores of each rule over the days, by KPI.
type scored map[string][ruleCount]float64

// naive scores every KPI of a week.
func naive(w simulate.Week) scored {
	out := scored{}
	for key, base := range w.Baseline.KPIs {
		before := points(base)
		if base.Direction == "neutral" || len(before) == 0 {
			continue
		}
		scores := [ruleCount]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
		for _, d := range w.Days {
			after := points(d.KPIs[key])
			if len(after) == 0 {
				continue
			}
			for rule, score := range compareNaively(before, after) {
				scores[rule] = max(scores[rule], score)
			}
		}
		out[key] = scores
	}
	return out
}

// highest is the highest score of a rule over the KPIs, all when nil.
func (s scored) highest(rule int, kpis []string) float64 {
	high := math.Inf(-1)
	for key, scores := range s {
		if kpis == nil || slices.Contains(kpis, key) {
			high = max(high, scores[rule])
		}
	}
	return high
}

// points returns the samples, positive for worse and sorted.
func points(k schema.KPI) []float64 {
	if k.Series == nil {
		return nil
	}
	var out []float64
	for _, v := range k.Series.Values {
		if !math.IsNaN(v) {
			if k.Direction == "higher_is_better" {
				v = -v
			}
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

func compareNaively(before, after []float64) [ruleCount]float64 {
	var out [ruleCount]float64
	mb, ma := mean(before), mean(after)
	if mb != 0 {
		out[ruleMeans] = 100 * (ma - mb) / math.Abs(mb)
	}
	n := float64(len(before) * len(after))
	spread := math.Sqrt(n * float64(len(before)+len(after)+1) / 12)
	u := float64(pairsBelow(before, after, 0))
	out[ruleRanks] = (u - n/2) / spread
	shift := pairShift(before, after, n/2)
	low := pairShift(before, after, n/2-2.326*spread)
	if shift > 0 {
		out[ruleKayenta] = low / shift
	} else {
		out[ruleKayenta] = -1
	}
	return out
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// pairsBelow counts the pairs with after - before at least by.
func pairsBelow(before, after []float64, by float64) int {
	count, j := 0, 0
	for _, a := range after {
		for j < len(before) && before[j]+by <= a {
			j++
		}
		count += j
	}
	return count
}

// pairShift is the difference after - before of the given rank, by bisection
// (Hodges and Lehmann 1963 for the median).
func pairShift(before, after []float64, rank float64) float64 {
	low, high := after[0]-before[len(before)-1], after[len(after)-1]-before[0]
	n := float64(len(before) * len(after))
	for range 30 {
		middle := (low + high) / 2
		if n-float64(pairsBelow(before, after, middle)) < rank {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
