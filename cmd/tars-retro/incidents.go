package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// addIncidents attaches the detector's incidents to the troubles that the days
// show, and tells them which service carries them. One that matters and that
// no day shows is a degradation of its own.
func (w *week) addIncidents(all []*trouble) []*trouble {
	for _, report := range w.anomalies {
		for _, i := range report.Incidents {
			member, bad := worstMember(w.catalogue, i)
			day := w.dayOf(i.Started)
			if !bad || day < 0 {
				continue
			}
			fam, service := family(w.catalogue, member.MetricName), w.carrier(i, member)
			found := false
			for _, t := range all {
				if t.family != fam || !t.days[day] || service != "" && t.service != "" && service != t.service {
					continue
				}
				found = true
				t.episodes = append(t.episodes, i.IncidentID)
				if t.service == "" && len(t.days) == 1 {
					t.service = service
				}
				if t.began.IsZero() {
					t.began, t.ended = i.Started, i.Ended
				}
			}
			if !found && w.matters(i, member) {
				all = append(all, w.episode(i, member, fam, service, day))
			}
		}
	}
	return all
}

// episode is an incident as a trouble of its own.
func (w *week) episode(i schema.Incident, m schema.IncidentMember, fam, service string, day int) *trouble {
	k := w.catalogue.For(m.MetricName, schema.KPI{})
	severity, standing := schema.SeverityMedium, false // it has ended
	if k.Critical {
		severity = schema.SeverityHigh
	}
	return &trouble{
		family: fam, service: service, days: map[int]bool{day: true}, severity: severity,
		when:  "-" + i.Started.UTC().Format("20060102T1504"),
		began: i.Started, ended: i.Ended, standing: &standing, episodes: []string{i.IncidentID},
		impact: fmt.Sprintf("%s of %s while it lasted", i.Classification, strings.Join(i.Metrics, ", ")),
		metrics: []schema.DegradedMetric{{
			MetricName: m.MetricName, Service: m.Service, Region: m.Region, Unit: k.Unit, WorstDay: day,
			BaselineValue: m.PeakExpected, WorstValue: m.PeakValue, Severity: severity,
		}},
	}
}

// worstMember returns the member to tell an incident by: one of the whole that
// moved in its KPI's bad direction, else the first that did.
func worstMember(c *kpi.Catalogue, i schema.Incident) (found schema.IncidentMember, bad bool) {
	for _, m := range i.Members {
		up := m.PeakZScore != nil && *m.PeakZScore > 0
		direction := c.For(m.MetricName, schema.KPI{}).Direction
		if (direction != kpi.LowerIsBetter || !up) && (direction != kpi.HigherIsBetter || up) {
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
func (w *week) matters(i schema.Incident, m schema.IncidentMember) bool {
	const lasting = 15 * time.Minute
	k := w.catalogue.For(m.MetricName, schema.KPI{})
	if i.Severity != schema.SeverityHigh || m.Service != "" || m.Region != "" || k.Category == "traffic" ||
		i.Ended == nil || i.Ended.Sub(i.Started.Time) < lasting || m.PeakValue == nil || m.PeakExpected == nil {
		return false
	}
	moved := math.Abs(*m.PeakValue - *m.PeakExpected)
	return moved >= k.MinChange && 100*moved >= k.Severity.High*math.Abs(*m.PeakExpected)
}
