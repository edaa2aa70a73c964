package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/compare"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
)

// names are what the flags call the releases.
type names struct{ release, next string }

// week is what the inputs say, compared and counted once for all sections.
type week struct {
	inputs
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
}

// watchDays is how many days a whole watch has.
const watchDays = 7

// retrospect writes the retrospective of the inputs.
func retrospect(c *kpi.Catalogue, in inputs, n names, now time.Time) *schema.Retrospective {
	w := &week{inputs: in, catalogue: c}
	w.compare()
	w.budgets = budgets(c, in)

	r := &schema.Retrospective{Header: schema.NewHeader(schema.KindRetrospective, w.releaseName(n), now)}
	r.GenerationTimestamp = r.GeneratedAt
	r.GADayTimestamp, r.SevenDayEndTimestamp = w.span()
	r.NextRelease = n.next
	if !r.GADayTimestamp.IsZero() && !r.SevenDayEndTimestamp.IsZero() {
		r.Window = &schema.Window{Start: r.GADayTimestamp, End: r.SevenDayEndTimestamp}
	}
	r.DataQuality = w.quality()
	r.Degradations = w.degradations()
	r.UnexpectedDrifts = w.drifts()
	r.CostAnalysis = w.cost()
	r.SLOBurnDowns = w.budgets
	r.Successes = w.successes(r)
	r.ProcessImprovements = w.improvements(r)
	r.ActionItems = w.actions(r)
	r.Recommendations = recommend(r)
	r.ExecutiveSummary = w.summarise(r)
	r.Appendix = w.appendix()
	return r
}

// compare holds the days against GA day. What the monitor and the analyzer
// already said stands; averages of older files are compared here.
func (w *week) compare() {
	w.compared = map[int][]schema.MetricComparison{}
	opts := compare.Options{Rules: compare.FromCatalogue(w.catalogue), Days: w.days}
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
	switch {
	case w.regression != nil:
		r := w.regression
		w.findings = &findings{r.Regressions, r.Improvements, r.Unknown, r.RollbackRecommendation, r.Tests, "by tars-regression-analyzer"}
	case w.ga != nil && len(w.days) > 0:
		result := compare.Week(opts)
		w.findings = &findings{result.Regressions, result.Improvements, result.Unknown, &result.Rollback, &result.Tests, "from the daily summaries, since no regression summary was given"}
	}
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

func (w *week) releaseName(n names) string {
	if n.release != "" {
		return n.release
	}
	if w.ga != nil && w.ga.Release != "" {
		return w.ga.Release
	}
	for _, d := range w.days {
		if d.Release != "" {
			return d.Release
		}
	}
	if w.regression != nil {
		return w.regression.Release
	}
	return ""
}

// span returns the GA time and the end of the last day that was given.
func (w *week) span() (ga, end schema.Time) {
	if w.ga != nil {
		ga = w.ga.GAStart
	}
	for _, d := range w.days {
		if ga.IsZero() {
			ga = d.GAStart
		}
		switch {
		case d.Window != nil:
			end = d.Window.End
		case !ga.IsZero():
			end = schema.At(ga.Add(time.Duration(d.DayNumber+1) * 24 * time.Hour))
		}
	}
	return ga, end
}

// lastDay returns the last day given, 0 without any.
func (w *week) lastDay() int {
	if len(w.days) == 0 {
		return 0
	}
	return w.days[len(w.days)-1].DayNumber
}

// missingDays are the days of the watch that nobody gave.
func (w *week) missingDays() []int {
	var missing []int
	for n := 1; n <= watchDays; n++ {
		if _, ok := w.compared[n]; !ok {
			missing = append(missing, n)
		}
	}
	return missing
}

// quality joins what the inputs say of themselves.
func (w *week) quality() *schema.DataQuality {
	q := &schema.DataQuality{Gaps: []schema.Gap{}, Warnings: slices.Clone(w.warnings)}
	if q.Warnings == nil {
		q.Warnings = []string{}
	}
	add := func(part *schema.DataQuality) {
		if part != nil {
			q.ExpectedSamples += part.ExpectedSamples
			q.ActualSamples += part.ActualSamples
			q.Gaps = append(q.Gaps, part.Gaps...)
		}
	}
	if w.ga != nil {
		add(w.ga.DataQuality)
	}
	for _, d := range w.days {
		add(d.DataQuality)
	}
	if q.ExpectedSamples > 0 {
		q.CoveragePercent = schema.Num(100 * float64(q.ActualSamples) / float64(q.ExpectedSamples))
	}
	return q
}

// summarise is the answer in ten seconds: the verdict, the facts behind it,
// and what is not known.
func (w *week) summarise(r *schema.Retrospective) schema.ExecutiveSummary {
	s := schema.ExecutiveSummary{Verdict: "unknown", Facts: []schema.Statement{}, Unknowns: []schema.Statement{}}
	fact := func(evidence []string, format string, args ...any) {
		s.Facts = append(s.Facts, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence})
	}
	unknown := func(format string, args ...any) {
		s.Unknowns = append(s.Unknowns, schema.Statement{Description: fmt.Sprintf(format, args...)})
	}
	advice := w.advice()
	s.Headline = "Too little is known for a verdict: no comparison of the days with GA day was given."
	if advice != nil {
		if advice.ShouldRollback != nil {
			s.Verdict = map[bool]string{true: "rollback", false: "keep"}[*advice.ShouldRollback]
		}
		s.Headline = map[string]string{
			"rollback": "Roll back", "keep": "Keep the release", "unknown": "Whether to roll back cannot be said",
		}[s.Verdict] + ": " + advice.Reason + "."
	}

	standing, resolved := 0, 0
	for _, d := range r.Degradations {
		if d.ResolutionStatus == schema.Resolved {
			resolved++
		} else {
			standing++
		}
	}
	if len(r.Degradations) > 0 {
		worst := r.Degradations[0]
		fact([]string{worst.ID}, "%s, %d of them resolved; the worst is %s: %s",
			count(len(r.Degradations), "degradation"), resolved, worst.Severity, worst.Description)
	} else if w.findings != nil {
		fact(nil, "No degradation was found on %s.", count(len(w.days), "day"))
	}
	kept, judged := 0, 0
	var evidence []string
	for _, b := range r.SLOBurnDowns {
		if b.BudgetConsumedPercent != nil {
			judged++
			evidence = append(evidence, "slo:"+b.KPI)
			if *b.BudgetConsumedPercent <= 100 {
				kept++
			}
		}
	}
	if judged > 0 {
		fact(evidence, "%d of %d objectives kept their seven-day error budget.", kept, judged)
	}
	if c := r.CostAnalysis; c.SevenDayTotalCost != nil {
		fact([]string{"cost"}, "It cost %s in %s measured hours after GA day; the trend is %s.",
			report.Money(c.SevenDayTotalCost, c.Currency), report.Number(&c.HoursMeasured, ""), c.CostTrend)
	}

	if w.ga == nil {
		unknown("No baseline of GA day was given: nothing can be said about change.")
	}
	if missing := w.missingDays(); len(missing) > 0 {
		unknown("No summary of day %s.", numbers(missing))
	}
	if w.anomalies == nil {
		unknown("No anomaly report was given: short incidents between the daily summaries may be missing.")
	}
	if q := r.DataQuality; q.CoveragePercent != nil && q.ActualSamples < q.ExpectedSamples {
		unknown("%s of the samples were not seen.", report.Number(schema.Num(100-*q.CoveragePercent), "%"))
	}
	for _, b := range r.SLOBurnDowns {
		if b.BudgetConsumedPercent == nil {
			unknown("%s: %s.", b.SLOName, b.Reason)
		}
	}
	if w.findings != nil && len(w.findings.unknown) > 0 {
		unknown("%s could not be made; the appendix of the regression summary lists them.", count(len(w.findings.unknown), "comparison"))
	}
	return s
}

// advice is the week's rollback advice, else the last day's; nil without any.
func (w *week) advice() *schema.RollbackAdvice {
	if w.findings != nil && w.findings.rollback != nil {
		return w.findings.rollback
	}
	for _, d := range slices.Backward(w.days) {
		if d.RollbackRecommendation != nil {
			return d.RollbackRecommendation
		}
	}
	return nil
}

// appendix lists what everything rests on.
func (w *week) appendix() schema.Appendix {
	a := schema.Appendix{Windows: []schema.AppendixWindow{}, Queries: []schema.AppendixQuery{}, Comparison: "none: no baseline and days were given"}
	add := func(name string, head *schema.Header) {
		window := schema.AppendixWindow{Document: name}
		if head.Window != nil {
			window.Start, window.End = head.Window.Start, head.Window.End
		}
		if q := head.DataQuality; q != nil {
			window.CoveragePercent, window.Gaps = q.CoveragePercent, q.Gaps
		}
		a.Windows = append(a.Windows, window)
	}
	var kpis schema.KPIs
	if w.ga != nil {
		add("GA day", w.ga.Head())
		kpis = w.ga.KPIs
	}
	for _, d := range w.days {
		add(fmt.Sprintf("day %d", d.DayNumber), d.Head())
		kpis = d.KPIs
	}
	for _, d := range w.anomalies {
		add("anomalies", d.Head())
	}
	for _, key := range kpis.Keys() {
		if q := kpis[key].Query; q != "" {
			a.Queries = append(a.Queries, schema.AppendixQuery{MetricName: key, Query: q})
		}
	}
	if w.findings != nil {
		a.Comparison, a.Tests = w.findings.how, w.findings.tests
	}
	return a
}
