package compare_test

import (
	"testing"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/compare/simulate"
	"github.com/veleron-dev/tars/lib/schema"
)

func gaOf(week simulate.Week) compare.Options {
	return compare.Options{Baselines: []compare.Baseline{{Name: compare.SourceGA, Summary: week.Baseline}}}
}

// TestDayByDay looks each day: seven looks raise no alarm on weeks without a
// change, and a step is told on the day it is known.
func TestDayByDay(t *testing.T) {
	const weeks = 25
	alarms, told := 0, make([]int, 8)
	for seed := range uint64(weeks) {
		calm := simulate.Make(simulate.Config{GAWeekday: time.Tuesday}, seed)
		step := simulate.Make(simulate.Config{GAWeekday: time.Tuesday, Effects: []simulate.Effect{
			{Form: simulate.Step, KPIs: []string{"p99_latency_ms", "p95_latency_ms", "p50_latency_ms"}, Start: 26, Size: 1.4},
		}}, seed)
		wrong := false
		for i := range calm.Days {
			result := compare.Day(gaOf(calm), calm.Days[i], calm.Days[:i])
			wrong = wrong || schema.SeverityRank(worstOf(result)) >= schema.SeverityRank(schema.SeverityMedium) || result.Rollback.Advice != schema.AdviceKeep
			result = compare.Day(gaOf(step), step.Days[i], step.Days[:i])
			if schema.SeverityRank(worstOf(result)) >= schema.SeverityRank(schema.SeverityMedium) {
				told[i+1]++
			}
		}
		if wrong {
			alarms++
		}
	}
	if alarms > 1 {
		t.Errorf("%d of %d weeks without a change raised an alarm on some day, want at most 1", alarms, weeks)
	}
	t.Logf("a step of 40%% from hour 26, told on each day, of %d weeks: %v", weeks, told[1:])
	if told[7] < weeks-1 {
		t.Errorf("a step of 40%% was told on day 7 in %d of %d weeks", told[7], weeks)
	}
}

func worstOf(r compare.Result) string {
	drift := r.Drift()
	return drift.WorstSeverity
}
