// Bench-verdicts judges simulated weeks whose truth is known and prints how
// often the verdict is right, beside three naive rules on the same weeks.
//
//	go run ./build/bench-verdicts -weeks 400
//	go run ./build/bench-verdicts -weeks 50 -rows 'nothing'
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

func main() {
	weeks := flag.Int("weeks", 400, "weeks a row")
	seed := flag.Uint64("seed", 1, "the first week's seed; the others follow")
	only := flag.String("rows", "", "rows whose name matches this expression")
	naiveToo := flag.Bool("naive", true, "judge by the naive rules too")
	explain := flag.Int("explain", 0, "say what was found in so many weeks of each row")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-verdicts: reading -rows:", err)
		os.Exit(2)
	}
	if *explain > 0 {
		for _, r := range rows() {
			if pattern.MatchString(r.name) {
				r.explain(os.Stdout, *explain, *seed)
			}
		}
		return
	}
	if !bench(os.Stdout, *weeks, *seed, pattern, *naiveToo) {
		os.Exit(1)
	}
}

// bench prints the table; false when a row is not reached.
func bench(w io.Writer, weeks int, seed uint64, only *regexp.Regexp, naiveToo bool) bool {
	fmt.Fprintf(w, "%d weeks a row, seeds %d to %d. Naive rules, in percent of weeks: the usual limit, and in brackets the limit moved to our false-alarm rate.\n\n", weeks, seed, seed+uint64(weeks)-1)
	fmt.Fprintln(w, "| case | question | must be | ours | means > 10% | Mann-Whitney | Kayenta |")
	fmt.Fprintln(w, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")
	reached := true
	nulls := map[string]tally{}
	for _, r := range rows() {
		if !only.MatchString(r.name) {
			continue
		}
		t := r.run(weeks, seed, naiveToo)
		if r.null {
			nulls[r.name] = t
		}
		for i, q := range r.says {
			share := 100 * float64(t.yes[i]) / float64(weeks)
			ok := q.limit < 0 || q.atMost && share <= q.limit || !q.atMost && share >= q.limit
			reached = reached && ok
			columns := []string{"", "", ""}
			if i == 0 && naiveToo && (r.null || r.alarms != "") {
				for rule := range columns {
					columns[rule] = t.column(rule, r.kpis, nulls[r.alarms], r.null)
				}
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.name, q.name, q.must(), mark(share, ok), strings.Join(columns, " | "))
		}
	}
	return reached
}

func (q question) must() string {
	switch {
	case q.limit < 0:
		return "stated"
	case q.atMost && q.limit == 0:
		return "0"
	case q.atMost:
		return fmt.Sprintf("<= %g%%", q.limit)
	}
	return fmt.Sprintf(">= %g%%", q.limit)
}

func mark(share float64, ok bool) string {
	text := fmt.Sprintf("%.4g%%", math.Round(share*100)/100)
	if !ok {
		text += " (missed)"
	}
	return text
}

// tally is what a row's weeks said.
type tally struct {
	yes    []int
	scores []scored
	weeks  int
}

// column is a naive rule's share of alarms on a row's KPIs at its usual limit
// and, where the row has a null row to compare with, at the limit that raises
// as many false alarms on the same KPIs there as our verdict does.
func (t tally) column(rule int, kpis []string, null tally, isNull bool) string {
	if len(t.scores) == 0 {
		return ""
	}
	text := fmt.Sprintf("%.0f%%", t.share(rule, kpis, usual[rule]))
	if isNull || len(null.scores) == 0 {
		return text
	}
	scores := make([]float64, len(null.scores))
	for i, s := range null.scores {
		scores[i] = s.highest(rule, kpis)
	}
	slices.Sort(scores)
	// At least one false alarm, to be kind to the rule.
	limit := scores[max(0, len(scores)-1-max(1, null.yes[0]))]
	return text + fmt.Sprintf(" (%.0f%%)", t.share(rule, kpis, limit))
}

func (t tally) share(rule int, kpis []string, limit float64) float64 {
	n := 0
	for _, s := range t.scores {
		if s.highest(rule, kpis) > limit {
			n++
		}
	}
	return 100 * float64(n) / float64(len(t.scores))
}

// run judges the weeks of a row on all cores. Each week depends on its seed
// alone.
func (r row) run(weeks int, seed uint64, naiveToo bool) tally {
	t := tally{yes: make([]int, len(r.says)), weeks: weeks}
	if naiveToo && (r.null || r.alarms != "") {
		t.scores = make([]scored, weeks)
	}
	answers := make([][]bool, weeks)
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				out, week := r.week(seed + uint64(i))
				for _, q := range r.says {
					answers[i] = append(answers[i], q.yes(out))
				}
				if t.scores != nil {
					t.scores[i] = naive(week)
				}
			}
		})
	}
	for i := range weeks {
		next <- i
	}
	close(next)
	group.Wait()
	for _, a := range answers {
		for i, yes := range a {
			if yes {
				t.yes[i]++
			}
		}
	}
	return t
}

// explain prints what was found in each week.
func (r row) explain(w io.Writer, weeks int, seed uint64) {
	for i := range weeks {
		out, _ := r.week(seed + uint64(i))
		assessment, why := out.result.Assess()
		fmt.Fprintf(w, "%s, seed %d: %s (%s), rollback %s: %s\n", r.name, seed+uint64(i), assessment, why, out.result.Rollback.Advice, out.result.Rollback.Reason)
		for _, e := range out.config.Effects {
			fmt.Fprintf(w, "  truth: %+v\n", e)
		}
		for _, f := range slices.Concat(out.result.Regressions, out.result.Improvements) {
			onset := f.FirstDetected.Sub(out.result.Start).Hours()
			fmt.Fprintf(w, "  %s %s %s %s, from hour %.0f", f.Direction, f.Severity, f.Shape, f.Name(), onset)
			if f.Standing != nil {
				fmt.Fprintf(w, ", standing %v", *f.Standing)
			}
			for _, v := range []struct {
				name  string
				value *float64
			}{{"regression", f.RegressionPercent}, {"shift", f.Evidence.ShiftPercent}, {"low", f.Evidence.ShiftLow}, {"high", f.Evidence.ShiftHigh}, {"p", f.Evidence.P}, {"q", f.Evidence.Q}} {
				if v.value != nil {
					fmt.Fprintf(w, " %s %.3g", v.name, *v.value)
				}
			}
			fmt.Fprintln(w)
		}
	}
}

// week makes and judges one week.
func (r row) week(seed uint64) (*outcome, simulate.Week) {
	rng := rand.New(rand.NewPCG(seed, 0x0c))
	config := r.make(rng)
	week := simulate.Make(config, seed)
	out := &outcome{config: config, kpis: r.kpis, result: judge(week)}
	if r.daily {
		for i, day := range week.Days {
			out.days = append(out.days, compare.Day(compare.Options{
				Baselines: []compare.Baseline{{Name: compare.SourceGA, Summary: week.Baseline}},
			}, day, week.Days[:i]))
		}
	}
	if r.remove > 0 {
		out.again = judge(remove(rng, week, r.remove))
	}
	return out, week
}

func judge(w simulate.Week) compare.Result {
	return compare.Week(compare.Options{
		Baselines: []compare.Baseline{{Name: compare.SourceGA, Summary: w.Baseline}}, Days: w.Days, Expect: 7,
	})
}

// remove takes random whole hours out of all series.
func remove(rng *rand.Rand, w simulate.Week, hours int) simulate.Week {
	const perHour = 12
	gone := map[int]bool{}
	for len(gone) < hours {
		gone[rng.IntN(8*24)] = true
	}
	without := func(kpis schema.KPIs, day int) schema.KPIs {
		out := schema.KPIs{}
		for key, k := range kpis {
			series := *k.Series
			series.Values = slices.Clone(series.Values)
			for i := range series.Values {
				if gone[day*24+i/perHour] {
					series.Values[i] = math.NaN()
				}
			}
			k.Series = &series
			out[key] = k
		}
		return out
	}
	base := *w.Baseline
	base.KPIs = without(base.KPIs, 0)
	cut := simulate.Week{Baseline: &base}
	for _, d := range w.Days {
		day := *d
		day.KPIs = without(day.KPIs, d.DayNumber)
		cut.Days = append(cut.Days, &day)
	}
	return cut
}
