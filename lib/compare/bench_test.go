package compare_test

import (
	"testing"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/compare/simulate"
)

// BenchmarkWeek200Services is a week of 200 services and the whole: it must
// stay under 2 s of CPU and 300 MB.
func BenchmarkWeek200Services(b *testing.B) {
	week := simulate.Make(simulate.Config{Services: 200, GAWeekday: time.Tuesday}, 1)
	opts := compare.Options{Baselines: []compare.Baseline{{Name: compare.SourceGA, Summary: week.Baseline}}, Days: week.Days, Expect: 7}
	b.ReportAllocs()
	for b.Loop() {
		compare.Week(opts)
	}
}
