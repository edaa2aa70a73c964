package compare

import (
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// Options are what a week is compared with, and how.
type Options struct {
	// Rules give each KPI's thresholds; nil is those of the
	// default catalogue.
	Rules Rules
	// Baselines to compare with. The first decides, and is GA day where there
	// is one; the others vote.
	Baselines []Baseline
	// Days after GA, in any order; of two with the same number the later counts.
	Days []*schema.DailySummary
	// GAStart is the GA time; zero means the first baseline's.
	GAStart time.Time
	// Expect is the last day that should be there; 0 expects nothing. A missing
	// last day makes the advice unknown.
	Expect int
	// WarmUp is how much of GA day's beginning is left out of the baseline.
	WarmUp time.Duration
	// Events happened to the system; those shortly before an onset are named.
	Events []schema.SystemEvent
	// Looks is by how many the false-alarm budget is divided; 0 is 1.
	Looks int
}

// Baseline is one thing to compare with: GA day, staging, an earlier release.
type Baseline struct {
	// Name is "ga" or the name given by the user.
	Name string
	// Summary is the one day it covers; nil when Days has several.
	Summary *schema.GAKPISummary
	// Days are days of an earlier release; each is compared with the day of
	// the same number.
	Days []*schema.DailySummary
}

// SourceGA names the baseline of GA day, and SourceHistory the days before it.
const (
	SourceGA      = "ga"
	SourceHistory = "before_ga"
)

// Result is what a week's comparison found.
type Result struct {
	// Regressions and Improvements, worst first. A recovered incident is a
	// regression that does not stand.
	Regressions  []schema.Finding
	Improvements []schema.Finding
	// Unknown are the comparisons that could not be made.
	Unknown []schema.Unknown
	Groups  []schema.FindingGroup
	// Comparisons has every KPI that was looked at, changed or not.
	Comparisons []schema.MetricComparison
	Rollback    schema.RollbackAdvice
	Baselines   []schema.BaselineUsed
	Tests       schema.TestAccount
	// Days are the day numbers that were there.
	Days []int
	// Start is the GA time; zero when nobody knows it.
	Start time.Time

	// gaps keep the advice from being given; missing what the assessment lacks.
	gaps, missing []string
}

// Week compares all days together with the baselines.
func Week(o Options) Result {
	w := newWeek(o)
	w.judge()
	return w.result()
}

// dailyLooks is by how many seven daily looks divide the false-alarm budget.
// Most of what they see is the same, so that fewer than seven keep it: measured.
const dailyLooks = 5

// Day compares one day with the baselines. earlier are the days before it,
// where they are known: with them the noise between days is known, and with it
// the evidence. Comparisons are of the day; the advice is as of its end.
func Day(o Options, day *schema.DailySummary, earlier []*schema.DailySummary) Result {
	o.Days = []*schema.DailySummary{day}
	for _, d := range earlier {
		if d.DayNumber < day.DayNumber {
			o.Days = append(o.Days, d)
		}
	}
	o.Looks = max(o.Looks, dailyLooks)
	w := newWeek(o)
	w.day = true
	w.judge()
	return w.result()
}

// SortDays returns the days in order, of two with the same number the one
// generated later.
func SortDays(days []*schema.DailySummary) []*schema.DailySummary {
	sorted := slices.Clone(days)
	slices.SortStableFunc(sorted, func(a, b *schema.DailySummary) int {
		if a.DayNumber != b.DayNumber {
			return a.DayNumber - b.DayNumber
		}
		return b.GeneratedAt.Compare(a.GeneratedAt.Time)
	})
	return slices.CompactFunc(sorted, func(a, b *schema.DailySummary) bool {
		return a.DayNumber == b.DayNumber
	})
}
