package prom

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// Replay answers from captures what they hold, and nothing else: a query is
// found when its KPI, expression, start, end and step are those captured.
type Replay struct {
	answers map[question]schema.CapturedQuery
	// windows is a question of each KPI and expression, to tell what there is
	// when a window is missing.
	windows map[[2]string]question
}

// NewReplay returns a source that answers what the captures hold. Where two
// hold the same question, the first is believed. The captures are not to be
// changed afterwards.
func NewReplay(captures ...*schema.Capture) *Replay {
	r := &Replay{answers: map[question]schema.CapturedQuery{}, windows: map[[2]string]question{}}
	for _, c := range captures {
		for _, q := range c.Queries {
			key := question{q.KPI, q.Query, q.Start.UnixMilli(), q.End.UnixMilli(), int64(math.Round(q.StepSeconds * 1000))}
			if _, known := r.answers[key]; known {
				continue
			}
			r.answers[key] = q
			if _, known := r.windows[[2]string{q.KPI, q.Query}]; !known {
				r.windows[[2]string{q.KPI, q.Query}] = key
			}
		}
	}
	return r
}

// Range answers from the captures. A query that they do not hold is an error
// that names it: an answer to a similar one would be a made-up value.
func (r *Replay) Range(ctx context.Context, q Query) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	key := ask(q)
	if found, ok := r.answers[key]; ok {
		return Answer{Query: q, Series: found.Result, Warnings: found.Warnings}, nil
	}
	only := ""
	if other, ok := r.windows[[2]string{q.KPI, q.Expr}]; ok {
		only = ", only " + other.window()
	}
	return Answer{}, fmt.Errorf("replaying the capture: it has no answer for %s %s%s (%s); it was made with another window, selector or catalogue",
		q.KPI, key.window(), only, oneLine(q.Expr, quoteLength))
}

// window says when a question is about.
func (a question) window() string {
	return fmt.Sprintf("from %s to %s every %s",
		time.UnixMilli(a.start).UTC().Format(time.RFC3339Nano), time.UnixMilli(a.end).UTC().Format(time.RFC3339Nano),
		time.Duration(a.step)*time.Millisecond)
}
