package main

import (
	"strings"
	"testing"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/page/pagetest"
	"github.com/veleron-dev/tars/lib/schema"
)

// The page of findings in services with hostile names; what to do is said once.
func TestPageOfFindings(t *testing.T) {
	c, err := kpi.Preset(kpi.DefaultPreset)
	if err != nil {
		t.Fatal(err)
	}
	d := &schema.RegressionSummary{OverallAssessment: schema.AssessUnknown, RollbackRecommendation: &schema.RollbackAdvice{Advice: schema.AdviceUnknown}}
	for _, service := range []string{"<script>alert(1)</script>", "a|b*c*[d](javascript:e)", "`</td>`", "one", "two"} {
		d.Regressions = append(d.Regressions, schema.Finding{
			MetricName: "error_rate", Service: service, Unit: "%", Severity: "high",
			BaselineValue: schema.Num(0.1), CurrentValue: schema.Num(5), DriftPercent: schema.Num(4900),
			MitigationPriority: "P1", Impact: "<b>users</b> see errors", RecommendedActions: []string{"read <logs>"},
		})
	}
	var b strings.Builder
	if err := page.Of(page.Page{Title: title(d), Contents: true}, markdown(c, d))(&b); err != nil {
		t.Fatal(err)
	}
	pagetest.Check(t, b.String())
	for _, want := range []string{
		"Error rate of &lt;script&gt;alert(1)&lt;/script&gt;: &lt;b&gt;users&lt;/b&gt; see errors.",
		">Error rate of a|b*c*[d](javascript:e)</td>", `<td class="bad">high</td>`, `<td class="right">50 times</td>`,
		`<strong class="bad">P1</strong> Read &lt;logs&gt; (Error rate of &lt;script&gt;`, "Error rate of one and 1 more)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s:\n%s", want, b.String()[strings.Index(b.String(), "<main"):])
		}
	}
	if n := strings.Count(b.String(), "Read &lt;logs&gt;"); n != 1 {
		t.Errorf("what to do is said %d times", n)
	}
}
