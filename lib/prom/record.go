package prom

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/veleron-dev/tars/lib/schema"
)

// Recorder passes queries on to another source and remembers the answers for a
// capture.
//
// A question that is asked again is passed on again, but answered as the first
// time, since a replay can give but one answer, and shall give the same.
type Recorder struct {
	src Source

	mu      sync.Mutex
	answers map[question]schema.CapturedQuery
}

// NewRecorder returns a Recorder of src that has recorded nothing yet.
func NewRecorder(src Source) *Recorder {
	return &Recorder{src: src, answers: map[question]schema.CapturedQuery{}}
}

// Range answers as the source does. Errors are not recorded.
func (r *Recorder) Range(ctx context.Context, q Query) (Answer, error) {
	answer, err := r.src.Range(ctx, q)
	if err != nil {
		return Answer{}, err
	}
	key := ask(q)
	r.mu.Lock()
	defer r.mu.Unlock()
	captured, again := r.answers[key]
	if !again {
		captured = schema.CapturedQuery{
			KPI: q.KPI, Query: q.Expr, Start: schema.At(q.Start), End: schema.At(q.End),
			StepSeconds: q.Step.Seconds(), Result: answer.Series, Warnings: answer.Warnings,
		}
		if captured.Result == nil {
			captured.Result = []schema.MatrixSeries{} // [] in JSON, not null
		}
		r.answers[key] = captured
	}
	return Answer{Query: q, Series: captured.Result, Warnings: captured.Warnings}, nil
}

// Queries returns what was asked and answered, sorted by KPI, time and query:
// the same questions give the same list, whichever answer came first.
func (r *Recorder) Queries() []schema.CapturedQuery {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(r.answers), question.compare)
	queries := make([]schema.CapturedQuery, len(keys))
	for i, key := range keys {
		queries[i] = r.answers[key]
	}
	return queries
}

// question is what tells one captured query from another. Times are in Unix
// milliseconds and the step in milliseconds, as precise as servers are.
type question struct {
	kpi, expr        string
	start, end, step int64
}

func ask(q Query) question {
	return question{q.KPI, q.Expr, q.Start.UnixMilli(), q.End.UnixMilli(), q.Step.Milliseconds()}
}

func (a question) compare(b question) int {
	return cmp.Or(
		cmp.Compare(a.kpi, b.kpi), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end),
		cmp.Compare(a.step, b.step), cmp.Compare(a.expr, b.expr),
	)
}
