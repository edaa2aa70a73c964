package prom

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

// emptyAnswer is an answer without series.
const emptyAnswer = plainBegin + plainEnd

var anHour = Query{KPI: "availability", Expr: "avg(up)", Start: epoch, End: epoch.Add(time.Hour), Step: 5 * time.Minute}

// serve starts a server for a test.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// newTestClient returns a client whose pauses are short.
func newTestClient(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	c.firstPause = time.Millisecond
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body) // the client's error tells
}

func TestNewClientErrors(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"", `reading --prometheus-url: "" is not a URL like http://prometheus:9090`},
		{"prometheus:9090", `reading --prometheus-url: "prometheus:9090" is not a URL like http://prometheus:9090`},
		{"user:secret@prometheus:9090", `reading --prometheus-url: "prometheus:9090" is not a URL like http://prometheus:9090`},
		{"ftp://prometheus", `reading --prometheus-url: "ftp://prometheus" is not a URL like http://prometheus:9090`},
		{"http://", `reading --prometheus-url: "http://" is not a URL like http://prometheus:9090`},
		{"http://user:se%zz@prometheus", `reading --prometheus-url: "http://prometheus" is not a URL like http://prometheus:9090`},
	} {
		if _, err := NewClient(Options{URL: test.url}); err == nil || err.Error() != test.want {
			t.Errorf("%q: got error\n\t%v, want\n\t%s", test.url, err, test.want)
		}
	}
}

func TestClientAsks(t *testing.T) {
	type request struct {
		Method, Path, Agent, Auth string
		Form                      url.Values
	}
	want := request{
		Method: "POST", Path: "/api/v1/query_range", Agent: "tars-ga-kpi",
		Form: url.Values{"query": {"avg(up)"}, "start": {"1763424000"}, "end": {"1763427600"}, "step": {"300"}, "nocache": {"1"}},
	}
	for _, test := range []struct {
		name   string
		url    func(string) string
		q      func(*Query)
		refuse int // the status of answers to POST
		change func(*request)
	}{
		{name: "plainly"},
		{
			name: "under a prefix, with a slash at the end", url: func(u string) string { return u + "/a%2Fb/prom/" },
			change: func(r *request) { r.Path = "/a%2Fb/prom/api/v1/query_range" },
		},
		{
			name: "with parameters", url: func(u string) string { return u + "?tenant=a" },
			change: func(r *request) { r.Form.Set("tenant", "a") },
		},
		{
			name: "as a user", url: func(u string) string { return strings.Replace(u, "//", "//me:p%40ss@", 1) },
			change: func(r *request) { r.Auth = "me p@ss" },
		},
		{
			name: "with fractions of seconds", q: func(q *Query) {
				q.Start, q.Step = q.Start.Add(time.Millisecond), 1500*time.Millisecond
			},
			change: func(r *request) {
				r.Form.Set("start", "1763424000.001")
				r.Form.Set("end", "1763427598.501") // the last step before the end
				r.Form.Set("step", "1.5")
			},
		},
		{name: "by GET after 405", refuse: 405, change: func(r *request) { r.Method = "GET" }},
		{name: "by GET after 403", refuse: 403, change: func(r *request) { r.Method = "GET" }},
		{name: "by GET after 501", refuse: 501, change: func(r *request) { r.Method = "GET" }},
		{
			name: "by GET after a redirect, with parameters", url: func(u string) string { return u + "?tenant=a" }, refuse: 301,
			change: func(r *request) { r.Method = "GET"; r.Path = "/moved"; r.Form.Set("tenant", "a") },
		},
		{name: "by POST after a redirect", refuse: 307, change: func(r *request) { r.Path = "/moved" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got request
			posts := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/moved" && test.refuse/100 == 3 {
					posts++
					http.Redirect(w, r, "/moved?"+r.URL.RawQuery, test.refuse)
					return
				}
				if r.Method == http.MethodPost && test.refuse/100 > 3 {
					posts++
					http.Error(w, "no", test.refuse)
					return
				}
				got = request{Method: r.Method, Path: r.URL.EscapedPath(), Agent: r.UserAgent()}
				if user, password, ok := r.BasicAuth(); ok {
					got.Auth = user + " " + password
				}
				if err := r.ParseForm(); err != nil {
					t.Error(err)
				}
				got.Form = r.Form
				answer(w, emptyAnswer)
			})
			u, q, want := s.URL, anHour, want
			want.Form = url.Values{}
			maps.Copy(want.Form, (url.Values{"query": {"avg(up)"}, "start": {"1763424000"}, "end": {"1763427600"}, "step": {"300"}, "nocache": {"1"}}))
			if test.url != nil {
				u = test.url(u)
			}
			if test.q != nil {
				test.q(&q)
			}
			if test.change != nil {
				test.change(&want)
			}
			c := newTestClient(t, Options{URL: u, UserAgent: "tars-ga-kpi"})
			for range 2 {
				answer, err := c.Range(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(q, answer.Query); diff != "" {
					t.Errorf("the answer is to another query:\n%s", diff)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			}
			// A redirect that keeps the POST is followed each time.
			if want.Method == "GET" && test.refuse > 400 && posts != 1 {
				t.Errorf("posted %d times, want once", posts)
			}
		})
	}
}

// rangeServer answers as a server with a point limit does: at each evaluation
// time its second, for the series that value gives.
func rangeServer(t *testing.T, limit int64, series map[string]func(second int64) bool) (*httptest.Server, *atomic.Int64) {
	var requests atomic.Int64
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		number := func(name string) int64 {
			n, err := strconv.ParseInt(r.FormValue(name), 10, 64)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		start, end, step := number("start"), number("end"), number("step")
		if (end-start)/step >= limit {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}`)
			return
		}
		var result []schema.MatrixSeries
		for name, has := range series {
			m := schema.MatrixSeries{Metric: map[string]string{"name": name}}
			for s := start; s <= end; s += step {
				if has(s) {
					m.Values = append(m.Values, schema.SamplePair{Millis: s * 1000, Value: float64(s)})
				}
			}
			if len(m.Values) > 0 {
				result = append(result, m)
			}
		}
		body, err := json.Marshal(map[string]any{
			"status": "success", "data": map[string]any{"resultType": "matrix", "result": result},
			"warnings": []string{"always"}, "infos": []string{fmt.Sprint("from ", start)},
		})
		if err != nil {
			t.Error(err)
		}
		answer(w, string(body))
	}), &requests
}

func TestClientSplitsAndJoins(t *testing.T) {
	const step = 60
	first := epoch.Unix()
	all := func(int64) bool { return true }
	s, requests := rangeServer(t, maxPoints, map[string]func(int64) bool{
		"all":   all,
		"late":  func(s int64) bool { return s >= first+12_000*step },
		"early": func(s int64) bool { return s < first+9_000*step },
		"holes": func(s int64) bool { return s/step%7 == 0 },
	})
	c := newTestClient(t, Options{URL: s.URL})
	for _, test := range []struct {
		points, requests int64
	}{{1, 1}, {10_999, 1}, {11_000, 1}, {11_001, 2}, {22_000, 2}, {22_001, 3}, {40_320, 4}} {
		t.Run(fmt.Sprint(test.points), func(t *testing.T) {
			requests.Store(0)
			q := Query{KPI: "a", Expr: "x", Start: epoch, End: epoch.Add(time.Duration(test.points-1) * step * time.Second), Step: step * time.Second}
			answer, err := c.Range(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if requests.Load() != test.requests {
				t.Errorf("asked %d times, want %d", requests.Load(), test.requests)
			}
			if len(answer.Warnings) != 1+int(test.requests) || answer.Warnings[0] != "always" {
				t.Errorf("warnings of all parts, each once: got %q", answer.Warnings)
			}
			counts := map[string]int64{}
			last := ""
			for _, m := range answer.Series {
				name := m.Metric["name"]
				if name <= last {
					t.Errorf("series %s after %s", name, last)
				}
				last = name
				counts[name] = int64(len(m.Values))
				for i, p := range m.Values {
					if p.Value != float64(p.Millis/1000) || (i > 0 && p.Millis <= m.Values[i-1].Millis) {
						t.Fatalf("series %s: sample %d is %v", name, i, p)
					}
				}
			}
			want := map[string]int64{"all": test.points, "early": min(test.points, 9000)}
			for i := range test.points {
				if (first+i*step)/step%7 == 0 {
					want["holes"]++
				}
			}
			if late := test.points - 12_000; late > 0 {
				want["late"] = late
			}
			if diff := cmp.Diff(want, counts); diff != "" {
				t.Errorf("points by series (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClientGzip(t *testing.T) {
	for _, test := range []struct {
		name     string
		host     string
		gzip     Gzip
		accepted string
	}{
		{"automatic, towards this machine", "", GzipAuto, "identity"},
		{"on", "", GzipOn, "gzip"},
		{"off", "", GzipOff, "identity"},
		{"automatic, towards another", "prometheus.example:9090", GzipAuto, "gzip"},
		{"off, towards another", "prometheus.example:9090", GzipOff, "identity"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var accepted string
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				accepted = r.Header.Get("Accept-Encoding")
				if accepted != "gzip" {
					answer(w, emptyAnswer)
					return
				}
				var packed bytes.Buffer
				zw := gzip.NewWriter(&packed)
				_, _ = io.WriteString(zw, `{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":["unpacked"]}`)
				_ = zw.Close()
				w.Header().Set("Content-Encoding", "gzip")
				answer(w, packed.String())
			})
			o := Options{URL: s.URL, Gzip: test.gzip}
			if test.host != "" { // reached through the server as its proxy
				o.URL = "http://" + test.host
				o.HTTPConfigFile = writeFile(t, "http.yml", "proxy_url: "+s.URL+"\n")
			}
			answer, err := newTestClient(t, o).Range(t.Context(), anHour)
			if err != nil {
				t.Fatal(err)
			}
			if accepted != test.accepted {
				t.Errorf("asked for encoding %q, want %q", accepted, test.accepted)
			}
			if unpacked := len(answer.Warnings) == 1; unpacked != (test.accepted == "gzip") {
				t.Errorf("got warnings %q", answer.Warnings)
			}
		})
	}
}

func TestClientBoundsConcurrency(t *testing.T) {
	const bound = 3
	var now, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == bound {
			once.Do(func() { close(full) })
		}
		<-full // so that the bound is reached, and time to exceed it
		answer(w, emptyAnswer)
	})
	c := newTestClient(t, Options{URL: s.URL, Concurrency: bound})
	if _, err := RangeAll(t.Context(), c, numbered(30), 30, nil); err != nil {
		t.Fatal(err)
	}
	if most.Load() != bound {
		t.Errorf("%d requests were under way at once, want %d", most.Load(), bound)
	}
}
