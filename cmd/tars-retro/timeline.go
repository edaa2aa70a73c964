package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// timeline puts in order what happened when.
func (w *week) timeline(r *schema.Retrospective) []schema.TimelineEntry {
	var out []schema.TimelineEntry
	add := func(at schema.Time, kind, description string, evidence ...string) {
		if !at.IsZero() {
			out = append(out, schema.TimelineEntry{At: at, Kind: kind, Description: description, Evidence: evidence})
		}
	}
	add(r.GADayTimestamp, "ga", "GA")
	for _, e := range w.events {
		what := e.Name
		if e.Kind != "" {
			what = e.Kind + ": " + e.Name
		}
		add(e.Timestamp, "event", report.Scoped(what, e.Service, ""), "events")
	}
	for _, d := range r.Degradations {
		if strings.HasPrefix(d.Category, "alert ") {
			continue // its firings are told below
		}
		add(d.Began, "began", d.Description, d.ID)
		if d.Ended != nil && d.DurationSeconds != nil {
			add(*d.Ended, "ended", report.Scoped(d.Category, d.Service, d.Region)+" over, after "+report.Duration(d.Ended.Sub(d.Began.Time)), d.ID)
		}
	}
	for _, a := range w.firings() {
		evidence := dayID(max(0, w.dayOf(a.Started)))
		for _, d := range r.Degradations {
			if slices.Contains(d.Alerts, a.Name) {
				evidence = d.ID
				break
			}
		}
		text := report.Scoped(a.Name, a.Labels["service"], "")
		if a.Ended != nil {
			text += ", for " + report.Duration(a.Ended.Sub(a.Started.Time))
		}
		add(a.Started, "alert", text, evidence)
	}
	for _, g := range r.DataQuality.Gaps {
		add(g.Start, "gap", "nothing seen for "+report.Duration(g.End.Sub(g.Start.Time)), dayID(max(0, w.dayOf(g.Start))))
	}
	for _, b := range r.SLOBurnDowns {
		if due := pageDue(b); due != nil {
			for _, f := range due.Firings {
				add(f.Started, "page_due", b.SLOName+": the budget burned fast enough for a page over "+
					report.Duration(time.Duration(due.LongSeconds*float64(time.Second))), "slo:"+b.KPI)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b schema.TimelineEntry) int {
		return cmp.Or(a.At.Compare(b.At.Time), cmp.Compare(rank(a.Kind), rank(b.Kind)), cmp.Compare(a.Description, b.Description))
	})
	return out
}

// rank orders what happened at the same time: causes before effects.
func rank(kind string) int {
	return slices.Index([]string{"ga", "event", "gap", "began", "page_due", "alert", "ended"}, kind)
}

// dora holds the week against two of the DORA measures: of high and critical
// degradations of what users notice.
func (w *week) dora(r *schema.Retrospective) *schema.DORA {
	v := w.verdict()
	d := &schema.DORA{}
	longest, restored := 0.0, 0
	for _, x := range r.Degradations {
		felt := x.Category == "availability" || x.Category == "errors" || x.Category == "latency"
		if !felt || x.Acknowledged != nil || schema.SeverityRank(x.Severity) < schema.SeverityRank(schema.SeverityHigh) {
			continue
		}
		d.Evidence = append(d.Evidence, x.ID)
		if over(x) {
			restored++
			if x.DurationSeconds != nil {
				longest = max(longest, *x.DurationSeconds)
			}
		}
	}
	failed := len(d.Evidence) > 0 || v.word == schema.AdviceRollback
	switch {
	case failed:
		d.FailedChange = &failed
		d.Description = "A failed change: service was degraded after it; whether it is the cause no metric tells."
	case v.word == schema.AdviceKeep:
		d.FailedChange = &failed
		d.Description = "No failed change: no high or critical degradation of availability, errors or latency was seen."
		return d
	case v.advice == nil:
		return nil
	default:
		d.Description = "Whether it is a failed change is not known."
		return d
	}
	if n := len(d.Evidence); n > 0 {
		d.Description += fmt.Sprintf(" Restored: %d of %d", restored, n)
		if longest > 0 {
			d.Description += ", the longest after " + report.Duration(time.Duration(longest*float64(time.Second)))
		}
		d.Description += "."
		if restored == n && longest > 0 {
			d.TimeToRestoreHours = schema.Num(longest / 3600)
		}
	}
	if len(d.Evidence) == 0 {
		d.Evidence = v.evidence
	}
	return d
}
