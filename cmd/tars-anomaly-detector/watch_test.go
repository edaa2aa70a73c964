package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/kpi"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// world is a source with one KPI and a clock, both in the hands of the test.
type world struct {
	now time.Time
	// away says when the source does not answer, empty when it has no data.
	away, empty func(now, at time.Time) bool
	// names are the values of the label service at a time.
	names func(at time.Time) []string
}

var dawn = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

// value has a fault of 20 minutes every 7 hours.
func value(at time.Time) float64 {
	minutes := int(at.Sub(dawn).Minutes())
	v := 100 + float64(minutes/5%3)
	if minutes%420 >= 400 {
		v += 40
	}
	return v
}

func (w *world) Range(_ context.Context, q prom.Query) (prom.Answer, error) {
	if w.away != nil && w.away(w.now, q.End) {
		return prom.Answer{}, errors.New("connection refused")
	}
	answer := prom.Answer{Query: q}
	labelled := strings.Contains(q.Expr, "service")
	names := []string{""}
	if labelled {
		names = nil
		seen := map[string]bool{}
		for at := q.Start; !at.After(q.End); at = at.Add(q.Step) {
			for _, name := range w.names(at) {
				if !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	for _, name := range names {
		s := schema.MatrixSeries{Metric: map[string]string{}}
		if name != "" {
			s.Metric["service"] = name
		}
		for at := q.Start; !at.After(q.End) && !at.After(w.now); at = at.Add(q.Step) {
			if w.empty != nil && w.empty(w.now, at) {
				continue
			}
			if name == "" || strings.Contains(strings.Join(w.names(at), " "), name) {
				s.Values = append(s.Values, schema.SamplePair{Millis: at.UnixMilli(), Value: value(at)})
			}
		}
		if s.Values != nil {
			answer.Series = append(answer.Series, s)
		}
	}
	return answer, nil
}

// newTestWatcher is a watch of the world that writes to out.
func newTestWatcher(t *testing.T, w *world, out *bytes.Buffer) *watcher {
	t.Helper()
	catalogue, err := kpi.Parse("test", []byte(`name: test
discovery: {query: "count by ($by) (load{$selector})", labels: [service]}
kpis:
  - key: load
    name: load
    unit: count
    category: traffic
    direction: neutral
    queries: [{series: "sum by ($by) (load{$selector})"}]
`))
	if err != nil {
		t.Fatal(err)
	}
	settings := detect.DefaultSettings(detect.MethodEWMA)
	r := &run{
		command: &command{What: emitEvents},
		streams: &tool.Streams{Out: out, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)},
		d:       newDetection(&settings),
	}
	r.kept.d = r.d
	r.d.event, r.d.onward = r.kept.add, true
	journal, err := openJournal(out, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return &watcher{
		run: r, board: newBoard(""), reach: stretch, start: dawn, cursor: dawn, journal: journal,
		stream: newStream(&journal.pending, emitEvents),
		reader: &kpiReader{src: w, catalogue: catalogue, step: 5 * time.Minute, concurrency: 1},
	}
}

// live turns the clock on in steps of a minute and polls, and returns what was
// told.
func live(t *testing.T, w *world, days int) (string, *watcher) {
	t.Helper()
	var out bytes.Buffer
	watch := newTestWatcher(t, w, &out)
	for minute := range days * 24 * 60 {
		w.now = dawn.Add(time.Duration(minute) * time.Minute)
		for range 20 {
			caughtUp, err := watch.poll(t.Context())
			if isFatal(err) {
				t.Fatal(err)
			}
			if err != nil || caughtUp {
				break
			}
		}
	}
	return out.String(), watch
}

func always(time.Time) []string { return []string{"api", "web"} }

// TestWatchSurvives: whatever happens to the source and the clock, the same
// events are told as if nothing had happened.
func TestWatchSurvives(t *testing.T) {
	want, _ := live(t, &world{names: always}, 3)
	if strings.Count(want, "\n") < 50 {
		t.Fatalf("a quiet world has events:\n%s", want)
	}
	between := func(now time.Time, from, to time.Duration) bool {
		return !now.Before(dawn.Add(from)) && now.Before(dawn.Add(to))
	}
	for name, w := range map[string]*world{
		"the source goes away for hours": {names: always, away: func(now, _ time.Time) bool { return between(now, 20*time.Hour, 30*time.Hour) }},
		"the source flaps":               {names: always, away: func(now, _ time.Time) bool { return now.Minute()%7 < 5 }},
		"the data come late":             {names: always, empty: func(now, at time.Time) bool { return now.Sub(at) < 20*time.Minute }},
		"a hole is filled later": {names: always, empty: func(now, at time.Time) bool {
			return between(at, 20*time.Hour, 30*time.Hour) && between(now, 0, 30*time.Hour)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := live(t, w, 3)
			// What is not known yet at the end is not told yet.
			whole := strings.Split(want, "\n")
			told := strings.Split(got, "\n")
			if len(told) > len(whole) || len(told) < len(whole)-9 {
				t.Fatalf("%d lines, want %d", len(told), len(whole))
			}
			if diff := cmp.Diff(whole[:len(told)-1], told[:len(told)-1]); diff != "" {
				t.Errorf("(-undisturbed +%s):\n%s", name, diff)
			}
		})
	}
}

// TestWatchHole: a hole in the source that is never filled is read across, and
// is no anomaly.
func TestWatchHole(t *testing.T) {
	hole := func(_, at time.Time) bool {
		return at.After(dawn.Add(20*time.Hour)) && at.Before(dawn.Add(44*time.Hour))
	}
	got, watch := live(t, &world{names: always, empty: hole}, 3)
	if strings.Contains(got, "silence") {
		t.Errorf("a hole in everything is told as silence:\n%s", got)
	}
	if lag := dawn.Add(72 * time.Hour).Sub(watch.cursor); lag > 10*time.Minute {
		t.Errorf("the watch stands %s behind", lag)
	}
}

// TestWatchSilence: one service that falls silent is told once.
func TestWatchSilence(t *testing.T) {
	silent := func(at time.Time) []string {
		if at.After(dawn.Add(20*time.Hour)) && at.Before(dawn.Add(23*time.Hour)) {
			return []string{"web"}
		}
		return always(at)
	}
	got, _ := live(t, &world{names: silent}, 2)
	if n := strings.Count(got, `"reason":"silence`); n != 1 {
		t.Errorf("%d silences are told, want 1:\n%s", n, got)
	}
}

// TestWatchForgets: services that come and go grow no memory.
func TestWatchForgets(t *testing.T) {
	churn := func(at time.Time) []string { return []string{"web", "pod-" + at.Truncate(6*time.Hour).Format("0215")} }
	_, watch := live(t, &world{names: churn}, 14)
	// Each lives six hours and is remembered for two days.
	if n := len(watch.d.series); n > 14 {
		t.Errorf("%d series are remembered", n)
	}
	if n := len(watch.d.byName); n != len(watch.d.series) {
		t.Errorf("%d names for %d series", n, len(watch.d.series))
	}
}
