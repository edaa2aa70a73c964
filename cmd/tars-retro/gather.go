package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// inputs are the documents of a release, each thing once.
type inputs struct {
	ga *schema.GAKPISummary
	// days are in order.
	days []*schema.DailySummary
	// regression and anomalies are nil when nobody looked.
	regression *schema.RegressionSummary
	anomalies  []*schema.AnomalyReport
	health     []*schema.HealthReport
	// warnings are about the inputs themselves.
	warnings []string
}

// canonical are the file names that --auto looks for, in their folder or flat.
var canonical = []struct{ folder, pattern string }{
	{"ga_kpis", "ga_kpi_summary.json"},
	{"stability", "day_*_summary.json"},
	{"anomalies", "anomaly_events.json"},
	{"health", "day_*_HEALTH.json"},
	{"regression", "regression_summary.json"},
}

// paths returns the files to read: those named by flags and arguments, and
// with --auto those found. Empty means stdin.
func (c *command) paths() ([]string, error) {
	named := slices.Concat(c.GAData, c.DayData, c.Regression, c.Anomalies, c.Health, c.Files)
	if !c.Auto {
		return named, nil
	}
	for _, want := range canonical {
		for _, dir := range []string{filepath.Join(c.DataDir, want.folder), c.DataDir} {
			found, err := filepath.Glob(filepath.Join(dir, want.pattern))
			if err != nil {
				return nil, fmt.Errorf("finding inputs in %s: %w", dir, err)
			}
			if len(found) > 0 {
				named = append(named, found...)
				break // a folder counts before the flat files
			}
		}
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("finding inputs: nothing under %s, neither ga_kpis/ga_kpi_summary.json nor stability/day_*_summary.json nor the like, in folders or flat; set TARS_DATA_DIR or --data-dir", c.DataDir)
	}
	return named, nil
}

// gather sorts the documents. Of two of the same thing the newer counts, and
// the report says so.
func gather(s *tool.Streams, docs []schema.Document) (inputs, error) {
	var in inputs
	twice := func(what string) {
		in.warnings = append(in.warnings, "there are two documents of "+what+"; the newer one counts")
	}
	days := map[int]*schema.DailySummary{}
	health := map[int]*schema.HealthReport{}
	for _, doc := range docs {
		switch d := doc.(type) {
		case *schema.GAKPISummary:
			if in.ga != nil {
				twice("GA day")
			}
			in.ga = newer(in.ga, d)
		case *schema.DailySummary:
			if days[d.DayNumber] != nil {
				twice(fmt.Sprintf("day %d", d.DayNumber))
			}
			days[d.DayNumber] = newer(days[d.DayNumber], d)
		case *schema.RegressionSummary:
			if in.regression != nil {
				twice("the regressions")
			}
			in.regression = newer(in.regression, d)
		case *schema.AnomalyReport:
			in.anomalies = append(in.anomalies, d)
		case *schema.HealthReport:
			if health[d.DayNumber] != nil {
				twice(fmt.Sprintf("the health of day %d", d.DayNumber))
			}
			health[d.DayNumber] = newer(health[d.DayNumber], d)
		default:
			s.Log.Warn("not used: a retrospective is made of what the other tools wrote", "kind", doc.Head().Kind)
		}
	}
	for _, d := range days {
		in.days = append(in.days, d)
	}
	slices.SortFunc(in.days, func(a, b *schema.DailySummary) int { return cmp.Compare(a.DayNumber, b.DayNumber) })
	for _, d := range health {
		in.health = append(in.health, d)
	}
	slices.SortFunc(in.health, func(a, b *schema.HealthReport) int { return cmp.Compare(a.DayNumber, b.DayNumber) })
	if in.ga == nil && len(in.days) == 0 && in.regression == nil && len(in.anomalies) == 0 && len(in.health) == 0 {
		return in, errors.New("writing the retrospective: no summary, anomalies, health or regressions among the documents; give what the other tools wrote")
	}
	return in, nil
}

// newer returns the document generated later; of two of the same time the
// second.
func newer[T interface {
	comparable
	schema.Document
}](a, b T) T {
	var none T
	if a != none && a.Head().GeneratedAt.After(b.Head().GeneratedAt.Time) {
		return a
	}
	return b
}
