package main

import (
	"strings"
	"testing"

	"github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/page/pagetest"
	"github.com/veleron-dev/tars/lib/schema"
)

// The page of a bad day of services with hostile names.
func TestPageOfADay(t *testing.T) {
	c := defaults(t)
	series := &schema.Series{Start: schema.Time{}, StepSeconds: 300, Values: make(schema.Values, 288)}
	day := &schema.DailySummary{DayNumber: 3, KPIs: schema.KPIs{"error_rate": {Unit: "%", Value: schema.Num(5), Series: series}}}
	for _, service := range []string{`<script>alert(1)</script>`, "a|b*c*[d](javascript:e)", "`</td>`"} {
		day.MetricsComparison = append(day.MetricsComparison, schema.MetricComparison{
			MetricName: "error_rate", Service: service, Unit: "%", BaselineValue: schema.Num(0.1), CurrentValue: schema.Num(5),
			DriftPercent: schema.Num(4900), Direction: schema.Regression, Drifted: true, Severity: "critical",
		})
	}
	r := grade(c, inputs{day: day})
	r.Release = `"><img src=x onerror=alert(1)>`
	var b strings.Builder
	if err := page.Of(page.Page{Title: title(r)}, markdown(c, r))(&b); err != nil {
		t.Fatal(err)
	}
	pagetest.Check(t, b.String())
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "a|b*c*[d](javascript:e)", "▄▄▄▄"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
