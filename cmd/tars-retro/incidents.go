package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// addIncidents attaches the detector's incidents to the troubles that the days
// show, and tells them which service carries them. One that matters and that
// no day shows is a degradation of its own.
func (ts *troubles) addIncidents() {
	w := ts.w
	for _, i := range incidents(w.anomalies) {
		member, bad := worstMember(w.catalogue, i)
		day := w.dayOf(i.Started)
		if ga, _ := w.span(); !bad || i.Started.Before(ga.Time) {
			continue
		}
		fam, service := family(w.catalogue, member.MetricName), w.carrier(i, member)
		found := false
		for _, t := range ts.all {
			if t.family != fam || service != "" && t.service != "" && service != t.service ||
				t.passing && !t.meets(i.Started, i.Ended) || !t.passing && !t.days[day] {
				continue
			}
			found = true
			t.episodes = append(t.episodes, i.IncidentID)
			if t.passing && t.service == "" {
				t.service = service
			}
			if t.began.IsZero() {
				t.began = i.Started
			}
		}
		if !found && w.matters(i, member) {
			ts.addEpisode(i, member, fam, service, day)
		}
	}
}

// addEpisode makes an incident a trouble of its own.
func (ts *troubles) addEpisode(i schema.Incident, m schema.IncidentMember, fam, service string, day int) {
	k := ts.w.catalogue.For(m.MetricName, schema.KPI{})
	severity := schema.SeverityMedium
	if k.Critical && i.Status != pointwise {
		severity = schema.SeverityHigh
	}
	t := ts.passed(fam, service, i.Started, i.Ended)
	t.unanswered = true
	t.episodes = append(t.episodes, i.IncidentID)
	t.impact = fmt.Sprintf("%s of %s while it lasted", i.Classification, strings.Join(i.Metrics, ", "))
	if i.Ended == nil {
		t.settled, t.settledWhy = schema.Standing, "the anomaly report ends while it is open"
	} else if i.Ended.Equal(i.Started.Time) {
		t.impact = "a single " + i.Classification + "; how long it lasted is not known"
	}
	metric := schema.DegradedMetric{
		MetricName: m.MetricName, Service: m.Service, Region: m.Region, Unit: k.Unit,
		BaselineSource: "expected", BaselineValue: m.PeakExpected, WorstValue: m.PeakValue, Severity: severity,
	}
	if day >= 0 {
		t.days[day], metric.WorstDay = true, &day
	}
	if m.PeakExpected != nil && *m.PeakExpected != 0 && m.PeakValue != nil {
		metric.DriftPercent = schema.Num(100 * (*m.PeakValue - *m.PeakExpected) / *m.PeakExpected)
	}
	t.add(metric)
}

// pointwise is the status of an incident put together here from the events of
// an older report, which knows no incidents.
const pointwise = "events"

// incidents are those of all reports, each once, by start. Of the same incident
// in two reports the later report's counts.
func incidents(reports []*schema.AnomalyReport) []schema.Incident {
	byAge := slices.Clone(reports)
	slices.SortStableFunc(byAge, func(a, b *schema.AnomalyReport) int { return a.GeneratedAt.Compare(b.GeneratedAt.Time) })
	byID := map[string]schema.Incident{}
	var events []schema.Event
	for _, r := range byAge {
		for _, i := range r.Incidents {
			byID[i.IncidentID] = i
		}
		if r.Settings == nil && len(r.Incidents) == 0 {
			events = append(events, r.Anomalies...)
		}
	}
	all := episodes(events)
	for _, i := range byID {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b schema.Incident) int {
		return cmp.Or(a.Started.Compare(b.Started.Time), cmp.Compare(a.IncidentID, b.IncidentID))
	})
	return all
}

// episodes joins events of the same series that lie close together.
func episodes(events []schema.Event) []schema.Incident {
	const pause = 30 * time.Minute
	name := func(e schema.Event) string { return e.MetricName + "\x00" + e.Service + "\x00" + e.Region }
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b schema.Event) int {
		return cmp.Or(cmp.Compare(name(a), name(b)), a.Timestamp.Compare(b.Timestamp.Time))
	})
	var out []schema.Incident
	last := ""
	for _, e := range events {
		at := e.Timestamp
		if n := len(out); n > 0 && name(e) == last && at.Sub(out[n-1].Ended.Time) <= pause {
			i := &out[n-1]
			i.Ended, i.Members[0].Ended = &at, &at
			i.Severity = worse(i.Severity, e.Severity)
			if farther(e, i.Members[0]) {
				i.Members[0].PeakValue, i.Members[0].PeakExpected, i.Members[0].PeakZScore = e.ActualValue, e.ExpectedValue, e.ZScore
			}
			continue
		}
		last = name(e)
		out = append(out, schema.Incident{
			IncidentID: orText(e.IncidentID, stableID("I", e.MetricName, e.Service, e.Region, at.String())), Status: pointwise,
			Started: at, Detected: at, Ended: &at, Classification: e.Classification, Severity: e.Severity, Metrics: []string{e.MetricName},
			Members: []schema.IncidentMember{{
				MetricName: e.MetricName, Service: e.Service, Region: e.Region, Started: at, Ended: &at,
				Classification: e.Classification, Severity: e.Severity,
				PeakValue: e.ActualValue, PeakExpected: e.ExpectedValue, PeakZScore: e.ZScore,
			}},
		})
	}
	return out
}

// farther reports whether an event lies farther from what was expected than the
// peak of a member.
func farther(e schema.Event, m schema.IncidentMember) bool {
	if e.ActualValue == nil || e.ExpectedValue == nil {
		return false
	}
	if m.PeakValue == nil || m.PeakExpected == nil {
		return true
	}
	return moved(*e.ExpectedValue, *e.ActualValue) > moved(*m.PeakExpected, *m.PeakValue)
}

// worstMember returns the member to tell an incident by: one of the whole that
// moved in its KPI's bad direction, else the first that did.
func worstMember(c *kpi.Catalogue, i schema.Incident) (found schema.IncidentMember, bad bool) {
	for _, m := range i.Members {
		change := 0.0
		switch {
		case m.PeakZScore != nil:
			change = *m.PeakZScore
		case m.PeakValue != nil && m.PeakExpected != nil:
			change = *m.PeakValue - *m.PeakExpected
		}
		if !badDirection(c.For(m.MetricName, schema.KPI{}), change) {
			continue
		}
		if m.Service == "" && m.Region == "" {
			return m, true
		}
		if !bad {
			found, bad = m, true
		}
	}
	return found, bad
}

// carrier is the only service whose KPIs of the same family take part, empty
// when there are none or several.
func (w *week) carrier(i schema.Incident, member schema.IncidentMember) string {
	service := ""
	for _, m := range i.Members {
		if m.Service == "" || family(w.catalogue, m.MetricName) != family(w.catalogue, member.MetricName) {
			continue
		}
		if service != "" && service != m.Service {
			return ""
		}
		service = m.Service
	}
	return service
}

// matters reports whether an incident that no day shows is worth telling: a
// high one of the whole, of a KPI that is no mere count, that lasted and moved
// by the KPI's high rung at least. The detector's report has all the others.
// Events of older reports stand for themselves: how long they lasted nobody
// wrote down.
func (w *week) matters(i schema.Incident, m schema.IncidentMember) bool {
	const lasting = 15 * time.Minute
	k := w.catalogue.For(m.MetricName, schema.KPI{})
	if i.Severity != schema.SeverityHigh || m.Service != "" || m.Region != "" || k.Category == "traffic" ||
		m.PeakValue == nil || m.PeakExpected == nil {
		return false
	}
	if i.Status == schema.IncidentClosed && (i.Ended == nil || i.Ended.Sub(i.Started.Time) < lasting) {
		return false
	}
	away := max(*m.PeakValue-*m.PeakExpected, *m.PeakExpected-*m.PeakValue)
	return away >= k.MinChange && moved(*m.PeakExpected, *m.PeakValue) >= k.Severity.High
}
