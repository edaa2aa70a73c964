package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// markdown returns a writer of the retrospective for people. It knows nothing
// but the document, so the JSON renders to the same text at any time.
func markdown(r *schema.Retrospective) func(io.Writer) error {
	return func(w io.Writer) error {
		p := &page{}
		p.title(r)
		p.summary(r)
		p.heading("What Went Well")
		p.statements(r.Successes, "Nothing was measured that would show it.")
		p.degradations(r.Degradations)
		p.drifts(r.UnexpectedDrifts)
		p.cost(r.CostAnalysis)
		p.objectives(r.SLOBurnDowns)
		p.heading("Recommendations for " + orText(report.Escape(r.NextRelease), "the next release"))
		for _, x := range r.Recommendations {
			p.printf("- **%s** %s%s%s\n", x.Priority, report.Escape(x.Description), owner(x.Owner), evidence(x.Evidence))
		}
		p.none(len(r.Recommendations), "None above P3.")
		p.heading("Process Improvements")
		p.statements(r.ProcessImprovements, "None that follow from the week.")
		p.actions(r.ActionItems)
		p.appendix(r)
		if p.err != nil {
			return p.err
		}
		_, err := io.WriteString(w, strings.TrimRight(p.String(), "\n")+"\n")
		return err
	}
}

// page collects the text; the first error ends it.
type page struct {
	strings.Builder
	err error
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *page) heading(text string) { p.printf("\n## %s\n\n", text) }

func (p *page) table(t report.Table) {
	if err := t.Write(p); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *page) none(n int, text string) {
	if n == 0 {
		p.printf("%s\n", text)
	}
}

func (p *page) statements(list []schema.Statement, otherwise string) {
	for _, s := range list {
		p.printf("- %s%s\n", report.Escape(s.Description), evidence(s.Evidence))
	}
	p.none(len(list), otherwise)
}

// evidence writes the ids that a sentence rests on.
func evidence(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return " `" + strings.Join(ids, "` `") + "`"
}

func owner(name string) string {
	if name == "" {
		return ""
	}
	return " (" + report.Escape(name) + ")"
}

func (p *page) title(r *schema.Retrospective) {
	p.printf("# Seven days after GA%s\n\n", of(r.Release))
	p.printf("GA %s, watched until %s. Written %s.\n", report.Time(r.GADayTimestamp), report.Time(r.SevenDayEndTimestamp), report.Time(r.GenerationTimestamp))
}

func of(release string) string {
	if release == "" {
		return ""
	}
	return ": " + report.Escape(release)
}

func (p *page) summary(r *schema.Retrospective) {
	s := r.ExecutiveSummary
	p.heading("Executive Summary")
	p.printf("**%s**\n\n", report.Escape(s.Headline))
	for _, f := range s.Facts {
		p.printf("- %s%s\n", report.Escape(f.Description), evidence(f.Evidence))
	}
	if len(s.Unknowns) > 0 {
		p.printf("\nNot known:\n\n")
		for _, u := range s.Unknowns {
			p.printf("- %s\n", report.Escape(u.Description))
		}
	}
	if r.DataQuality != nil {
		for _, warning := range r.DataQuality.Warnings {
			p.printf("- %s\n", report.Escape(warning))
		}
	}
}

func (p *page) degradations(list []schema.Degradation) {
	p.heading("What Could Be Improved")
	p.none(len(list), "No degradation was found in what was given.")
	for _, d := range list {
		p.printf("- **%s** %s `%s`\n", d.Severity, report.Escape(d.Description), d.ID)
		p.printf("  - seen on day %s", orText(numbers(d.Days), report.Unknown))
		if !d.Began.IsZero() {
			p.printf(", began %s", report.Time(d.Began))
			if d.Ended != nil {
				p.printf(", lasted %s", report.Duration(d.Ended.Sub(d.Began.Time)))
			}
		}
		p.printf("; %s: %s\n", d.ResolutionStatus, report.Escape(d.ResolutionDetails))
		p.printf("  - impact: %s\n", report.Escape(d.Impact))
		if len(d.Metrics) > 1 {
			var also []string
			for _, m := range d.Metrics[1:] {
				also = append(also, fmt.Sprintf("%s %s", metricName(m), report.Change(m.DriftPercent, "%")))
			}
			const most = 5
			if len(also) > most {
				also = append(also[:most], fmt.Sprintf("%d more", len(also)-most))
			}
			p.printf("  - with it: %s\n", report.Escape(strings.Join(also, ", ")))
		}
		if len(d.Alerts) > 0 {
			p.printf("  - alerts: %s\n", report.Escape(strings.Join(d.Alerts, ", ")))
		}
	}
}

func metricName(m schema.DegradedMetric) string {
	switch {
	case m.Service != "":
		return m.MetricName + " of " + m.Service
	case m.Region != "":
		return m.MetricName + " in " + m.Region
	}
	return m.MetricName
}

func (p *page) drifts(list []schema.UnexpectedDrift) {
	p.heading("Unexpected Drifts")
	p.none(len(list), "None from 10 % that is not told above.")
	t := report.Table{
		Head:  []string{"metric", "GA day", "last day", "change", "trend", "look into it", "id"},
		Right: []bool{false, true, true, true},
	}
	for _, d := range list {
		t.Add(metricName(schema.DegradedMetric{MetricName: d.MetricName, Service: d.Service, Region: d.Region}),
			report.Number(d.BaselineValue, d.Unit), report.Number(d.FinalValue, d.Unit), report.Change(d.DriftPercent, "%"),
			d.Trend, map[bool]string{true: "yes", false: "no"}[d.InvestigationNeeded], d.ID)
	}
	p.table(t)
	var asked []string
	for _, d := range list {
		for _, q := range d.PotentialCauses {
			if !slices.Contains(asked, q) {
				asked = append(asked, q)
			}
		}
	}
	for _, q := range asked {
		p.printf("- %s\n", report.Escape(q))
	}
}

func (p *page) cost(c *schema.CostAnalysis) {
	p.heading("Cost Analysis")
	if c == nil {
		p.printf("No input says what it cost.\n")
		return
	}
	if c.Reason != "" {
		p.printf("The cost is not known: %s.\n", report.Escape(c.Reason))
		return
	}
	t := report.Table{Head: []string{"cost", "amount"}, Right: []bool{false, true}}
	t.Add("GA day", report.Money(c.GADayCost, c.Currency))
	t.Add(fmt.Sprintf("after GA day, %s hours measured", report.Number(&c.HoursMeasured, "")), report.Money(c.SevenDayTotalCost, c.Currency))
	t.Add("a day on average", report.Money(c.DailyAverageCost, c.Currency))
	t.Add("per 1,000 requests", report.Money(c.PerThousandRequests, c.Currency))
	for _, name := range slices.Sorted(maps.Keys(c.CostBreakdown)) {
		amount := c.CostBreakdown[name]
		t.Add("of it "+name, report.Money(&amount, c.Currency))
	}
	p.table(t)
	p.printf("Trend over the days: %s.", c.CostTrend)
	if c.PriceSheet != "" {
		p.printf(" Measured use times prices: %s.", report.Escape(c.PriceSheet))
	}
	p.printf("\n\n")
	for _, s := range c.CostOptimizationRecommendations {
		p.printf("- %s\n", report.Escape(s))
	}
}

func (p *page) objectives(list []schema.SLOBurnDown) {
	p.heading("SLO Compliance Summary")
	p.none(len(list), "No day was given to judge an objective by.")
	if err := report.Budgets(p, list); err != nil && p.err == nil {
		p.err = err
	}
	for _, b := range list {
		p.burns(b)
	}
}

// burns tells when an objective burned fast enough to page somebody: the
// fastest pair of windows of the seven-day budget that fired.
func (p *page) burns(b schema.SLOBurnDown) {
	for _, alert := range b.BurnAlerts {
		if alert.PeriodDays != 7 || alert.Severity != "page" || len(alert.Firings) == 0 {
			continue
		}
		p.printf("- %s: burned at up to %s times the sustainable rate over %s; a page was due", report.Escape(b.SLOName),
			report.Number(alert.PeakBurnRate, ""), report.Duration(time.Duration(alert.LongSeconds*float64(time.Second))))
		for i, f := range alert.Firings {
			ended := "the end"
			if f.Ended != nil {
				ended = report.Time(*f.Ended)
			}
			p.printf("%s %s to %s", map[bool]string{true: " from", false: ", from"}[i == 0], report.Time(f.Started), ended)
		}
		p.printf(".\n")
		return
	}
}

func (p *page) actions(list []schema.ActionItem) {
	p.heading("Action Items")
	for _, priority := range []string{"P0", "P1", "P2", "P3"} {
		p.printf("### %s\n\n", priority)
		n := 0
		for _, a := range list {
			if a.Priority == priority {
				n++
				box := " "
				if a.Status != "open" {
					box = "x"
				}
				p.printf("- [%s] %s%s `%s`\n", box, report.Escape(a.Description), owner(a.Owner), a.ID)
			}
		}
		p.none(n, "None.")
		p.printf("\n")
	}
}

func (p *page) appendix(r *schema.Retrospective) {
	p.heading("Appendix")
	windows := report.Table{Head: []string{"document", "from", "to", "seen"}, Right: []bool{false, false, false, true}}
	for _, x := range r.Appendix.Windows {
		windows.Add(x.Document, report.Time(x.Start), report.Time(x.End), report.Number(x.CoveragePercent, "%"))
	}
	p.table(windows)
	p.printf("Compared %s.", report.Escape(r.Appendix.Comparison))
	if t := r.Appendix.Tests; t != nil && t.Hypotheses > 0 {
		p.printf(" %d hypotheses examined at a false discovery rate of %g; %d comparisons rest on averages alone.", t.Hypotheses, t.FalseDiscoveryRate, t.WithoutEvidence)
	}
	p.printf("\n\n")
	for _, q := range r.Appendix.Queries {
		p.printf("- %s: `%s`\n", q.MetricName, q.Query)
	}
}
