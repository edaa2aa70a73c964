package prom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
	"github.com/veleron-dev/tars/lib/prom"
	"github.com/veleron-dev/tars/lib/schema"
)

var at = time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)

func query(expr string) prom.Query {
	return prom.Query{KPI: "p99", Expr: expr, Start: at, End: at.Add(time.Hour), Step: 5 * time.Minute}
}

func client(t *testing.T, o prom.Options) *prom.Client {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	c, err := prom.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFailuresSayWhatWhereWhy asks servers that fail in every way a server
// fails; each must give one line with what, where, why and what to do.
func TestFailuresSayWhatWhereWhy(t *testing.T) {
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const js = "application/json"
	for _, tc := range []struct {
		what    string
		handler http.HandlerFunc
		want    []string
	}{
		{"PromQL it rejects", answer(400, js, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unexpected end of input"}`),
			[]string{"it rejects the query", "1:5: parse error: unexpected end of input (bad_data)"}},
		{"a query it cannot execute", answer(422, js, `{"status":"error","errorType":"execution","error":"many-to-many matching not allowed"}`),
			[]string{"it rejects the query", "many-to-many matching not allowed (execution)"}},
		{"401", answer(401, "text/plain", "Unauthorized"), []string{"401 Unauthorized", "credentials; set them in --http-config-file"}},
		{"403", answer(403, "text/html", "<html>no"), []string{"403 Forbidden", "credentials"}},
		{"404", answer(404, "text/plain", "404 page not found"), []string{"404 Not Found", "path prefix"}},
		{"503", answer(503, js, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`),
			[]string{"503 Service Unavailable", "query timed out in expression evaluation (timeout)"}},
		{"500", answer(500, "text/plain", "boom\nbang"), []string{`500 Internal Server Error: "boom bang"`}},
		{"HTML with status 200", answer(200, "text/html; charset=utf-8", "<html><title>Sign in</title>"), []string{"answers text/html, not JSON", "Sign in"}},
		{"HTML called JSON", answer(200, js, "<html>"), []string{"not an answer of the Prometheus API"}},
		{"JSON of something else", answer(200, js, `{"hello":"world"}`), []string{`not an answer of the Prometheus API: its status is ""`}},
		{"a vector", answer(200, js, `{"status":"success","data":{"resultType":"vector","result":[]}}`), []string{`the result is a "vector", want a matrix`}},
		{"an answer cut off", answer(200, js, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"`), []string{"the answer is cut off"}},
		{"an answer that takes too long", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		}, []string{"no answer within 100ms (0 retries)", "--query-timeout"}},
	} {
		t.Run(tc.what, func(t *testing.T) {
			s := httptest.NewServer(tc.handler)
			defer s.Close()
			o := prom.Options{URL: strings.Replace(s.URL, "http://", "http://user:secret@", 1), Timeout: 5 * time.Second}
			if strings.Contains(tc.what, "too long") {
				o.Timeout = 100 * time.Millisecond
			}
			_, err := client(t, o).Range(t.Context(), query("up"))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tc.want, "asking http://user:xxxxx@127.0.0.1", " for p99: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q tells the password or has several lines", err)
			}
		})
	}
}

func TestUnreachableServers(t *testing.T) {
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer tlsServer.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	gone := plain.URL
	for _, tc := range []struct{ what, url, want string }{
		{"nobody listens", "", "connection refused; is it running"},
		{"no such host", "http://prometheus.invalid:9090", "check --prometheus-url"},
		{"a certificate nobody knows", tlsServer.URL, "TLS failed"},
		{"http where https was said", strings.Replace(gone, "http:", "https:", 1), "change the URL's scheme"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			url := tc.url
			if url == "" {
				dead := httptest.NewServer(http.NotFoundHandler())
				url = dead.URL
				dead.Close()
			}
			_, err := client(t, prom.Options{URL: url}).Range(t.Context(), query("up"))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v lacks %q", err, tc.want)
			}
		})
	}
	plain.Close()
	for _, url := range []string{"prometheus:9090", "", "ftp://x", "http://"} {
		if _, err := prom.NewClient(prom.Options{URL: url}); err == nil {
			t.Errorf("%q was taken for a URL", url)
		}
	}
}

const empty = `{"status":"success","data":{"resultType":"matrix","result":[]}}`

func TestRetries(t *testing.T) {
	for _, tc := range []struct {
		what           string
		status, fails  int
		retries, tries int
		ok             bool
	}{
		{"it passes", 503, 1, 3, 2, true},
		{"it does not pass", 502, 9, 1, 2, false},
		{"too many requests", 429, 1, 1, 2, true},
		{"a wrong query stays wrong", 400, 1, 3, 1, false},
		{"an error of the server is not repeated", 500, 1, 3, 1, false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			var tries atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if int(tries.Add(1)) <= tc.fails {
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(tc.status)
					return
				}
				_, _ = io.WriteString(w, empty)
			}))
			defer s.Close()
			_, err := client(t, prom.Options{URL: s.URL, Retries: tc.retries}).Range(t.Context(), query("up"))
			if (err == nil) != tc.ok || int(tries.Load()) != tc.tries {
				t.Errorf("%d tries, %v; want %d tries, success %t", tries.Load(), err, tc.tries, tc.ok)
			}
		})
	}
}

func TestHTTPConfigAndPathPrefix(t *testing.T) {
	var path, auth, agent string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, auth, agent = r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("User-Agent")
		if r.FormValue("query") == "" {
			http.Error(w, "no query", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, empty)
	}))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "http.yml")
	if err := os.WriteFile(file, []byte("authorization:\n  credentials: s3cr3t\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, prom.Options{URL: s.URL + "/prefix/", HTTPConfigFile: file, UserAgent: "tars-test"})
	for _, expr := range []string{"up", strings.Repeat("up or ", 1000) + "up"} { // by GET, and by POST
		if _, err := c.Range(t.Context(), query(expr)); err != nil {
			t.Fatal(err)
		}
		if path != "/prefix/api/v1/query_range" || auth != "Bearer s3cr3t" || agent != "tars-test" {
			t.Errorf("asked %q with %q as %q", path, auth, agent)
		}
	}
	if _, err := prom.NewClient(prom.Options{URL: s.URL, HTTPConfigFile: file + "x"}); err == nil || !strings.Contains(err.Error(), "--http-config-file") {
		t.Errorf("a missing configuration gives %v", err)
	}
}

// TestLongWindowsAreSplit asks a real Prometheus, which refuses more than
// 11,000 points, for 21,599 of them.
func TestLongWindowsAreSplit(t *testing.T) {
	s := server.Start(t, week.History())
	c := client(t, prom.Options{URL: s.URL})
	q := prom.Query{KPI: "time", Expr: "vector(time())", Start: week.Start, End: week.Start.Add(21598 * time.Minute), Step: time.Minute}
	answer, err := c.Range(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Series) != 1 || len(answer.Series[0].Values) != 21599 {
		t.Fatalf("%d series, the first of %d points; want 1 of 21599", len(answer.Series), len(answer.Series[0].Values))
	}
	for i, p := range answer.Series[0].Values {
		if want := week.Start.Add(time.Duration(i) * time.Minute); !p.Time().Equal(want) || p.Value != float64(want.Unix()) {
			t.Fatalf("point %d is %v at %v, want %v", i, p.Value, p.Time(), want)
		}
	}
	_, err = c.Range(t.Context(), prom.Query{KPI: "broken", Expr: "sum(", Start: week.GA, End: week.GA, Step: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "it rejects the query") || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("a broken query gives %v", err)
	}
}

func TestRecordAndReplay(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"matrix","result":[{"metric":{"q":%q},"values":[[1763424000,"NaN"],[1763424300,"2.5"]]}]}}`, r.FormValue("query"))
	}))
	defer s.Close()
	record := func(concurrency int) ([]prom.Answer, []schema.CapturedQuery) {
		r := prom.NewRecorder(client(t, prom.Options{URL: s.URL}))
		done := atomic.Int32{}
		answers, err := prom.RangeAll(t.Context(), r, []prom.Query{query("b"), query("a"), query("c"), query("a")}, concurrency, func() { done.Add(1) })
		if err != nil {
			t.Fatal(err)
		}
		if done.Load() != 4 {
			t.Errorf("told of %d queries, want 4", done.Load())
		}
		return answers, r.Queries()
	}
	answers, one := record(1)
	_, many := record(4)
	a, _ := json.Marshal(one)
	b, _ := json.Marshal(many)
	if diff := cmp.Diff(string(a), string(b)); diff != "" || len(one) != 3 {
		t.Errorf("%d captured; the order depends on the concurrency:\n%s", len(one), diff)
	}
	if diff := cmp.Diff([]string{"i", "w"}, answers[0].Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	replay := prom.NewReplay(&schema.Capture{Queries: one})
	again, err := replay.Range(t.Context(), query("b"))
	if err != nil {
		t.Fatal(err)
	}
	if v := again.Series[0].Values; !math.IsNaN(v[0].Value) || v[1].Value != 2.5 {
		t.Errorf("replayed %v", v)
	}
	if _, err := replay.Range(t.Context(), query("d")); err == nil || !strings.Contains(err.Error(), "it has no answer for p99") {
		t.Errorf("a query nobody asked gives %v", err)
	}
}

func TestInterruptionIsNoTimeout(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	_, err := client(t, prom.Options{URL: s.URL, Retries: 3}).Range(ctx, query("up"))
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("got %v", err)
	}
}
