package prom

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hang lets a request wait until it is given up.
func hang(_ http.ResponseWriter, r *http.Request) {
	// A server notices that its client has gone once it has read everything.
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func TestClientErrors(t *testing.T) {
	const begin = "asking URL for availability: "
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		q       func(*Query)
		want    string
		class   error
		asked   int64
	}{
		{
			name: "bad PromQL", handler: status(400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unclosed\nleft parenthesis"}`),
			want: `it rejects the query: bad_data: invalid parameter "query": 1:5: parse error: unclosed left parenthesis; the query is: avg(up)`, class: ErrRejected, asked: 1,
		},
		{
			name: "many-to-many", handler: status(422, `{"status":"error","errorType":"execution","error":"many-to-many matching not allowed"}`),
			want: "it rejects the query: execution: many-to-many matching not allowed; the query is: avg(up)", class: ErrRejected, asked: 1,
		},
		{
			name: "as VictoriaMetrics rejects", handler: status(422, `{"status":"error","errorType":"422","error":"error when executing query"}`),
			want: "it rejects the query: 422: error when executing query; the query is: avg(up)", class: ErrRejected, asked: 1,
		},
		{
			name: "an error within 200", handler: status(200, `{"status":"error","errorType":"internal","error":"store is gone"}`),
			want: "it rejects the query: internal: store is gone; the query is: avg(up)", class: ErrRejected, asked: 1,
		},
		{
			name: "400 of another kind", handler: status(400, "Client sent an HTTP request to an HTTPS server.\n"),
			want: `400 Bad Request: "Client sent an HTTP request to an HTTPS server."; check --prometheus-url`, class: ErrRejected, asked: 1,
		},
		{
			name: "401", handler: status(401, "Unauthorized"),
			want: "401 Unauthorized: it wants other credentials; set basic_auth, authorization or oauth2 in --http-config-file", class: ErrRejected, asked: 1,
		},
		{
			name: "403", handler: status(403, "no such tenant"),
			want: `403 Forbidden: these credentials may not query: "no such tenant"; set others in --http-config-file`, class: ErrRejected, asked: 2, // by POST and by GET
		},
		{
			name: "404", handler: status(404, "404 page not found"),
			want: "404 Not Found: no Prometheus API at /prom/api/v1/query_range; does --prometheus-url lack a path prefix, or have a wrong one?", class: ErrRejected, asked: 1,
		},
		{
			name: "redirects without an end", handler: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/prom", http.StatusFound)
			},
			want: "it redirects in circles; check --prometheus-url", class: ErrRejected, asked: 11,
		},
		{
			name: "500", handler: status(500, `{"status":"error","errorType":"internal","error":"disk full"}`),
			want: "500 Internal Server Error: internal: disk full; see the server's log", class: ErrUnreachable, asked: 1,
		},
		{
			name: "503", handler: status(503, "upstream connect error"),
			want:  `503 Service Unavailable: "upstream connect error"; try again later, or ask for less at once: a larger --step, a smaller --concurrency (asked 3 times)`,
			class: ErrUnreachable, asked: 3,
		},
		{
			name: "the server's own time-out", handler: status(503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`),
			want:  "503 Service Unavailable: timeout: query timed out in expression evaluation; try again later, or ask for less at once: a larger --step, a smaller --concurrency (asked 3 times)",
			class: ErrUnreachable, asked: 3,
		},
		{
			name: "429 for too long", handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "3600")
				status(429, "slow down")(w, r)
			},
			want: `429 Too Many Requests: "slow down"; it asks to wait for 1h0m0s: try again then`, class: ErrUnreachable, asked: 1,
		},
		{
			name: "a login page", handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write([]byte("\n<!DOCTYPE html>\n<title>Log in</title>"))
			},
			want: `it answers text/html; charset=utf-8, not JSON: "<!DOCTYPE html> <title>Log in</title>"; is this a Prometheus, or a page in front of it?`, class: ErrRejected, asked: 1,
		},
		{
			name: "nothing", handler: status(200, ""),
			want: "it answers with nothing at all; is this a Prometheus, or something in front of it?", class: ErrRejected, asked: 1,
		},
		{
			name: "JSON of something else", handler: status(200, `{"hello": "world"}`),
			want: `not an answer of the Prometheus API to a range query: it lacks "status", "resultType" or "result"; it begins "{\"hello\": \"world\"}"; is --prometheus-url that of a Prometheus?`, class: ErrRejected, asked: 1,
		},
		{
			name: "a vector", handler: status(200, `{"status":"success","data":{"resultType":"vector","result":[]}}`),
			want: `not an answer of the Prometheus API to a range query: the result is a vector, want a matrix; ask /api/v1/query_range, not /api/v1/query; it begins "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"; is --prometheus-url that of a Prometheus?`, class: ErrRejected, asked: 1,
		},
		{
			name: "a body cut off", handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				answer(w, plainBegin+`{"metric":{},"values":[[1763424000,"1"]`)
			},
			want: "the answer is cut off; does the server, or a proxy in front of it, limit answers? (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "a body that ends too early", handler: status(200, plainBegin+`{"metric":{},"values":[[1763424000,"1"]`),
			want: "the answer is cut off; does the server, or a proxy in front of it, limit answers? (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "a broken gzip body", handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				answer(w, "this is no gzip")
			},
			want: "unpacking the answer: gzip: invalid header; is the server up, and the network between? (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "a time-out", handler: hang,
			want: "no answer within 20ms; raise --query-timeout, or ask for less at once with a larger --step (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "a time-out within the answer", handler: func(w http.ResponseWriter, r *http.Request) {
				answer(w, plainBegin)
				_ = http.NewResponseController(w).Flush()
				hang(w, r)
			},
			want: "no answer within 20ms; raise --query-timeout, or ask for less at once with a larger --step (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "the connection closed", handler: func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = conn.Close()
				}
			},
			want: "the connection was closed without an answer; see the server's log (asked 3 times)", class: ErrUnreachable, asked: 3,
		},
		{
			name: "moved evaluation times", handler: status(200, plainBegin+`{"metric":{},"values":[[1763424001,"1"]]}`+plainEnd),
			want:  "it moved the evaluation times: asked for 2025-11-18T00:00:00Z and every 5m0s after it, a sample is of 2025-11-18T00:00:01Z; switch off aligning queries with their step on the server (Thanos: --no-query-range.align-range-with-step), or give a GA time on a multiple of the step",
			class: ErrRejected, asked: 1,
		},
		{
			name: "a query that is wrong by itself", handler: hang, q: func(q *Query) { q.Step = 0 },
			want: "a step of 0s: want a positive number of whole milliseconds",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int64
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				test.handler(w, r)
			})
			o := Options{URL: strings.Replace(s.URL, "//", "//me:secret@", 1) + "/prom?token=secret", Retries: 2}
			if strings.Contains(test.want, "20ms") {
				o.Timeout = 20 * time.Millisecond
			}
			q := anHour
			if test.q != nil {
				test.q(&q)
			}
			_, err := newTestClient(t, o).Range(t.Context(), q)
			want := strings.Replace(begin, "URL", s.URL+"/prom", 1) + test.want
			if err == nil || err.Error() != want {
				t.Fatalf("got error\n\t%v, want\n\t%s", err, want)
			}
			for _, class := range []error{ErrUnreachable, ErrRejected} {
				if got := errors.Is(err, class); got != errors.Is(class, test.class) {
					t.Errorf("the error is %v: %v", class, got)
				}
			}
			// A connection that was used before is tried again by the
			// transport itself, so more may arrive than the client counts.
			if got := asked.Load(); got != test.asked {
				t.Errorf("asked %d times, want %d", got, test.asked)
			}
		})
	}
}

// closedAddress is one where nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its port is wanted
	return l.Addr().String()
}

func TestClientErrorsWithoutServer(t *testing.T) {
	plain := serve(t, status(200, emptyAnswer))
	withTLS := httptest.NewUnstartedServer(status(200, emptyAnswer))
	withTLS.Config.ErrorLog = discard
	withTLS.StartTLS()
	t.Cleanup(withTLS.Close)
	closed := closedAddress(t)
	for _, test := range []struct {
		name, url, config string
		want              string
	}{
		{
			name: "connection refused", url: "http://" + closed,
			want: "connection refused; is it running, and is --prometheus-url right? (asked 2 times)",
		},
		{
			name: "a host that does not exist", url: "http://prometheus.invalid:9090",
			want: "no host is called prometheus.invalid; check --prometheus-url",
		},
		{
			name: "an unknown CA", url: withTLS.URL,
			want: "TLS failed: tls: failed to verify certificate: x509: certificate signed by unknown authority; give the CA as tls_config in --http-config-file, or check the URL's host",
		},
		{
			name: "https where there is http", url: strings.Replace(plain.URL, "http", "https", 1),
			want: "TLS failed: it speaks http, not https; change the URL's scheme",
		},
		{
			name: "a token file that is not there", url: plain.URL, config: "bearer_token_file: gone\n",
			want: "using --http-config-file: unable to read authorization credentials: unable to read file DIR/gone: open DIR/gone: no such file or directory",
		},
		{
			name: "no token to be had", url: plain.URL, config: "oauth2: {client_id: me, client_secret: secret, token_url: '" + plain.URL + "/token'}\n",
			want: "getting an OAuth2 token: oauth2: server response missing access_token; check oauth2 in --http-config-file",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Options{URL: test.url, Retries: 1}
			dir := ""
			if test.config != "" {
				o.HTTPConfigFile = writeFile(t, "http.yml", test.config)
				dir = strings.TrimSuffix(o.HTTPConfigFile, "/http.yml")
			}
			_, err := newTestClient(t, o).Range(t.Context(), anHour)
			want := "asking " + test.url + " for availability: " + strings.ReplaceAll(test.want, "DIR", dir)
			if err == nil || err.Error() != want {
				t.Fatalf("got error\n\t%v, want\n\t%s", err, want)
			}
			if !errors.Is(err, ErrUnreachable) || errors.Is(err, ErrRejected) {
				t.Error("the error is not ErrUnreachable")
			}
		})
	}
}

func TestClientRetries(t *testing.T) {
	whole := `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"1"},"values":[[1763424000,"1"]]}]},"warnings":["w"]}`
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answer(w, whole[:len(whole)-20]) // the series is in it
	}
	for _, test := range []struct {
		name     string
		failures []http.HandlerFunc
		retries  int
		answered bool
	}{
		{"every failure that may pass", []http.HandlerFunc{status(429, ""), status(502, ""), status(503, ""), status(504, ""), cut}, 5, true},
		{"one too many", []http.HandlerFunc{status(503, ""), cut}, 1, false},
		{"not at all", []http.HandlerFunc{status(503, "")}, 0, false},
		{"not after 500", []http.HandlerFunc{status(500, "")}, 5, false},
		{"not after a rejected query", []http.HandlerFunc{status(400, "")}, 5, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var n atomic.Int64
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if i := int(n.Add(1)) - 1; i < len(test.failures) {
					test.failures[i](w, r)
					return
				}
				answer(w, whole)
			})
			got, err := newTestClient(t, Options{URL: s.URL, Retries: test.retries}).Range(t.Context(), anHour)
			if answered := err == nil; answered != test.answered {
				t.Fatalf("got error %v", err)
			}
			if err == nil && (len(got.Series) != 1 || len(got.Series[0].Values) != 1 || len(got.Warnings) != 1) {
				t.Errorf("what failed left traces: %+v", got)
			}
		})
	}
}

func TestClientWaitsAsTold(t *testing.T) {
	var asked atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "60")
		status(503, "restarting")(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := newTestClient(t, Options{URL: s.URL, Retries: 50}).Range(ctx, anHour)
	want := "asking " + s.URL + ` for availability: out of time, after this: 503 Service Unavailable: "restarting"; try again later, or ask for less at once: a larger --step, a smaller --concurrency: context deadline exceeded`
	if err == nil || err.Error() != want {
		t.Errorf("got error\n\t%v, want\n\t%s", err, want)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times within a time in which the server was to be left alone", asked.Load())
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the error does not tell that the time was over")
	}
}

func TestClientIsInterrupted(t *testing.T) {
	arrived := make(chan struct{}, 1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		hang(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := newTestClient(t, Options{URL: s.URL, Retries: 5, Concurrency: 1}).Range(ctx, anHour)
	if want := "asking " + s.URL + " for availability: interrupted: context canceled"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) {
		t.Error("an interruption is no failure of the source")
	}
}

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		after, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{" 7 ", "", 7 * time.Second},
		{"-7", "", 0},
		{"soon", "", 0},
		{"99999999999", "", 0},
		{"Tue, 18 Nov 2025 00:00:30 GMT", "Tue, 18 Nov 2025 00:00:00 GMT", 30 * time.Second},
		{"Tue, 18 Nov 2025 00:00:00 GMT", "Tue, 18 Nov 2025 00:00:30 GMT", 0},
		{"Tue, 18 Nov 2025 00:00:30 GMT", "", 0},
	} {
		h := http.Header{}
		h.Set("Retry-After", test.after)
		h.Set("Date", test.date)
		if got := retryAfter(h); got != test.want {
			t.Errorf("Retry-After %q at %q: got %s, want %s", test.after, test.date, got, test.want)
		}
	}
}
