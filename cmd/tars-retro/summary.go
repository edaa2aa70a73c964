package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// verdict is whether to keep the release, as far as the inputs tell.
type verdict struct {
	// word is keep, rollback or unknown.
	word, reason string
	evidence     []string
	advice       *schema.RollbackAdvice
}

// verdict takes the week's advice, else the last day's. Advice that does not
// know the last day that is over is none.
func (w *week) verdict() verdict {
	v := verdict{word: schema.AdviceUnknown, reason: "no comparison of the days with GA day was given"}
	until := w.lastDay()
	if f := w.findings; f != nil && f.rollback != nil {
		v.advice, v.evidence = f.rollback, []string{f.evidence}
		if f.until > 0 {
			until = f.until
		}
	} else {
		for _, d := range slices.Backward(w.days) {
			if d.RollbackRecommendation != nil {
				v.advice, v.evidence, until = d.RollbackRecommendation, []string{dayID(d.DayNumber)}, d.DayNumber
				break
			}
		}
	}
	if v.advice == nil {
		return v
	}
	v.reason = strings.TrimSuffix(orText(v.advice.Reason, "no reason is given"), ".")
	if v.advice.ShouldRollback != nil {
		v.word = map[bool]string{true: schema.AdviceRollback, false: schema.AdviceKeep}[*v.advice.ShouldRollback]
	}
	if expected := w.expected(); v.word != schema.AdviceUnknown && until > 0 && until < expected {
		v.reason = fmt.Sprintf("day %d is over and what it showed was not given; as of day %d the advice was %s: %s", expected, until, v.word, v.reason)
		v.word = schema.AdviceUnknown
		v.evidence = append(v.evidence, "inputs")
	}
	return v
}

// summarise is the answer in ten seconds: the verdict, the facts behind it,
// and what is not known.
func (w *week) summarise(r *schema.Retrospective) schema.ExecutiveSummary {
	v := w.verdict()
	s := schema.ExecutiveSummary{Verdict: v.word, Evidence: v.evidence, Facts: []schema.Statement{}, Unknowns: []schema.Statement{}}
	s.Headline = map[string]string{
		schema.AdviceRollback: "Roll back", schema.AdviceKeep: "Keep the release", schema.AdviceUnknown: "Whether to roll back cannot be said",
	}[v.word] + ": " + v.reason + "."
	if v.advice == nil {
		s.Headline = "Too little is known for a verdict: " + v.reason + "."
	}
	if v.advice != nil && v.word != schema.AdviceUnknown {
		s.Confidence, s.WouldChange = v.advice.Confidence, v.advice.WouldChange
	}
	w.facts(r, func(evidence []string, format string, args ...any) {
		s.Facts = append(s.Facts, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence})
	})
	w.unknowns(r, func(evidence []string, format string, args ...any) {
		s.Unknowns = append(s.Unknowns, schema.Statement{Description: fmt.Sprintf(format, args...), Evidence: evidence})
	})
	return s
}

type say func(evidence []string, format string, args ...any)

// facts are three: what got worse, what became of the objectives, and health or
// cost.
func (w *week) facts(r *schema.Retrospective, fact say) {
	if n := len(r.Degradations); n > 0 {
		ended := 0
		for _, d := range r.Degradations {
			if over(d) {
				ended++
			}
		}
		worst, which := r.Degradations[0], "the worst was"
		if i := slices.IndexFunc(r.Degradations, func(d schema.Degradation) bool { return !over(d) }); i >= 0 {
			worst, which = r.Degradations[i], "the worst that is not over is"
		}
		fact([]string{worst.ID}, "%s, %d of them over; %s %s: %s.", count(n, "degradation"), ended, which, worst.Severity, worst.Description)
	} else if w.findings != nil && len(w.days) > 0 {
		fact([]string{"inputs"}, "No degradation was found on %s after GA day.", count(len(w.days), "day"))
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
		fact(evidence, "%d of %s kept the seven-day error budget.", kept, count(judged, "objective"))
	}
	if c := r.CostAnalysis; c.SevenDayTotalCost != nil {
		text := fmt.Sprintf("It cost %s in %s measured hours after GA day; the trend is %s",
			report.Money(c.SevenDayTotalCost, c.Currency), report.Number(&c.HoursMeasured, ""), c.CostTrend)
		if c.ChangePercent != nil {
			text += fmt.Sprintf(", the rate %s against GA day", report.Change(c.ChangePercent, "%"))
		}
		fact([]string{"cost"}, "%s.", text)
	}
	w.healthFact(r, fact)
}

// healthFact says the lowest and the last health score.
func (w *week) healthFact(r *schema.Retrospective, fact say) {
	var known []schema.HealthOfDay
	for _, h := range r.HealthByDay {
		if h.HealthScore != nil {
			known = append(known, h)
		}
	}
	if len(known) == 0 {
		return
	}
	lowest := slices.MinFunc(known, func(a, b schema.HealthOfDay) int {
		switch {
		case *a.HealthScore < *b.HealthScore:
			return -1
		case *a.HealthScore > *b.HealthScore:
			return 1
		}
		return 0
	})
	last := known[len(known)-1]
	score := func(h schema.HealthOfDay) string {
		return fmt.Sprintf("%s of 100 (%s) on day %d", report.Number(h.HealthScore, ""), h.Status, h.DayNumber)
	}
	if len(known) == 1 {
		fact([]string{healthID(last.DayNumber)}, "Health was %s.", score(last))
		return
	}
	if lowest.DayNumber == last.DayNumber {
		fact([]string{healthID(last.DayNumber)}, "Health was lowest at the end: %s.", score(last))
		return
	}
	fact([]string{healthID(lowest.DayNumber), healthID(last.DayNumber)}, "Health was %s, the lowest, and %s.", score(lowest), score(last))
}

// unknowns are what the verdict and the report had to do without.
func (w *week) unknowns(r *schema.Retrospective, unknown say) {
	inputs := []string{"inputs"}
	if w.ga == nil {
		unknown(inputs, "No baseline of GA day was given: nothing can be said about change but what the other documents say.")
	}
	if missing := w.missingDays(); len(missing) > 0 {
		when := ""
		if expected := w.expected(); expected < watchDays && expected > 0 && missing[0] > expected {
			when = ": not over yet"
		}
		unknown(inputs, "No summary of day %s%s.", numbers(missing), when)
	}
	if w.partial() {
		unknown([]string{dayID(w.lastDay())}, "Day %d is not over: it is told up to %s.", w.lastDay(), report.Time(r.SevenDayEndTimestamp))
	}
	if w.anomalies == nil {
		unknown(nil, "No anomaly report was given: short incidents inside the days may be missing.")
	}
	if w.findings == nil {
		unknown(nil, "No regression summary was given, and none could be made.")
	}
	if f := w.findings; f != nil && (f.tests == nil || f.tests.Hypotheses == 0) {
		unknown([]string{f.evidence}, "The comparison rests on averages alone: how much is noise is not known.")
	}
	for _, text := range w.warnings {
		unknown(inputs, "%s", sentence(text))
	}
	var gaps time.Duration
	var days []string
	for _, g := range r.DataQuality.Gaps {
		gaps += g.End.Sub(g.Start.Time)
		if id := dayID(max(0, w.dayOf(g.Start))); !slices.Contains(days, id) {
			days = append(days, id)
		}
	}
	if q := r.DataQuality; q.CoveragePercent != nil && q.ActualSamples < q.ExpectedSamples {
		text := report.Number(schema.Num(100-*q.CoveragePercent), "%") + " of the samples were not seen"
		if gaps > 0 {
			text += "; the gaps sum to " + report.Duration(gaps)
		} else {
			days = inputs
		}
		unknown(days, "%s.", text)
	}
	for _, b := range r.SLOBurnDowns {
		if b.BudgetConsumedPercent == nil {
			unknown([]string{"slo:" + b.KPI}, "The error budget of %s: %s.", b.SLOName, b.Reason)
		}
	}
	if w.findings != nil && len(w.findings.unknown) > 0 {
		unknown([]string{"inputs"}, "%s could not be made; the appendix lists them.", count(len(w.findings.unknown), "comparison"))
	}
}
