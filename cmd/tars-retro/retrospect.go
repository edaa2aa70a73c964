package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

// settings are what the command line says besides the inputs.
type settings struct {
	release, next string
	now           time.Time
	links         links
}

// week is what the inputs say, compared and counted once for all sections.
type week struct {
	inputs
	settings
	catalogue *kpi.Catalogue
	// compared are the comparisons of each day with the baseline.
	compared map[int][]schema.MetricComparison
	// findings are of the whole week; nil when there was nothing to compare.
	findings *findings
	budgets  []schema.SLOBurnDown
}

// findings are the week's comparison, read or made here.
type findings struct {
	regressions, improvements []schema.Finding
	unknown                   []schema.Unknown
	rollback                  *schema.RollbackAdvice
	tests                     *schema.TestAccount
	how                       string
	// until is the last day they know of; 0 when they do not say.
	until int
	// evidence is the id of what they rest on.
	evidence string
}

// watchDays is how many days a whole watch has.
const watchDays = 7

// retrospect writes the retrospective of the inputs. Each section is a function
// of the week and of the sections before it.
func retrospect(c *kpi.Catalogue, in inputs, set settings) *schema.Retrospective {
	w := &week{inputs: in, settings: set, catalogue: c}
	w.compare()
	w.budgets = budgets(c, in)

	r := &schema.Retrospective{Header: schema.NewHeader(schema.KindRetrospective, w.releaseName(), set.now)}
	r.GenerationTimestamp = r.GeneratedAt
	r.GADayTimestamp, r.SevenDayEndTimestamp = w.span()
	r.NextRelease = set.next
	if !r.GADayTimestamp.IsZero() && !r.SevenDayEndTimestamp.IsZero() {
		r.Window = &schema.Window{Start: r.GADayTimestamp, End: r.SevenDayEndTimestamp, Partial: w.partial()}
	}
	r.DataQuality = w.quality()
	r.HealthByDay = w.healthByDay()
	r.Degradations = w.degradations()
	r.UnexpectedDrifts = w.drifts(r.Degradations)
	r.CostAnalysis = w.cost()
	r.SLOBurnDowns = w.budgets
	r.Timeline = w.timeline(r)
	r.Successes = w.successes(r)
	r.ProcessImprovements = statements(w.process(r))
	r.ActionItems = w.actions(r)
	r.Recommendations = w.recommend(r)
	r.DORA = w.dora(r)
	r.ExecutiveSummary = w.summarise(r)
	r.Figures = w.figures(r)
	r.Appendix = w.appendix()
	return r
}

// compare holds the days against GA day. What the monitor and the analyzer
// already said stands; averages of older files are compared here, and so is a
// week that went on after the analyzer looked.
func (w *week) compare() {
	w.compared = map[int][]schema.MetricComparison{}
	opts := compare.Options{Rules: compare.FromCatalogue(w.catalogue), Days: w.days, Expect: w.expected(), Events: w.events}
	if w.ga != nil {
		opts.Baselines = []compare.Baseline{{Name: compare.SourceGA, Summary: w.ga}}
		opts.GAStart = w.ga.GAStart.Time
	}
	for i, day := range w.days {
		said := day.MetricsComparison
		judged := len(said) > 0 && !slices.ContainsFunc(said, func(m schema.MetricComparison) bool { return m.Direction == "" })
		if !judged && w.ga != nil {
			result := compare.Day(opts, day, w.days[:i])
			said = result.Comparisons
		}
		w.compared[day.DayNumber] = said
	}
	comparable := w.ga != nil && len(w.days) > 0
	if r := w.regression; r != nil {
		until := 0
		if len(r.Days) > 0 {
			until = slices.Max(r.Days)
		}
		if until == 0 || until >= w.lastDay() || !comparable {
			w.findings = &findings{
				regressions: r.Regressions, improvements: r.Improvements, unknown: r.Unknown,
				rollback: r.RollbackRecommendation, tests: r.Tests, how: "by tars-regression-analyzer",
				until: until, evidence: "regressions",
			}
			return
		}
		w.warnings = append(w.warnings, fmt.Sprintf(
			"the regression summary ends with day %d, day %d was given: the week is compared anew, without what was acknowledged there", until, w.lastDay()))
		w.regression = nil
	}
	if comparable {
		result := compare.Week(opts)
		w.findings = &findings{
			regressions: result.Regressions, improvements: result.Improvements, unknown: result.Unknown,
			rollback: &result.Rollback, tests: &result.Tests,
			how:   "from the daily summaries, since no regression summary of the whole week was given",
			until: w.lastDay(), evidence: dayID(w.lastDay()),
		}
	}
}

// expected is the last day of the watch that is over by now, 0 when that is not
// known: of older files without a GA time, what the time since a day's summary
// was made says at least.
func (w *week) expected() int {
	over := 0
	if ga, _ := w.span(); !ga.IsZero() {
		over = int(w.now.Sub(ga.Time).Hours()/24) - 1
	} else {
		for _, d := range w.days {
			if !d.GeneratedAt.IsZero() {
				over = max(over, d.DayNumber+int(w.now.Sub(d.GeneratedAt.Time).Hours()/24)-1)
			}
		}
	}
	return min(watchDays, max(0, over))
}

func budgets(c *kpi.Catalogue, in inputs) []schema.SLOBurnDown {
	days := make([]slo.Day, 0, len(in.days))
	for _, d := range in.days {
		days = append(days, slo.DayOf(d.DayNumber, d.Head(), d.KPIs))
	}
	if len(days) == 0 {
		return []schema.SLOBurnDown{}
	}
	return slo.BurnDowns(c, days)
}
