package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/veleron-dev/tars/lib/schema"
)

// inputs are the documents of a release, each thing once.
type inputs struct {
	ga *schema.GAKPISummary
	// days are in order.
	days []*schema.DailySummary
	// regression is nil when nobody looked, and so are anomalies.
	regression *schema.RegressionSummary
	anomalies  []*schema.AnomalyReport
	// health is by day.
	health []*schema.HealthReport
	// events are in order; nil when nobody gave any.
	events []schema.SystemEvent
	// warnings are about the inputs themselves.
	warnings []string
}

// slot is a place that one document fills.
type slot struct {
	kind string
	// day is of daily summaries and health reports, window of anomaly reports.
	day    int
	window string
}

func (s slot) String() string {
	switch s.kind {
	case schema.KindGAKPISummary:
		return "GA day"
	case schema.KindDailySummary:
		return fmt.Sprintf("day %d", s.day)
	case schema.KindHealthReport:
		return fmt.Sprintf("the health of day %d", s.day)
	case schema.KindRegressionSummary:
		return "the regressions"
	}
	return "the anomalies of the same time"
}

// gather puts each document where it belongs, whatever their order. Of two of
// the same thing the one made later counts, and the report says so.
func gather(log *slog.Logger, docs []schema.Document) (inputs, error) {
	var in inputs
	slots := map[slot][]schema.Document{}
	for _, doc := range docs {
		s := slot{kind: doc.Head().Kind}
		switch d := doc.(type) {
		case *schema.GAKPISummary, *schema.RegressionSummary:
		case *schema.DailySummary:
			if s.day = d.DayNumber; s.day < 1 {
				in.warn(log, "a daily summary that does not say its day is not used")
				continue
			}
		case *schema.HealthReport:
			s.day = d.DayNumber
		case *schema.AnomalyReport:
			s.window = windowOf(d)
		default:
			log.Info("not used: a retrospective is made of what the other tools wrote", "kind", s.kind)
			continue
		}
		slots[s] = append(slots[s], doc)
	}
	if len(slots) == 0 {
		return in, errors.New("writing the retrospective: no summary, anomalies, health or regressions among the documents; give what the other tools wrote")
	}
	for _, s := range slices.SortedFunc(maps.Keys(slots), compareSlots) {
		in.fill(log, s, slots[s], gaTimes(docs))
	}
	in.checkTimes(log)
	return in, nil
}

func compareSlots(a, b slot) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.day, b.day), cmp.Compare(a.window, b.window))
}

// windowOf tells anomaly reports apart: those of the same window replace each
// other, those without one (older files, single events) stand beside each
// other.
func windowOf(r *schema.AnomalyReport) string {
	if r.Window != nil {
		return r.Window.Start.String() + " to " + r.Window.End.String()
	}
	return string(encoded(r))
}

// encoded returns a document's JSON; documents that cannot be written are alike.
func encoded(doc schema.Document) []byte {
	b, err := json.Marshal(doc)
	if err != nil {
		return nil
	}
	return b
}

// gaTimes returns the GA times that the days count from.
func gaTimes(docs []schema.Document) []schema.Time {
	var times []schema.Time
	for _, doc := range docs {
		if d, ok := doc.(*schema.DailySummary); ok && !d.GAStart.IsZero() {
			times = append(times, d.GAStart)
		}
	}
	return times
}

// fill takes the document that counts among those of a slot. Of several
// baselines it is one from which the days count.
func (in *inputs) fill(log *slog.Logger, s slot, docs []schema.Document, ga []schema.Time) {
	if len(docs) > 1 {
		slices.SortFunc(docs, func(a, b schema.Document) int {
			return cmp.Or(
				cmp.Compare(meets(a, ga), meets(b, ga)),
				a.Head().GeneratedAt.Compare(b.Head().GeneratedAt.Time),
				bytes.Compare(encoded(a), encoded(b)))
		})
		docs = slices.CompactFunc(docs, func(a, b schema.Document) bool { return bytes.Equal(encoded(a), encoded(b)) })
	}
	last := docs[len(docs)-1]
	if len(docs) > 1 {
		in.warn(log, fmt.Sprintf("there are %d documents of %s; the newer one counts", len(docs), s))
	}
	switch d := last.(type) {
	case *schema.GAKPISummary:
		in.ga = d
	case *schema.DailySummary:
		in.days = append(in.days, d)
	case *schema.RegressionSummary:
		in.regression = d
	case *schema.AnomalyReport:
		in.anomalies = append(in.anomalies, d)
	case *schema.HealthReport:
		in.health = append(in.health, d)
	}
}

// meets is 1 for a baseline of one of the GA times.
func meets(doc schema.Document, ga []schema.Time) int {
	if d, ok := doc.(*schema.GAKPISummary); ok && slices.ContainsFunc(ga, func(t schema.Time) bool { return t.Equal(d.GAStart.Time) }) {
		return 1
	}
	return 0
}

// checkTimes warns of days that count from another GA time than the baseline.
func (in *inputs) checkTimes(log *slog.Logger) {
	if in.ga == nil || in.ga.GAStart.IsZero() {
		return
	}
	var others []int
	for _, d := range in.days {
		if !d.GAStart.IsZero() && !d.GAStart.Equal(in.ga.GAStart.Time) {
			others = append(others, d.DayNumber)
		}
	}
	if len(others) > 0 {
		in.warn(log, fmt.Sprintf("day %s counts from another GA time than the baseline: are they of the same release?", numbers(others)))
	}
}

func (in *inputs) warn(log *slog.Logger, text string) {
	in.warnings = append(in.warnings, text)
	log.Warn(text)
}
