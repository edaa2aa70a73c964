package prom

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/config"

	"github.com/veleron-dev/tars/lib/schema"
)

// Options say how to reach a server.
type Options struct {
	// URL is the server's base URL. A path prefix is kept, and so are
	// parameters; user and password in it become basic authentication.
	URL string
	// HTTPConfigFile is in Prometheus' http_client_config format: TLS,
	// authentication, proxy, headers. Empty means none of them, but the proxy
	// that the environment names (HTTPS_PROXY, NO_PROXY).
	HTTPConfigFile string
	// Timeout bounds one request, its answer included; 0 means no bound.
	Timeout time.Duration
	// Retries is how often a request is repeated, at most, after 429, 502,
	// 503, 504 and network errors; 0 means never.
	Retries int
	// Concurrency is how many requests are under way at once, at most; 0 means
	// as many as the callers ask for.
	Concurrency int
	// Gzip says whether answers travel compressed.
	Gzip Gzip
	// UserAgent names the tool to the server.
	UserAgent string
}

// Gzip says whether answers travel compressed; "" is GzipAuto.
type Gzip string

const (
	// GzipAuto is off towards this machine, where unpacking costs more than
	// the way, and on towards any other.
	GzipAuto Gzip = "auto"
	// GzipOn asks for compressed answers.
	GzipOn Gzip = "on"
	// GzipOff asks for plain ones.
	GzipOff Gzip = "off"
)

// Client asks a server that speaks the Prometheus HTTP API: Prometheus 2 and
// 3, Thanos, Mimir, VictoriaMetrics.
type Client struct {
	endpoint *url.URL // without user and password
	shown    string   // the base URL, for messages
	user     *url.Userinfo
	http     *http.Client
	options  Options
	gzip     bool
	// slots has a place for each request that may be under way; nil without
	// a bound.
	slots chan struct{}
	// byGet is set once a server took a GET that it had refused as POST.
	byGet atomic.Bool
	// firstPause is the mean pause before the first retry.
	firstPause time.Duration
}

// NewClient returns a client. Its errors are about the URL and the HTTP
// configuration; nothing is asked yet.
func NewClient(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSpace(o.URL))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("reading --prometheus-url: %q is not a URL like http://prometheus:9090", Redact(o.URL))
	}
	client, err := httpClient(o)
	if err != nil {
		return nil, err
	}
	c := &Client{
		endpoint: base.JoinPath("api", "v1", "query_range"), shown: Redact(o.URL), user: base.User,
		http: client, options: o, firstPause: 500 * time.Millisecond,
		gzip: o.Gzip == GzipOn || (o.Gzip != GzipOff && !isLoopback(base.Hostname())),
	}
	c.endpoint.User, c.endpoint.Fragment = nil, ""
	if o.Concurrency > 0 {
		c.slots = make(chan struct{}, o.Concurrency)
	}
	return c, nil
}

func httpClient(o Options) (*http.Client, error) {
	cfg := config.DefaultHTTPClientConfig
	cfg.ProxyFromEnvironment = true // as everything does that nobody configured
	if o.HTTPConfigFile != "" {
		loaded, _, err := config.LoadHTTPConfigFile(o.HTTPConfigFile)
		if err != nil {
			return nil, configError(o.HTTPConfigFile, err)
		}
		cfg = *loaded
	}
	client, err := config.NewClientFromConfig(cfg, "tars")
	if err != nil {
		return nil, configError(o.HTTPConfigFile, err)
	}
	if client.CheckRedirect == nil {
		client.CheckRedirect = checkRedirect
	}
	return client, nil
}

// checkRedirect follows redirects, except those that would turn a posted form
// into a GET without it.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if via[0].Method == http.MethodPost && req.Method != http.MethodPost {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return rejected(errors.New("it redirects in circles; check --prometheus-url"))
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// Range asks a query, in parts where a series would have too many points, and
// joins the answers.
//
// Errors say in one line what was asked where, why it failed and what to do.
// They are ErrUnreachable, ErrRejected, or those of ctx.
func (c *Client) Range(ctx context.Context, q Query) (Answer, error) {
	answer, err := c.ask(ctx, q)
	if err != nil {
		return Answer{}, fmt.Errorf("asking %s for %s: %w", c.shown, q.subject(), err)
	}
	return answer, nil
}

// subject names a query in messages.
func (q Query) subject() string {
	if q.KPI != "" {
		return q.KPI
	}
	return oneLine(q.Expr, 80)
}

func (c *Client) ask(ctx context.Context, q Query) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	var parts [][]schema.MatrixSeries
	var warnings []string
	for _, part := range q.parts() {
		series, notes, err := c.persist(ctx, part)
		if err != nil {
			return Answer{}, err
		}
		parts = append(parts, series)
		warnings = append(warnings, notes...)
	}
	series, err := join(parts)
	if err != nil {
		return Answer{}, err
	}
	slices.Sort(warnings)
	return Answer{Query: q, Series: series, Warnings: slices.Compact(warnings)}, nil
}
