package prom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

// sourceFunc answers by a function.
type sourceFunc func(ctx context.Context, q Query) (Answer, error)

func (f sourceFunc) Range(ctx context.Context, q Query) (Answer, error) { return f(ctx, q) }

var epoch = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

func numbered(n int) []Query {
	queries := make([]Query, n)
	for i := range queries {
		queries[i] = Query{KPI: fmt.Sprintf("kpi_%02d", i), Expr: "up", Start: epoch, End: epoch.Add(time.Hour), Step: 5 * time.Minute}
	}
	return queries
}

func TestRangeAll(t *testing.T) {
	queries := numbered(20)
	for _, concurrency := range []int{-1, 0, 1, 3, 100} {
		t.Run(fmt.Sprint(concurrency), func(t *testing.T) {
			var done, now, most atomic.Int64
			source := sourceFunc(func(_ context.Context, q Query) (Answer, error) {
				for n := now.Add(1); ; {
					m := most.Load()
					if n <= m || most.CompareAndSwap(m, n) {
						break
					}
				}
				defer now.Add(-1)
				return Answer{Query: q, Warnings: []string{q.KPI}}, nil
			})
			answers, err := RangeAll(t.Context(), source, queries, concurrency, func() { done.Add(1) })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range answers {
				got = append(got, a.Warnings...)
			}
			if !slices.IsSorted(got) || len(got) != len(queries) {
				t.Errorf("the answers are not in the order of the queries: %v", got)
			}
			if done.Load() != 20 {
				t.Errorf("done was called %d times, want 20", done.Load())
			}
			if limit := int64(max(1, concurrency)); most.Load() > limit {
				t.Errorf("%d queries were under way at once, want at most %d", most.Load(), limit)
			}
		})
	}
	t.Run("without queries, without done", func(t *testing.T) {
		answers, err := RangeAll(t.Context(), nil, nil, 4, nil)
		if err != nil || len(answers) != 0 {
			t.Errorf("got %v, error %v", answers, err)
		}
	})
}

func TestRangeAllErrors(t *testing.T) {
	t.Run("the first query's error, though the second failed before it", func(t *testing.T) {
		first, second := make(chan struct{}), make(chan struct{})
		source := sourceFunc(func(_ context.Context, q Query) (Answer, error) {
			if q.KPI == "kpi_01" {
				<-first
				close(second)
			} else {
				close(first)
				<-second
			}
			return Answer{}, errors.New(q.KPI)
		})
		_, err := RangeAll(t.Context(), source, numbered(2), 2, nil)
		if err == nil || err.Error() != "kpi_00" {
			t.Errorf("got error %v", err)
		}
	})
	t.Run("the others are cancelled, and those waiting not asked", func(t *testing.T) {
		var asked atomic.Int64
		first := make(chan struct{})
		source := sourceFunc(func(ctx context.Context, q Query) (Answer, error) {
			asked.Add(1)
			if q.KPI == "kpi_01" {
				<-first
				return Answer{}, errors.New("no")
			}
			close(first)
			<-ctx.Done() // a hang here is a failed test
			return Answer{}, ctx.Err()
		})
		_, err := RangeAll(t.Context(), source, numbered(20), 2, nil)
		if err == nil || err.Error() != "no" {
			t.Errorf("got error %v", err)
		}
		if asked.Load() != 2 {
			t.Errorf("%d queries were asked, want 2", asked.Load())
		}
	})
	t.Run("one query's failure is told once", func(t *testing.T) {
		c, err := NewClient(Options{URL: "http://127.0.0.1:1", Retries: 2})
		if err != nil {
			t.Fatal(err)
		}
		_, err = RangeAll(t.Context(), c, numbered(4), 4, nil)
		if err == nil || strings.Count(err.Error(), "connection refused") != 1 || strings.Contains(err.Error(), "interrupted") {
			t.Errorf("got error %v", err)
		}
	})
	t.Run("cancelled from outside", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		source := sourceFunc(func(ctx context.Context, _ Query) (Answer, error) {
			cancel()
			return Answer{}, ctx.Err()
		})
		if _, err := RangeAll(ctx, source, numbered(3), 1, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v", err)
		}
	})
}

func TestRecordAndReplay(t *testing.T) {
	source := sourceFunc(func(_ context.Context, q Query) (Answer, error) {
		if q.KPI == "kpi_07" {
			return Answer{Query: q}, nil // no series
		}
		return Answer{
			Query: q, Warnings: []string{"about " + q.KPI},
			Series: []schema.MatrixSeries{{Metric: map[string]string{"a": q.KPI}, Values: []schema.SamplePair{{Millis: epoch.UnixMilli(), Value: 1}}}},
		}, nil
	})
	queries := numbered(10)
	for _, q := range numbered(10) { // the same at another window
		q.Start, q.Step = q.Start.Add(-time.Hour), q.Step/2
		queries = append(queries, q)
	}
	var recorded [2][]schema.CapturedQuery
	for i := range recorded {
		slices.Reverse(queries)
		recorder := NewRecorder(source)
		answers, err := RangeAll(t.Context(), recorder, queries, 8, nil)
		if err != nil {
			t.Fatal(err)
		}
		recorded[i] = recorder.Queries()
		replay := NewReplay(&schema.Capture{Queries: recorded[i]})
		again, err := RangeAll(t.Context(), replay, queries, 8, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(answers, again); diff != "" {
			t.Errorf("replayed answers (-recorded +replayed):\n%s", diff)
		}
	}
	if diff := cmp.Diff(recorded[0], recorded[1]); diff != "" {
		t.Errorf("the record depends on the order of asking:\n%s", diff)
	}
	if len(recorded[0]) != 20 {
		t.Errorf("recorded %d queries, want 20", len(recorded[0]))
	}
	for _, q := range recorded[0] {
		if q.Result == nil {
			t.Errorf("%s: the result would be null in JSON, want []", q.KPI)
		}
	}
}

// A live source may answer the same question differently a moment later. The
// run and its replay must not differ for it.
func TestRecorderAnswersAsTheFirstTime(t *testing.T) {
	times := 0
	recorder := NewRecorder(sourceFunc(func(_ context.Context, q Query) (Answer, error) {
		times++
		if times == 3 {
			return Answer{}, errors.New("gone")
		}
		return Answer{Query: q, Warnings: []string{fmt.Sprint(times)}}, nil
	}))
	for range 2 {
		answer, err := recorder.Range(t.Context(), numbered(1)[0])
		if err != nil || !slices.Equal(answer.Warnings, []string{"1"}) {
			t.Errorf("got %v, error %v", answer.Warnings, err)
		}
	}
	if _, err := recorder.Range(t.Context(), numbered(1)[0]); err == nil {
		t.Error("the source's error was not passed on")
	}
	if got := len(recorder.Queries()); got != 1 {
		t.Errorf("recorded %d queries, want 1", got)
	}
}

func TestReplayLacks(t *testing.T) {
	captured := schema.CapturedQuery{
		KPI: "p99", Query: "histogram_quantile(0.99, x)", Start: schema.At(epoch), End: schema.At(epoch.Add(time.Hour)), StepSeconds: 300,
		Result: []schema.MatrixSeries{},
	}
	other := captured
	other.Warnings = []string{"the second"}
	replay := NewReplay(&schema.Capture{Queries: []schema.CapturedQuery{captured}}, &schema.Capture{Queries: []schema.CapturedQuery{other}})
	asked := Query{KPI: "p99", Expr: "histogram_quantile(0.99, x)", Start: epoch, End: epoch.Add(time.Hour), Step: 5 * time.Minute}
	for _, test := range []struct {
		name   string
		change func(*Query)
		want   string
	}{
		{name: "all the same", change: func(*Query) {}},
		{name: "another zone", change: func(q *Query) { q.Start = q.Start.In(time.FixedZone("", 3600)) }},
		{
			name: "another start", change: func(q *Query) { q.Start = q.Start.Add(time.Millisecond) },
			want: "replaying the capture: it has no answer for p99 from 2025-11-18T00:00:00.001Z to 2025-11-18T01:00:00Z every 5m0s, only from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 5m0s (histogram_quantile(0.99, x)); it was made with another window, selector or catalogue",
		},
		{
			name: "another end", change: func(q *Query) { q.End = epoch },
			want: "replaying the capture: it has no answer for p99 from 2025-11-18T00:00:00Z to 2025-11-18T00:00:00Z every 5m0s, only from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 5m0s (histogram_quantile(0.99, x)); it was made with another window, selector or catalogue",
		},
		{
			name: "another step", change: func(q *Query) { q.Step = time.Minute },
			want: "replaying the capture: it has no answer for p99 from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 1m0s, only from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 5m0s (histogram_quantile(0.99, x)); it was made with another window, selector or catalogue",
		},
		{
			name: "another query", change: func(q *Query) { q.Expr = "up\n + 1" },
			want: "replaying the capture: it has no answer for p99 from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 5m0s (up + 1); it was made with another window, selector or catalogue",
		},
		{
			name: "another KPI", change: func(q *Query) { q.KPI = "p95" },
			want: "replaying the capture: it has no answer for p95 from 2025-11-18T00:00:00Z to 2025-11-18T01:00:00Z every 5m0s (histogram_quantile(0.99, x)); it was made with another window, selector or catalogue",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := asked
			test.change(&q)
			answer, err := replay.Range(t.Context(), q)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want == "" && len(answer.Warnings) != 0:
				t.Error("the second capture was believed, not the first")
			case test.want != "" && (err == nil || err.Error() != test.want):
				t.Errorf("got error\n\t%v, want\n\t%s", err, test.want)
			}
		})
	}
}
