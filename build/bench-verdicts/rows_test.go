package main

import (
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/veleron-dev/tars/lib/compare/simulate"
)

// TestVerdicts is the bench in small: every row with a few weeks of fixed
// seeds. One week more than the limit allows is forgiven, since a few weeks
// cannot tell 99% from 97%.
func TestVerdicts(t *testing.T) {
	weeks := 25
	if testing.Short() {
		weeks = 10
	}
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			got := r.run(weeks, 1, false)
			for i, q := range r.says {
				if q.limit < 0 {
					continue
				}
				share, n := q.limit/100*float64(weeks), float64(got.yes[i])
				switch {
				case q.atMost && q.limit == 0 && n > 0:
					t.Errorf("%s: in %v of %d weeks, want none", q.name, n, weeks)
				case q.atMost && n > math.Ceil(share)+1:
					t.Errorf("%s: in %v of %d weeks, want at most %v%%", q.name, n, weeks, q.limit)
				case !q.atMost && n < math.Floor(share)-1:
					t.Errorf("%s: in %v of %d weeks, want at least %v%%", q.name, n, weeks, q.limit)
				}
			}
		})
	}
}

// TestNaiveRulesCryWolf: the reason for all this.
func TestNaiveRulesCryWolf(t *testing.T) {
	const weeks = 20
	calm := rows()[0]
	got := calm.run(weeks, 1, true)
	for rule, name := range []string{"means", "Mann-Whitney", "Kayenta"} {
		if share := got.share(rule, nil, usual[rule]); share < 50 {
			t.Errorf("%s raises an alarm in %v%% of weeks without change; the table says more", name, share)
		}
	}
}

// TestPairShift holds the bisection against the sorted differences.
func TestPairShift(t *testing.T) {
	before, after := []float64{1, 2, 4, 8}, []float64{3, 5, 6}
	// All differences: -5 -3 -2 -1 1 1 2 2 3 4 4 5
	for _, tt := range []struct{ rank, want float64 }{{0.5, -5}, {1.5, -3}, {5.5, 1}, {11.5, 5}} {
		if got := pairShift(before, after, tt.rank); math.Abs(got-tt.want) > 1e-6 {
			t.Errorf("difference of rank %v is %v, want %v", tt.rank, got, tt.want)
		}
	}
}

func TestBenchPrintsATable(t *testing.T) {
	var b strings.Builder
	bench(&b, 3, 1, regexp.MustCompile("^nothing, ordinary$"), true)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 6 || !strings.HasPrefix(lines[4], "| nothing, ordinary | medium or worse | <= 1% | ") {
		t.Errorf("table:\n%s", b.String())
	}
	bench(io.Discard, 1, 1, regexp.MustCompile("^$"), false)
}

// TestWeeksAreReproducible: the same seed is the same week, another is another.
func TestWeeksAreReproducible(t *testing.T) {
	value := func(seed uint64) float64 {
		return simulate.Make(simulate.Config{}, seed).Days[2].KPIs["p99_latency_ms"].Series.Values[100]
	}
	if value(1) != value(1) || value(1) == value(2) {
		t.Errorf("seed 1 gives %v and %v, seed 2 gives %v", value(1), value(1), value(2))
	}
}
