package prom

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/veleron-dev/tars/lib/schema"
)

// Query is one range query: an expression evaluated at Start, Start+Step, and
// so on up to End.
type Query struct {
	// KPI is the catalogue key it serves, for messages and captures.
	KPI string
	// Expr is the PromQL.
	Expr string
	// Start and End are the first and the last evaluation time, both
	// inclusive. The same time twice asks for one moment. An End between two
	// steps stands for the step before it.
	Start, End time.Time
	// Step is a positive number of whole milliseconds, which is what servers
	// reckon in.
	Step time.Duration
}

// Answer is what a source says to a query. It may be shared with a Recorder or
// a Replay: change a copy only.
type Answer struct {
	Query Query
	// Series are sorted by their labels; empty when none answered. Samples lie
	// on the query's steps, in ascending order, and may be NaN or infinite.
	Series []schema.MatrixSeries
	// Warnings are the source's own doubts, warnings and infos, sorted, each
	// once.
	Warnings []string
}

// Source answers range queries: a Client, a Replay, or a Recorder of either. It
// may be asked from several goroutines at once.
type Source interface {
	Range(ctx context.Context, q Query) (Answer, error)
}

// RangeAll asks all queries, at most concurrency at once (at least one), and
// returns the answers in the order of the queries.
//
// The first error ends the queries under way and is returned; when several
// fail together, it is that of the query that stands first. done, if it is not
// nil, is called after each answer, from several goroutines.
func RangeAll(ctx context.Context, src Source, queries []Query, concurrency int, done func()) ([]Answer, error) {
	answers := make([]Answer, len(queries))
	failures := make([]error, len(queries))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, concurrency))
	for i, q := range queries {
		group.Go(func() error {
			if err := inner.Err(); err != nil {
				return err // another query failed while this one waited
			}
			answers[i], failures[i] = src.Range(inner, q)
			if failures[i] == nil && done != nil {
				done()
			}
			return failures[i]
		})
	}
	err := group.Wait()
	if err == nil {
		return answers, nil
	}
	for _, failure := range failures {
		if failure != nil && !errors.Is(failure, context.Canceled) {
			return nil, failure
		}
	}
	return nil, err
}
