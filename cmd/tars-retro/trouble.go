package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/schema"
)

// trouble is one degradation while it is put together: the KPIs of a family
// (all latencies, say) of one service, or of the whole when no service stands
// out. That way one thing is told once.
type trouble struct {
	family, service string
	// passing is true for something that came and went within hours; a change
	// that stayed is another trouble, even of the same family and service.
	passing  bool
	metrics  []schema.DegradedMetric
	days     map[int]bool
	severity string
	impact   string
	began    schema.Time
	ended    *schema.Time
	// standing is what the week's comparison says; nil when it does not.
	standing     *bool
	alerts       []string
	episodes     []string
	preceding    []schema.SystemEvent
	acknowledged *schema.Acknowledgement
	// unanswered is true when a finding in it is not acknowledged.
	unanswered bool
	// topic is the family that an alert would speak of, where that is not the
	// trouble's own.
	topic string
	// text replaces the description made from the first metric.
	text string
	// settled is how it stands where no metric can tell; empty otherwise.
	settled, settledWhy string
}

// troubles are all of them while they are being found.
type troubles struct {
	w   *week
	all []*trouble
}

// family groups KPIs that tell the same thing.
func family(c *kpi.Catalogue, key string) string {
	switch {
	case strings.HasPrefix(key, "db_"):
		return "database"
	case strings.Contains(key, "latency"):
		return "latency"
	case key == "error_rate" || key == "errors":
		return "errors"
	case strings.Contains(key, "memory"):
		return "memory"
	case strings.Contains(key, "cpu"):
		return "cpu"
	}
	if k, ok := c.Lookup(key); ok && k.Category == "cost" {
		return "cost"
	}
	return key
}

// lasting returns the trouble of a family and service that stayed, made when
// there is none.
func (ts *troubles) lasting(family, service string) *trouble {
	for _, t := range ts.all {
		if t.family == family && t.service == service && !t.passing {
			return t
		}
	}
	t := &trouble{family: family, service: service, days: map[int]bool{}}
	ts.all = append(ts.all, t)
	return t
}

// together is how far apart two reports of one passing trouble may begin or
// end: the analyzer works by hours, the detector by samples.
const together = time.Hour

// passed returns the passing trouble of a family and service at a time, made
// when there is none.
func (ts *troubles) passed(family, service string, began schema.Time, ended *schema.Time) *trouble {
	for _, t := range ts.all {
		if t.family == family && t.service == service && t.passing && t.meets(began, ended) {
			return t
		}
	}
	t := &trouble{family: family, service: service, passing: true, days: map[int]bool{}, began: began, ended: ended}
	ts.all = append(ts.all, t)
	return t
}

// meets reports whether a passing trouble and a stretch of time overlap, give
// or take what the reports differ by. No end means to the end.
func (t *trouble) meets(began schema.Time, ended *schema.Time) bool {
	startsBeforeEnd := t.ended == nil || !began.After(t.ended.Add(together))
	endsAfterStart := ended == nil || !ended.Before(t.began.Add(-together))
	return startsBeforeEnd && endsAfterStart
}

// add keeps each KPI once, with its worst day.
func (t *trouble) add(m schema.DegradedMetric) {
	t.severity = worse(t.severity, m.Severity)
	for i, old := range t.metrics {
		if old.MetricName == m.MetricName && old.Service == m.Service && old.Region == m.Region {
			if m.Evidence == nil {
				m.Evidence = old.Evidence
			}
			if size(m) > size(old) {
				t.metrics[i] = m
			} else if old.Evidence == nil {
				t.metrics[i].Evidence = m.Evidence
			}
			return
		}
	}
	t.metrics = append(t.metrics, m)
}

func size(m schema.DegradedMetric) float64 {
	if m.DriftPercent == nil {
		return 0
	}
	return max(*m.DriftPercent, -*m.DriftPercent)
}

func worse(a, b string) string {
	if schema.SeverityRank(b) > schema.SeverityRank(a) {
		return b
	}
	return a
}

// foldWhole lets a service that carries a trouble stand for the whole: where
// services of the same family are in trouble at the same time, the whole's
// numbers join the worst of them.
func (ts *troubles) foldWhole() {
	ts.all = slices.DeleteFunc(ts.all, func(t *trouble) bool {
		if t.service != "" {
			return false
		}
		var carrier *trouble
		for _, other := range ts.all {
			if other.service == "" || other.family != t.family || other.passing != t.passing || !sameTime(other, t) {
				continue
			}
			if carrier == nil || schema.SeverityRank(other.severity) > schema.SeverityRank(carrier.severity) {
				carrier = other
			}
		}
		if carrier != nil {
			carrier.take(t)
		}
		return carrier != nil
	})
}

func sameTime(a, b *trouble) bool {
	if a.passing && !a.began.IsZero() && !b.began.IsZero() {
		return a.meets(b.began, b.ended)
	}
	return overlap(a.days, b.days)
}

func overlap(a, b map[int]bool) bool {
	for day := range a {
		if b[day] {
			return true
		}
	}
	return false
}

// take joins the whole's trouble to the service's that carries it.
func (t *trouble) take(whole *trouble) {
	for _, m := range whole.metrics {
		t.add(m)
	}
	for day := range whole.days {
		t.days[day] = true
	}
	t.impact = orText(t.impact, whole.impact)
	if t.began.IsZero() {
		t.began, t.ended = whole.began, whole.ended
	}
	if len(t.preceding) == 0 {
		t.preceding = whole.preceding
	}
	t.unanswered = t.unanswered || whole.unanswered
}

// arrange puts the KPIs of the service itself before those of the whole, then
// the worst first.
func (t *trouble) arrange() {
	foreign := func(m schema.DegradedMetric) int {
		if m.Service == t.service && m.Region == "" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(t.metrics, func(a, b schema.DegradedMetric) int {
		return cmp.Or(
			cmp.Compare(foreign(a), foreign(b)),
			cmp.Compare(schema.SeverityRank(b.Severity), schema.SeverityRank(a.Severity)),
			cmp.Compare(size(b), size(a)), cmp.Compare(a.MetricName, b.MetricName),
			cmp.Compare(a.Service, b.Service), cmp.Compare(a.Region, b.Region))
	})
	slices.Sort(t.alerts)
	t.alerts = slices.Compact(t.alerts)
	slices.Sort(t.episodes)
	t.episodes = slices.Compact(t.episodes)
}
