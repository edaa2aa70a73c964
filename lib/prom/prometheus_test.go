package prom

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/lib/schema"
)

// minutes is how many one-minute samples the history of the test has.
const minutes = 25_000

// has tells which samples a series of the history has: "steady" all of them,
// "late" those after the first 12,000, "holed" all but a day's.
var has = map[string]func(i int) bool{
	"steady": func(int) bool { return true },
	"late":   func(i int) bool { return i >= 12_000 },
	"holed":  func(i int) bool { return i < 10_500 || i >= 11_940 },
}

// counting is a history in which each sample is its own number.
func counting() server.History {
	return server.History{Name: "prom-counting", Version: "2", Write: func(w io.Writer) error {
		b := bufio.NewWriter(w)
		fmt.Fprintln(b, "# TYPE sample gauge")
		for _, name := range slices.Sorted(maps.Keys(has)) {
			for i := range minutes {
				if has[name](i) {
					fmt.Fprintf(b, "sample{name=%q} %d %d\n", name, i, minute(i).Unix())
				}
			}
		}
		fmt.Fprintln(b, "# EOF")
		return b.Flush()
	}}
}

func minute(i int) time.Time { return epoch.Add(time.Duration(i) * time.Minute) }

func TestPrometheus(t *testing.T) {
	s := server.Start(t, counting())
	c := newTestClient(t, Options{URL: s.URL, Timeout: time.Minute})

	t.Run("splits and joins", func(t *testing.T) {
		for _, points := range []int{1, 11_000, 11_001, 22_001, minutes} {
			got, err := c.Range(t.Context(), Query{
				// Half a step, so that no older sample stands in for a missing one.
				KPI: "a", Expr: "last_over_time(sample[30s])", Start: epoch, End: minute(points - 1), Step: time.Minute,
			})
			if err != nil {
				t.Fatal(err)
			}
			var want []schema.MatrixSeries
			for _, name := range slices.Sorted(maps.Keys(has)) {
				m := schema.MatrixSeries{Metric: map[string]string{"__name__": "sample", "name": name}}
				for i := range points {
					if has[name](i) {
						m.Values = append(m.Values, schema.SamplePair{Millis: minute(i).UnixMilli(), Value: float64(i)})
					}
				}
				if m.Values != nil {
					want = append(want, m)
				}
			}
			if diff := cmp.Diff(want, got.Series); diff != "" {
				t.Errorf("%d points: series (-want +got):\n%.2000s", points, diff)
			}
		}
	})

	t.Run("errors are in its own words", func(t *testing.T) {
		for _, test := range []struct{ expr, want string }{
			{"sum(sample", "unclosed left parenthesis"},
			{"rate(sample)", "expected type range vector in call to function"},
			{"sample * on(job) sample", "matching"},
		} {
			_, err := c.Range(t.Context(), Query{KPI: "a", Expr: test.expr, Start: epoch, End: epoch, Step: time.Minute})
			if !errors.Is(err, ErrRejected) || !strings.Contains(err.Error(), test.want) || !strings.HasSuffix(err.Error(), "the query is: "+test.expr) {
				t.Errorf("%s: got error %v, want one with %q", test.expr, err, test.want)
			}
		}
	})

	t.Run("a wrong path prefix", func(t *testing.T) {
		_, err := newTestClient(t, Options{URL: s.URL + "/wrong"}).Range(t.Context(), anHour)
		want := "asking " + s.URL + "/wrong for availability: 404 Not Found: no Prometheus API at /wrong/api/v1/query_range; does --prometheus-url lack a path prefix, or have a wrong one?"
		if err == nil || err.Error() != want {
			t.Errorf("got error\n\t%v, want\n\t%s", err, want)
		}
	})

	t.Run("no series", func(t *testing.T) {
		answer, err := c.Range(t.Context(), Query{KPI: "a", Expr: "absent_metric", Start: epoch, End: epoch, Step: time.Minute})
		if err != nil || len(answer.Series) != 0 {
			t.Errorf("got %v, error %v", answer.Series, err)
		}
	})

	t.Run("compressed", func(t *testing.T) {
		packed := newTestClient(t, Options{URL: s.URL, Gzip: GzipOn})
		answer, err := packed.Range(t.Context(), Query{KPI: "a", Expr: "sample", Start: epoch, End: epoch.Add(time.Hour), Step: time.Minute})
		if err != nil || len(answer.Series) != 2 {
			t.Errorf("got %d series, error %v", len(answer.Series), err)
		}
	})

	t.Run("stopped", func(t *testing.T) {
		s.Stop()
		_, err := c.Range(t.Context(), anHour)
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), s.URL) {
			t.Errorf("got error %v", err)
		}
	})
}
