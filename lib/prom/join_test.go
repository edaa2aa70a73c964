package prom

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/veleron-dev/tars/lib/schema"
)

// Whatever the window: the parts ask each evaluation time once, in order, and
// no part asks for more than a server gives.
func TestPartsAskEachTimeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := time.Duration(rapid.Int64Range(1, 3600_000).Draw(t, "step")) * time.Millisecond
		steps := rapid.SampledFrom([]int{0, 1, 288, 10_998, 10_999, 11_000, 11_001, 21_999, 22_000, 22_001, 50_000}).Draw(t, "steps")
		over := time.Duration(rapid.Int64Range(0, int64(step)-1).Draw(t, "over"))
		start := epoch.Add(time.Duration(rapid.Int64Range(0, 86_400_000).Draw(t, "start")) * time.Millisecond)
		q := Query{KPI: "a", Expr: "up", Start: start, End: start.Add(time.Duration(steps)*step + over), Step: step}
		at, n := start, 0
		for _, part := range q.parts() {
			if part.End.Sub(part.Start)/step > 10_999 {
				t.Fatalf("a part has %d steps", part.End.Sub(part.Start)/step)
			}
			for ; !at.After(part.End); at = at.Add(step) {
				n++
			}
			if !at.Equal(part.End.Add(step)) {
				t.Fatalf("a part ends at %s, which is on no step", part.End)
			}
		}
		if n != steps+1 {
			t.Fatalf("asked %d times, want %d", n, steps+1)
		}
	})
}

func samples(from int64, step int64, values ...float64) []schema.SamplePair {
	var pairs []schema.SamplePair
	for i, v := range values {
		pairs = append(pairs, schema.SamplePair{Millis: from + int64(i)*step, Value: v})
	}
	return pairs
}

func TestCollect(t *testing.T) {
	start := epoch.UnixMilli()
	q := Query{Expr: "up", Start: epoch, End: epoch.Add(10 * time.Second), Step: 5 * time.Second}
	for _, test := range []struct {
		name     string
		in, want []schema.SamplePair
		err      string
	}{
		{name: "nothing", want: []schema.SamplePair{}},
		{name: "whole", in: samples(start, 5000, 1, math.Inf(1), 3), want: samples(start, 5000, 1, math.Inf(1), 3)},
		{name: "with a gap", in: samples(start, 10000, 1, 3), want: samples(start, 10000, 1, 3)},
		{name: "more than asked", in: samples(start-5000, 5000, 0, 1, 2, 3, 4), want: samples(start, 5000, 1, 2, 3)},
		{
			name: "moved", in: samples(start-2000, 5000, 0, 1, 2, 3),
			err: "it moved the evaluation times: asked for 2025-11-18T00:00:00Z and every 5s after it, a sample is of 2025-11-18T00:00:03Z; switch off aligning queries with their step on the server (Thanos: --no-query-range.align-range-with-step), or give a GA time on a multiple of the step",
		},
		{
			name: "twice", in: samples(start, 0, 1, 1),
			err: `it answers samples out of order: 2025-11-18T00:00:00Z after 2025-11-18T00:00:00Z in series {a="1", b="\""}`,
		},
		{
			name: "backwards", in: samples(start+5000, -5000, 1, 1),
			err: `it answers samples out of order: 2025-11-18T00:00:00Z after 2025-11-18T00:00:05Z in series {a="1", b="\""}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := schema.MatrixSeries{Metric: map[string]string{"b": `"`, "a": "1"}, Values: test.in}
			got, err := q.collect(in)
			if test.err != "" {
				if err == nil || err.Error() != test.err || !errors.Is(err, ErrRejected) {
					t.Errorf("got error\n\t%v, want\n\t%s", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Values); diff != "" {
				t.Errorf("samples (-want +got):\n%s", diff)
			}
			if len(test.in) > 0 && &got.Values[0] == &test.in[0] {
				t.Error("the samples are not copied, and the decoder uses them again")
			}
		})
	}
}

func TestJoin(t *testing.T) {
	series := func(label string, values ...schema.SamplePair) schema.MatrixSeries {
		return schema.MatrixSeries{Metric: map[string]string{"a": label}, Values: values}
	}
	got, err := join([][]schema.MatrixSeries{
		{series("z", samples(0, 1, 1, 2)...), series("b", samples(0, 1, 3)...), series("empty")},
		{},
		{series("a", samples(4, 1, 5)...), series("z", samples(5, 1, 6)...)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.MatrixSeries{
		series("a", samples(4, 1, 5)...),
		series("b", samples(0, 1, 3)...),
		series("z", append(samples(0, 1, 1, 2), samples(5, 1, 6)...)...),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("joined (-want +got):\n%s", diff)
	}
	_, err = join([][]schema.MatrixSeries{{series("b"), series("b")}})
	if err == nil || err.Error() != `it answers the series {a="b"} twice` {
		t.Errorf("the same series twice: got error %v", err)
	}
	// What stands between labels cannot be in them.
	one := labelKey(map[string]string{"a": "1", "b": "2"})
	two := labelKey(map[string]string{"a": "1b2"})
	if one == two {
		t.Error("different labels have the same key")
	}
}

func TestQueryCheck(t *testing.T) {
	for _, test := range []struct {
		name string
		q    Query
		want string
	}{
		{"good", Query{Expr: "up", Start: epoch, End: epoch, Step: time.Millisecond}, ""},
		{"no expression", Query{Expr: " ", Start: epoch, End: epoch, Step: time.Second}, "the query is empty"},
		{"no step", Query{Expr: "up", Start: epoch, End: epoch}, "a step of 0s: want a positive number of whole milliseconds"},
		{"a step too fine", Query{Expr: "up", Start: epoch, End: epoch, Step: time.Microsecond}, "a step of 1µs: want a positive number of whole milliseconds"},
		{"backwards", Query{Expr: "up", Start: epoch, End: epoch.Add(-1), Step: time.Second}, "the end 2025-11-17T23:59:59Z is before the start 2025-11-18T00:00:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := test.q.check(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
