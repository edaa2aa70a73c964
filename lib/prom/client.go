package prom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/prometheus/common/config"

	"github.com/veleron-dev/tars/lib/schema"
)

// Options say how to reach a server.
type Options struct {
	// URL is the server's base URL, path prefix included.
	URL string
	// HTTPConfigFile is in Prometheus' http_client_config format: TLS,
	// authentication, proxy, headers. Empty means none of them.
	HTTPConfigFile string
	// Timeout bounds one request; 0 means no bound.
	Timeout time.Duration
	// Retries is how often a request is repeated after 429, 502, 503, 504 and
	// network errors, with growing, jittered pauses.
	Retries int
	// UserAgent names the tool to the server.
	UserAgent string
}

// Client asks a server that speaks the Prometheus HTTP API: Prometheus 2 and
// 3, Thanos, Mimir, VictoriaMetrics.
type Client struct {
	base    *url.URL
	http    *http.Client
	options Options
}

// maxSteps is (end-start)/step of one request; Prometheus refuses more than
// 11,000.
const maxSteps = 10_999

// maxGet is the longest URL asked by GET, which proxies and redirects carry
// best; longer queries are posted as a form.
const maxGet = 4096

// NewClient returns a client. Errors are about the URL or the HTTP
// configuration; nothing is asked yet.
func NewClient(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("reading --prometheus-url: %q is not a URL like http://prometheus:9090", Redact(o.URL))
	}
	cfg := &config.DefaultHTTPClientConfig
	if o.HTTPConfigFile != "" {
		if cfg, _, err = config.LoadHTTPConfigFile(o.HTTPConfigFile); err != nil {
			return nil, fmt.Errorf("reading --http-config-file %s: %w", o.HTTPConfigFile, err)
		}
	}
	client, err := config.NewClientFromConfig(*cfg, o.UserAgent)
	if err != nil {
		return nil, fmt.Errorf("reading --http-config-file %s: %w", o.HTTPConfigFile, err)
	}
	return &Client{base: base, http: client, options: o}, nil
}

// Redact returns the URL without its password, for messages.
func Redact(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "the URL given"
	}
	return u.Redacted()
}

// Range asks a query, in parts where it has too many points, and joins the
// answers by their labels.
func (c *Client) Range(ctx context.Context, q Query) (Answer, error) {
	answer := Answer{Query: q}
	index := map[string]int{}
	for start := q.Start; !start.After(q.End); {
		end := start.Add(maxSteps * q.Step)
		if end.After(q.End) {
			end = q.End
		}
		err := c.part(ctx, Query{q.KPI, q.Expr, start, end, q.Step}, func(s schema.MatrixSeries) {
			key := labelKey(s.Metric)
			i, known := index[key]
			if !known {
				i = len(answer.Series)
				index[key] = i
				answer.Series = append(answer.Series, schema.MatrixSeries{Metric: s.Metric})
			}
			answer.Series[i].Values = append(answer.Series[i].Values, s.Values...)
		}, &answer.Warnings)
		if err != nil {
			return Answer{}, fmt.Errorf("asking %s for %s: %w", c.base.Redacted(), q.KPI, err)
		}
		start = end.Add(q.Step)
	}
	slices.SortFunc(answer.Series, func(a, b schema.MatrixSeries) int {
		return strings.Compare(labelKey(a.Metric), labelKey(b.Metric))
	})
	slices.Sort(answer.Warnings)
	answer.Warnings = slices.Compact(answer.Warnings)
	return answer, nil
}

// part asks one request, again after passing failures. Series are handed on
// only when the answer is whole, so that a repeated one doubles nothing.
func (c *Client) part(ctx context.Context, q Query, fn func(schema.MatrixSeries), warnings *[]string) error {
	var series []schema.MatrixSeries
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		series = series[:0]
		w, err := c.once(ctx, q, func(s schema.MatrixSeries) error {
			series = append(series, schema.MatrixSeries{Metric: s.Metric, Values: slices.Clone(s.Values)})
			return nil
		})
		if err == nil {
			*warnings = append(*warnings, w...)
		}
		return struct{}{}, err
	}, backoff.WithMaxTries(uint(max(0, c.options.Retries))+1), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return c.explain(ctx, err)
	}
	for _, s := range series {
		fn(s)
	}
	return nil
}

// once sends one request. An error that cannot pass is marked permanent.
func (c *Client) once(ctx context.Context, q Query, fn func(schema.MatrixSeries) error) ([]string, error) {
	if c.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
	}
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failure(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		return nil, statusFailure(resp)
	}
	if html, err := notJSON(resp); html {
		return nil, backoff.Permanent(err)
	}
	warnings, err := DecodeMatrix(resp.Body, fn)
	switch {
	case err == nil:
		return warnings, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("the answer is cut off")
	case errors.Is(err, ErrNotAPI):
		return nil, backoff.Permanent(err)
	}
	return nil, c.failure(err)
}

func (c *Client) request(ctx context.Context, q Query) (*http.Request, error) {
	form := url.Values{
		"query": {q.Expr}, "start": {unix(q.Start)}, "end": {unix(q.End)},
		"step": {strconv.FormatFloat(q.Step.Seconds(), 'f', -1, 64)},
	}
	target := c.base.JoinPath("api", "v1", "query_range")
	method, body := http.MethodGet, io.Reader(nil)
	target.RawQuery = form.Encode()
	if len(target.RawQuery) > maxGet {
		method, body = http.MethodPost, strings.NewReader(target.RawQuery)
		target.RawQuery = ""
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	if c.options.UserAgent != "" {
		req.Header.Set("User-Agent", c.options.UserAgent)
	}
	if c.loopback() {
		// Unpacking costs more than loopback saves.
		req.Header.Set("Accept-Encoding", "identity")
	}
	return req, nil
}

func unix(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}

func (c *Client) loopback() bool {
	host := c.base.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// notJSON reports an answer that says it is a page, of a login say.
func notJSON(resp *http.Response) (bool, error) {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || !strings.Contains(kind, "html") && !strings.Contains(kind, "xml") {
		return false, nil // what it is, the decoder will see
	}
	return true, fmt.Errorf("it answers %s, not JSON: %s; is this a Prometheus, or a page in front of it?", kind, snippet(resp.Body))
}

// snippet returns the beginning of a body in one line.
func snippet(r io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(r, 400))
	if err != nil && len(b) == 0 {
		return "(no body)"
	}
	text := strings.Join(strings.Fields(string(b)), " ")
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + "..."
	}
	if text == "" {
		return "(no body)"
	}
	return strconv.Quote(text)
}
