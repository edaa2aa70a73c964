package main

import (
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/measure"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/slo"
	"github.com/veleron-dev/tars/lib/source"
)

// The certification of a GA day.
const (
	pass    = "PASS"
	fail    = "FAIL"
	unknown = "UNKNOWN"
)

// plan says what to measure: GA day, or the last 24 hours when the GA time is
// not known.
func plan(session *source.Session, now time.Time) (measure.Plan, error) {
	set := session.Settings
	if set.GAStart.IsZero() {
		return session.Plan(measure.Last24h(session.Step(), now)), nil
	}
	skip := time.Duration(set.WarmUpSeconds * float64(time.Second))
	w, err := measure.Day(set.GAStart.Time, 0, session.Step(), skip, now)
	p := session.Plan(w)
	p.Lookback = time.Duration(set.LookbackSeconds * float64(time.Second))
	p.HistoryEnd = set.GAStart.Time
	return p, err
}

// summarise makes the baseline of a measured window; header and window are the
// caller's.
func summarise(catalogue *kpi.Catalogue, set schema.CaptureSettings, w schema.Window, m *measure.Measurement) *schema.GAKPISummary {
	if set.GAStart.IsZero() {
		set.GAStart = w.Start
		m.Quality.Warnings = append(m.Quality.Warnings,
			"the GA time was not given: this is the last 24 hours; give --ga-timestamp for GA day")
	}
	if w.Partial {
		m.Quality.Warnings = append(m.Quality.Warnings,
			fmt.Sprintf("GA day has not ended: this is its first %.1f hours", w.Hours()))
	}
	s := &schema.GAKPISummary{
		GAStart: set.GAStart, GAEnd: w.End, DurationHours: schema.Num(w.Hours()),
		LegacyKPIs: schema.FlatKPIs(m.KPIs), LegacyCounts: schema.FlatCounts(m.Alerts, m.KPIs, m.Quality, w),
		SLOCompliance: slo.Judge(catalogue, m.KPIs),
		KPIs:          m.KPIs, Services: m.Services, Regions: m.Regions,
		Alerts: m.Alerts, Cost: m.Cost, History: m.History,
	}
	s.CertificationStatus, s.CertificationNotes = certify(catalogue, s.SLOCompliance, w, m.Quality)
	return s
}

// certify says whether GA day met its objectives: FAIL when one was missed,
// else UNKNOWN when one could not be judged or too little was seen, else PASS.
// There is always at least one note.
func certify(catalogue *kpi.Catalogue, verdicts schema.SLOCompliance, w schema.Window, q *schema.DataQuality) (string, []string) {
	const enough = 90 // percent of the window that a PASS must have seen
	var missed, unjudged, met []string
	for _, k := range catalogue.KPIs {
		v, judged := verdicts[k.Key]
		switch {
		case !judged:
		case v.Met == nil:
			unjudged = append(unjudged, fmt.Sprintf("%s has no data, its objective %s cannot be judged", k.Name, k.Objective()))
		case *v.Met:
			met = append(met, fmt.Sprintf("%s %.4g %s meets %s", k.Name, *v.Value, k.Unit, k.Objective()))
		default:
			missed = append(missed, fmt.Sprintf("%s %.4g %s misses %s", k.Name, *v.Value, k.Unit, k.Objective()))
		}
	}
	if w.Partial {
		unjudged = append(unjudged, "the day has not ended")
	}
	if q.CoveragePercent != nil && *q.CoveragePercent < enough {
		unjudged = append(unjudged, fmt.Sprintf("only %.1f%% of the window was seen, a PASS needs %d%%", *q.CoveragePercent, enough))
	}
	switch {
	case len(missed) > 0:
		return fail, append(missed, unjudged...)
	case len(unjudged) > 0:
		return unknown, unjudged
	case len(met) == 0:
		return unknown, []string{"the catalogue has no objectives"}
	}
	return pass, met
}
