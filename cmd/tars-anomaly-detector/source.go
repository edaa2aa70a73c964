package main

import (
	"context"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/source"
)

const day = 24 * time.Hour

// measure reads the KPIs of the window from the server, or from the captures
// among docs, and runs them through the detection.
func (r *run) measure(ctx context.Context, docs []schema.Document) error {
	if err := r.openLines(); err != nil {
		return err
	}
	r.d.since, r.d.until = 0, 0 // the window is what is asked for
	sources := [][]schema.Document{nil}
	if len(docs) > 0 {
		sources = nil
		for _, c := range capturesByTime(docs) {
			sources = append(sources, []schema.Document{c})
		}
	}
	for _, docs := range sources {
		if err := r.measureOne(ctx, docs); err != nil {
			return err
		}
	}
	return nil
}

// capturesByTime returns the captures among documents by the start of their
// windows: a series is judged by its past, whatever the order of the files.
func capturesByTime(docs []schema.Document) []*schema.Capture {
	var out []*schema.Capture
	for _, doc := range docs {
		if c, ok := doc.(*schema.Capture); ok {
			out = append(out, c)
		}
	}
	start := func(c *schema.Capture) time.Time {
		if c.Window == nil {
			return time.Time{}
		}
		return c.Window.Start.Time
	}
	slices.SortStableFunc(out, func(a, b *schema.Capture) int { return start(a).Compare(start(b)) })
	return out
}

func (r *run) measureOne(ctx context.Context, docs []schema.Document) error {
	session, err := r.Open(name, docs)
	if err != nil {
		return err
	}
	r.now, r.release = session.Clock(&r.Frame, r.streams), session.Release(&r.Frame)
	w := r.span(session)
	r.knowKPIs(session.Catalogue)
	m, err := session.Measure(ctx, r.streams, session.Plan(w))
	if err != nil {
		return err
	}
	if err := session.SaveCapture(w, r.release, r.now); err != nil {
		return err
	}
	feedSummary(r.d, summary{kpis: m.KPIs, services: m.Services, regions: m.Regions})
	r.addWindow(w)
	if r.quality == nil {
		r.quality = m.Quality
	} else {
		r.addQuality(m.Quality)
	}
	return nil
}

// span is the window to look at: --since to --until; left out, from the GA
// time to the end of the last day. What has not passed yet is left out in
// whole steps. A capture knows its own window. Without any GA time it is the
// last 24 hours.
func (r *run) span(session *source.Session) schema.Window {
	step := session.Step()
	var w schema.Window
	if session.Captured != nil && session.Captured.Window != nil {
		w = *session.Captured.Window
	}
	ga := session.Settings.GAStart
	switch {
	case !r.GATimestamp.IsZero():
		ga = r.GATimestamp
	case r.baseline != nil && !r.baseline.GAStart.IsZero():
		ga = r.baseline.GAStart
	}
	if w.Start.IsZero() && !ga.IsZero() {
		w.Start, w.End = ga, schema.At(ga.Add(time.Duration(r.Days+1)*day))
	}
	if !r.Since.IsZero() {
		w.Start = r.Since
	}
	if !r.Until.IsZero() {
		w.End = r.Until
	}
	if w.End.IsZero() || w.End.After(r.now) {
		w.Partial = !w.End.IsZero()
		w.End = schema.At(r.now)
	}
	if w.Start.IsZero() {
		w.End = schema.At(w.End.Truncate(step))
		w.Start = schema.At(w.End.Add(-day))
	}
	w.End = schema.At(w.Start.Add(w.End.Sub(w.Start.Time).Truncate(step)))
	session.Settings.GAStart = ga
	return w
}

// addWindow joins the window of a further capture.
func (r *run) addWindow(w schema.Window) {
	if r.window == nil {
		r.window = &w
		return
	}
	if w.Start.Before(r.window.Start.Time) {
		r.window.Start = w.Start
	}
	if w.End.After(r.window.End.Time) {
		r.window.End, r.window.Partial = w.End, w.Partial
	}
}

// addQuality joins what was seen of a further capture.
func (r *run) addQuality(q *schema.DataQuality) {
	r.quality.ExpectedSamples += q.ExpectedSamples
	r.quality.ActualSamples += q.ActualSamples
	r.quality.Gaps = append(r.quality.Gaps, q.Gaps...)
	r.quality.Warnings = append(r.quality.Warnings, q.Warnings...)
	if r.quality.ExpectedSamples > 0 {
		r.quality.CoveragePercent = schema.Num(100 * float64(r.quality.ActualSamples) / float64(r.quality.ExpectedSamples))
	}
}
