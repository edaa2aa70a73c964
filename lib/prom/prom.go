// Package prom reads metrics over the Prometheus HTTP API: range queries of any
// length, split where a server refuses so many points and joined again. The
// answers can be recorded into a capture and replayed from it, so everything
// above this package works without a server.
package prom

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/veleron-dev/tars/lib/schema"
)

// Query is one range query.
type Query struct {
	// KPI is the catalogue key it serves, for errors and captures.
	KPI string
	// Expr is the PromQL.
	Expr string
	// Start and End are the first and the last evaluation time, both
	// inclusive; End - Start is a multiple of Step.
	Start, End time.Time
	Step       time.Duration
}

// Answer is what a source says to a query.
type Answer struct {
	Query Query
	// Series are sorted by their labels; empty when none answered.
	Series []schema.MatrixSeries
	// Warnings are the source's own doubts, sorted.
	Warnings []string
}

// Source answers range queries: a Client, a Replay, or a Recorder of either.
type Source interface {
	Range(ctx context.Context, q Query) (Answer, error)
}

// RangeAll asks all queries, at most concurrency at once, and returns the
// answers in the order of the queries. The first error ends it. done, when set,
// is called after each query, from several goroutines.
func RangeAll(ctx context.Context, src Source, queries []Query, concurrency int, done func()) ([]Answer, error) {
	answers := make([]Answer, len(queries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, concurrency))
	for i, q := range queries {
		group.Go(func() error {
			answer, err := src.Range(ctx, q)
			if err != nil {
				return err
			}
			answers[i] = answer
			if done != nil {
				done()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return answers, nil
}

// Recorder passes queries on to another source and remembers the answers.
type Recorder struct {
	src     Source
	mu      sync.Mutex
	queries []schema.CapturedQuery
}

// NewRecorder returns a Recorder of src.
func NewRecorder(src Source) *Recorder { return &Recorder{src: src} }

// Range answers as the source does.
func (r *Recorder) Range(ctx context.Context, q Query) (Answer, error) {
	answer, err := r.src.Range(ctx, q)
	if err != nil {
		return answer, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queries = append(r.queries, schema.CapturedQuery{
		KPI: q.KPI, Query: q.Expr, Start: schema.At(q.Start), End: schema.At(q.End),
		StepSeconds: q.Step.Seconds(), Result: answer.Series, Warnings: answer.Warnings,
	})
	return answer, nil
}

// Queries returns what was asked and answered, by KPI, time and query, so that
// the order does not depend on which answer came first.
func (r *Recorder) Queries() []schema.CapturedQuery {
	r.mu.Lock()
	defer r.mu.Unlock()
	sorted := slices.Clone(r.queries)
	slices.SortFunc(sorted, func(a, b schema.CapturedQuery) int {
		return cmp.Or(cmp.Compare(a.KPI, b.KPI), a.Start.Compare(b.Start.Time), a.End.Compare(b.End.Time), cmp.Compare(a.Query, b.Query))
	})
	return slices.CompactFunc(sorted, func(a, b schema.CapturedQuery) bool { return keyOf(a) == keyOf(b) })
}

// Replay answers from captures.
type Replay struct {
	answers map[replayKey]schema.CapturedQuery
}

type replayKey struct {
	kpi, query string
	start, end int64
	step       float64
}

func keyOf(q schema.CapturedQuery) replayKey {
	return replayKey{q.KPI, q.Query, q.Start.UnixMilli(), q.End.UnixMilli(), q.StepSeconds}
}

// NewReplay returns a source that answers what the captures hold.
func NewReplay(captures ...*schema.Capture) *Replay {
	r := &Replay{answers: map[replayKey]schema.CapturedQuery{}}
	for _, c := range captures {
		for _, q := range c.Queries {
			r.answers[keyOf(q)] = q
		}
	}
	return r
}

// Range answers from the captures. A query they do not hold is an error.
func (r *Replay) Range(_ context.Context, q Query) (Answer, error) {
	found, ok := r.answers[replayKey{q.KPI, q.Expr, q.Start.UnixMilli(), q.End.UnixMilli(), q.Step.Seconds()}]
	if !ok {
		return Answer{}, fmt.Errorf("replaying the capture: it has no answer for %s from %s to %s every %s (%s); it was made with another window, selector or catalogue",
			q.KPI, q.Start.UTC().Format(time.RFC3339), q.End.UTC().Format(time.RFC3339), q.Step, q.Expr)
	}
	return Answer{Query: q, Series: found.Result, Warnings: found.Warnings}, nil
}

// labelKey is a text that two series share exactly when their labels are the
// same; it sorts like the labels.
func labelKey(labels map[string]string) string {
	var key []byte
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		key = append(key, name...)
		key = append(key, 0xff) // no valid UTF-8 has it
		key = append(key, labels[name]...)
		key = append(key, 0xff)
	}
	return string(key)
}
