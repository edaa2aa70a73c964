package main

import (
	"context"
	"errors"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/tool"
)

// How the watch reads.
const (
	// settle is how old a step is before it is read, so that the scrapes that
	// belong to it have arrived.
	settle = 30 * time.Second
	// overlap steps are read again each time, for samples that come late.
	overlap = 3
	// stretch is the most that is read at once when there is much to catch up
	// with.
	stretch = 6 * time.Hour
	// mostStretch bounds what is read across a hole in the source.
	mostStretch = 14 * day
)

// watcher polls a source.
type watcher struct {
	*run
	reader  *kpiReader
	journal *journal
	stream  *stream
	board   *board
	start   time.Time
	cursor  time.Time
	reach   time.Duration // how much to read at once
}

// watch polls the source until the context ends.
func (r *run) watch(ctx context.Context) error {
	w, err := r.newWatcher()
	if err != nil {
		return err
	}
	stop, err := w.board.serve(r.Listen, r.streams.Now, r.streams.Log)
	if err != nil {
		return err
	}
	defer stop()
	for {
		caughtUp, err := w.poll(ctx)
		switch {
		case ctx.Err() != nil:
			return nil // asked to stop: what was read last is read again next time
		case isFatal(err):
			return err
		case errors.Is(err, errUntil):
			return nil
		case err != nil:
			w.board.failed()
			r.streams.Log.Error("polling failed; trying again", "error", err, "in", w.pause())
		}
		if err == nil && !caughtUp {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(w.pause()):
		}
	}
}

// outputError is an error of writing, which trying again does not mend.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// errUntil ends a watch that has come to --until.
var errUntil = errors.New("the end asked for")

func isFatal(err error) bool {
	var out outputError
	return errors.As(err, &out)
}

func (w *watcher) pause() time.Duration {
	if w.Interval.Set() && w.Interval.Duration > 0 {
		return w.Interval.Duration
	}
	return w.reader.step
}

func (r *run) newWatcher() (*watcher, error) {
	session, err := r.Open(name, nil)
	if err != nil {
		return nil, err
	}
	client, err := r.Client(name)
	if err != nil {
		return nil, err
	}
	r.knowKPIs(session.Catalogue)
	r.d.onward = true
	w := &watcher{
		run: r, board: newBoard(r.release), reach: stretch,
		reader: &kpiReader{
			src: client, catalogue: session.Catalogue, step: session.Step(),
			selector: session.Settings.Selector, services: session.Settings.Services, concurrency: r.Concurrency,
		},
	}
	if w.start, err = w.begin(); err != nil {
		return nil, err
	}
	w.cursor = w.start
	if w.journal, err = openJournal(r.streams.Out, r.Output.Output, r.State); err != nil {
		return nil, err
	}
	w.stream = newStream(&w.journal.pending, r.What)
	if r.What == emitScores {
		r.d.point = w.stream.lines.score
	}
	r.d.event = r.kept.add
	return w, w.resume()
}

// begin is where a watch without a checkpoint begins: --since, else the GA
// time, else a day ago.
func (w *watcher) begin() (time.Time, error) {
	now := w.Clock(w.streams)
	start := now.Add(-day)
	switch {
	case !w.Since.IsZero():
		start = w.Since.Time
	case !w.GATimestamp.IsZero():
		start = w.GATimestamp.Time
	case w.baseline != nil && !w.baseline.GAStart.IsZero():
		start = w.baseline.GAStart.Time
	default:
		start = start.Truncate(w.reader.step)
	}
	if start.After(now) {
		return start, tool.Usagef("choosing where to begin: %s is in the future", start.Format(time.RFC3339))
	}
	w.d.since, w.d.until = 0, 0 // what is read is bounded
	return start, nil
}

// resume goes on from the checkpoint, or writes the first one.
func (w *watcher) resume() error {
	if w.State == "" {
		return nil
	}
	c, err := readCheckpoint(w.State, *settingsOf(w.d.settings))
	if err != nil {
		return err
	}
	if c == nil {
		return w.commit()
	}
	if err := w.d.load(c, w.stream.groups); err != nil {
		return err
	}
	w.start, w.cursor = time.UnixMilli(c.Start).UTC(), time.UnixMilli(c.Cursor).UTC()
	w.reader.kpiChoices = c.kpiChoices
	return w.journal.resume(c.Output)
}

// poll reads the steps that have passed since the last time and tells what
// they show. It reports whether there is nothing more to read now.
func (w *watcher) poll(ctx context.Context) (caughtUp bool, err error) {
	w.board.begun(w.streams.Now())
	now := w.Clock(w.streams).Add(-settle)
	if !w.Until.IsZero() && now.After(w.Until.Time) {
		now = w.Until.Time
	}
	to := w.start.Add(now.Sub(w.start).Truncate(w.reader.step))
	if w.over() {
		return true, errUntil
	}
	if !to.After(w.cursor) {
		return true, nil // nothing new, or the clock was set back
	}
	last := to
	if most := w.cursor.Add(w.reach.Truncate(w.reader.step)); w.reach >= w.reader.step && last.After(most) {
		last = most
	}
	first := w.cursor.Add(-(overlap - 1) * w.reader.step)
	if first.Before(w.start.Add(w.reader.step)) {
		first = w.start.Add(w.reader.step)
	}
	series, err := w.reader.read(ctx, first, last)
	if err != nil {
		return false, err
	}
	newest := w.feed(series)
	switch {
	case newest.After(w.cursor):
		// Only as far as there is data: a step that is empty now may be filled
		// when the source is back, or was a hole that later data closes.
		w.cursor = newest
		w.reach = stretch
	case last.Before(to) && w.reach < mostStretch:
		w.reach *= 2 // a hole: look further
		return false, nil
	default:
		if len(series) == 0 {
			w.streams.Log.Warn("no series answered", "from", first, "to", last)
		}
		w.board.done(w.streams.Now(), w.cursor, len(w.d.series), w.d.late)
		return true, nil
	}
	if err := w.tell(); err != nil {
		return false, err
	}
	w.board.done(w.streams.Now(), w.cursor, len(w.d.series), w.d.late)
	return !last.Before(to) && !w.over(), nil
}

// over reports whether the watch has come to --until.
func (w *watcher) over() bool {
	return !w.Until.IsZero() && w.cursor.Add(w.reader.step).After(w.Until.Time)
}

// feed runs the samples through the detection and returns the time of the
// newest.
func (w *watcher) feed(series []kpiSeries) (newest time.Time) {
	for _, s := range series {
		t := w.d.track(s.metric, s.labels)
		for _, p := range s.points {
			if p.Value == p.Value { //nolint:gocritic // not NaN
				if at := p.Time(); at.After(newest) {
					newest = at
				}
			}
			w.d.push(t, p.Millis, p.Value)
		}
	}
	return newest
}

// tell writes what was found, in order, with the checkpoint that belongs to it.
func (w *watcher) tell() error {
	end := w.d.cycle()
	w.kept.each(func(r *detect.Record) {
		w.stream.take(r, w.What == emitEvents)
		if r.Event {
			w.board.event(r)
		}
	})
	w.kept = records{d: w.d}
	w.d.event = w.kept.add
	w.d.forget(end, w.stream.groups)
	w.board.open(len(w.stream.groups.Open()))
	return w.commit()
}

func (w *watcher) commit() error {
	if err := w.stream.lines.flush(); err != nil {
		return outputError{err}
	}
	err := w.journal.commit(func(size int64) any {
		c := w.d.save(w.stream.groups)
		c.Output, c.Start, c.Cursor, c.kpiChoices = size, w.start.UnixMilli(), w.cursor.UnixMilli(), w.reader.kpiChoices
		return c
	})
	if err != nil {
		return outputError{err}
	}
	return nil
}
