package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/veleron-dev/tars/lib/chart"
	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// figure is a chart of the retrospective.
type figure struct {
	// Name is its file's, "p99_latency_ms.svg".
	Name string
	// Section is where it stands: week, cost or slo.
	Section string
	Title   string
	// Alt says in words what it shows; Caption what the reader cannot see of it.
	Alt, Caption string
	// Evidence are the ids of what it shows.
	Evidence []string
	SVG      []byte
}

// The charts that are not of one KPI.
const (
	healthChart = "health.svg"
	costChart   = "cost.svg"
	budgetChart = "error_budget.svg"
)

// figures draws what a retrospective holds; it knows nothing but the document,
// so that the JSON draws the same at any time. What is not in it is not drawn.
func figures(r *schema.Retrospective) []figure {
	var all []figure
	taken := map[string]bool{}
	add := func(f figure, c *chart.Chart) {
		if c != nil && !taken[f.Name] {
			taken[f.Name] = true
			all = append(all, f.drawn(c))
		}
	}
	for _, k := range r.Figures {
		add(drawKPI(r, k))
	}
	for _, draw := range []func(*schema.Retrospective) (figure, *chart.Chart){drawHealth, drawCost, drawBudgets} {
		add(draw(r))
	}
	return all
}

// drawn fills in what the chart says of itself.
func (f figure) drawn(c *chart.Chart) figure {
	c.ID = strings.TrimSuffix(f.Name, ".svg")
	c.Title, c.Description = f.Title, f.Alt
	f.SVG = c.SVG()
	return f
}

// lastDay returns the last day that a chart shows: that of the watch, or a later
// one.
func lastDay(n int) int { return min(max(n, watchDays), mostDays) }

// unknown returns a value for a chart: NaN, which is a gap, for null.
func unknown(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

// dayName is "GA day" or "day 3".
func dayName(n int) string {
	if n == 0 {
		return "GA day"
	}
	return fmt.Sprintf("day %d", n)
}

func drawHealth(r *schema.Retrospective) (figure, *chart.Chart) {
	scores := map[int]schema.HealthOfDay{}
	last := watchDays
	for _, h := range r.HealthByDay {
		scores[h.DayNumber] = h
		last = max(last, lastDay(h.DayNumber))
	}
	if len(scores) == 0 {
		return figure{}, nil
	}
	f := figure{Name: healthChart, Section: "week", Title: "Health by day"}
	c := &chart.Chart{
		Unit: "score, 0 to 100", FirstDay: 1, LastDay: last, FromZero: true, Highest: schema.Num(100),
		Limits: []chart.Limit{{Label: "Good from 70", Y: 70}},
	}
	var said, grades []string
	graded := map[string][]int{}
	for n := 1; n <= last; n++ {
		h := scores[n]
		bar := chart.Bar{Day: n, Value: unknown(h.HealthScore), Label: report.Number(h.HealthScore, "")}
		words := fmt.Sprintf("day %d %s", n, report.Number(h.HealthScore, ""))
		if h.Status == schema.HealthUnknown || h.HealthScore == nil {
			bar.Value, words = unknown(nil), fmt.Sprintf("day %d unknown", n)
		} else {
			f.Evidence = append(f.Evidence, healthID(n))
			graded[h.Status] = append(graded[h.Status], n)
			words += " (" + h.Status + ")"
		}
		c.Bars, said = append(c.Bars, bar), append(said, words)
	}
	if len(f.Evidence) == 0 {
		return figure{}, nil
	}
	for _, status := range []string{schema.HealthExcellent, schema.HealthGood, schema.HealthFair, schema.HealthPoor} {
		if days := graded[status]; len(days) > 0 {
			grades = append(grades, fmt.Sprintf("%s on day %s", status, numbers(days)))
		}
	}
	f.Caption = sentence(strings.Join(grades, "; "))
	f.Alt = "Health score by day, of 100: " + strings.Join(said, ", ") + "."
	return f, c
}

func drawCost(r *schema.Retrospective) (figure, *chart.Chart) {
	a := r.CostAnalysis
	if a == nil || a.Reason != "" {
		return figure{}, nil
	}
	currency := orText(a.Currency, "cost")
	f := figure{Name: costChart, Section: "cost", Title: "Cost by day", Evidence: []string{"cost"}}
	c := &chart.Chart{Unit: currency, LastDay: watchDays, FromZero: true, BarLabel: "cost of the hours measured"}
	days := map[int]schema.CostDay{}
	if a.GADayCost != nil {
		days[0] = schema.CostDay{Total: a.GADayCost, Hours: 24}
		if a.GADayHoursMeasured != nil {
			days[0] = schema.CostDay{Total: a.GADayCost, Hours: *a.GADayHoursMeasured}
		}
	}
	for _, d := range a.ByDay {
		days[d.DayNumber] = d
		c.LastDay = max(c.LastDay, lastDay(d.DayNumber))
	}
	measured := false
	var said []string
	for n := 0; n <= c.LastDay; n++ {
		d := days[n]
		bar := chart.Bar{Day: n, Value: unknown(d.Total)}
		words := "unknown"
		if d.Total != nil {
			measured = true
			words = report.Number(d.Total, "")
			bar.Label = words
			if bar.Part = d.Hours < 23.999; bar.Part {
				c.PartLabel = "only a part of the day"
				words += fmt.Sprintf(" (%s hours measured)", report.Number(&d.Hours, ""))
			}
		}
		c.Bars, said = append(c.Bars, bar), append(said, dayName(n)+" "+words)
	}
	if !measured {
		return figure{}, nil
	}
	f.Alt = fmt.Sprintf("Cost by day in %s: %s.", currency, strings.Join(said, ", "))
	f.Caption = "A cost metric answered; no price sheet was used."
	if a.PriceSheet != "" {
		f.Caption = "Prices: " + a.PriceSheet + "."
	}
	return f, c
}

func drawBudgets(r *schema.Retrospective) (figure, *chart.Chart) {
	f := figure{Name: budgetChart, Section: "slo", Title: "Error budget left"}
	c := &chart.Chart{Unit: "% of the seven-day budget", FirstDay: 1, LastDay: watchDays, FromZero: true, Highest: schema.Num(100)}
	var said []string
	for _, b := range r.SLOBurnDowns {
		line := chart.Line{Label: b.SLOName, Marks: true, Points: []chart.Point{{X: 1, Y: 100}}}
		last, used := 0, map[int]*float64{}
		for _, d := range b.ComplianceByDay {
			if d.BudgetConsumedPercent != nil && d.DayNumber <= mostDays {
				used[d.DayNumber], last = d.BudgetConsumedPercent, max(last, d.DayNumber)
			}
		}
		if last == 0 {
			continue
		}
		for n := 1; n <= last; n++ { // a day that nobody gave is a gap
			line.Points = append(line.Points, chart.Point{X: float64(n + 1), Y: 100 - unknown(used[n])})
		}
		c.LastDay = max(c.LastDay, lastDay(last))
		c.Lines = append(c.Lines, line)
		said = append(said, fmt.Sprintf("%s: %s used", b.SLOName, report.Number(b.BudgetConsumedPercent, "%")))
		f.Evidence = append(f.Evidence, "slo:"+b.KPI)
	}
	if len(c.Lines) == 0 {
		return figure{}, nil
	}
	f.Alt = "Error budget by day; of the seven days' budget, " + strings.Join(said, "; ") + "."
	f.Caption = "What was left at the end of each day; below zero it is overspent."
	return f, c
}
