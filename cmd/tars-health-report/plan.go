package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// plan has one step for each kind of trouble: what to do, and the command that
// tells whether it applies. It asks rather than guesses causes.
func plan(degradations []schema.HealthDegradation) []schema.Mitigation {
	steps := []schema.Mitigation{}
	for _, d := range degradations {
		step := stepFor(d)
		i := slices.IndexFunc(steps, func(s schema.Mitigation) bool { return s.Action == step.Action })
		if i < 0 {
			steps = append(steps, step)
			i = len(steps) - 1
		}
		steps[i].For = append(steps[i].For, d.ID)
	}
	return steps
}

func stepFor(d schema.HealthDegradation) schema.Mitigation {
	s := schema.Mitigation{Priority: map[string]string{"critical": "P0", "high": "P1", "medium": "P2"}[d.Severity]}
	if s.Priority == "" {
		s.Priority = "P3"
	}
	of := "the release"
	if d.Service != "" {
		of = d.Service
	}
	switch {
	case d.Source == "alert":
		s.Action = fmt.Sprintf("Follow the runbook of %s; was it resolved, and does it fire again?", d.MetricName)
		s.Check = fmt.Sprintf("ALERTS{alertname=%q}", d.MetricName)
	case strings.Contains(d.MetricName, "latency"):
		s.Action = fmt.Sprintf("Find what slowed %s down: compare traces of slow requests with GA day's; did load, a dependency or the code change?", of)
		s.Check = "tars-regression-analyzer ga.json stability/ | jq '.regressions[] | {metric_name, service, first_detected}'"
	case d.MetricName == "availability":
		s.Action = fmt.Sprintf("Find which instances of %s were down and why: crash, deploy, node or network?", of)
		s.Check = "up == 0"
	case d.MetricName == "error_rate" || d.MetricName == "errors":
		s.Action = fmt.Sprintf("Read the failed requests of %s: which path, which status, since when?", of)
		s.Check = `sum by (service, status) (rate(http_requests_total{status=~"5.."}[5m]))`
	case strings.Contains(d.MetricName, "memory"):
		s.Action = fmt.Sprintf("Watch the memory of %s: does it still grow, and when does it reach its limit?", of)
		s.Check = "predict_linear(process_resident_memory_bytes[1d], 7 * 86400)"
	case strings.Contains(d.MetricName, "cpu"):
		s.Action = fmt.Sprintf("Profile the CPU of %s; is it more load, or more work a request?", of)
		s.Check = "rate(process_cpu_seconds_total[5m])"
	case strings.Contains(d.MetricName, "cost"):
		s.Action = fmt.Sprintf("See which resource makes %s dearer: cores, memory or instances?", of)
		s.Check = "jq .cost day_*_summary.json"
	default:
		s.Action = fmt.Sprintf("Look at %s of %s since the release", d.MetricName, of)
		s.Check = fmt.Sprintf("jq '.kpis.%s' day_*_summary.json", d.MetricName)
	}
	return s
}

// trend compares with the nearest earlier day: its report, else the score of
// its summary.
func trend(c *kpi.Catalogue, in inputs, now *schema.HealthReport) *schema.HealthTrend {
	var t *schema.HealthTrend
	for _, day := range in.earlier {
		if t == nil || day.DayNumber >= t.SinceDay {
			score, _ := total(components(c, day))
			t = &schema.HealthTrend{SinceDay: day.DayNumber, EarlierScore: score}
		}
	}
	for _, r := range in.reports {
		if r.DayNumber < now.DayNumber && (t == nil || r.DayNumber >= t.SinceDay) {
			t = &schema.HealthTrend{SinceDay: r.DayNumber, EarlierScore: r.HealthScore, EarlierStatus: r.Status}
		}
	}
	if t != nil && t.EarlierScore != nil && now.HealthScore != nil {
		t.Change = schema.Num(*now.HealthScore - *t.EarlierScore)
	}
	return t
}
