package prom

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

var (
	// ErrUnreachable is a source that gives no answer now, though it may
	// later: network errors, time-outs, a server that is overloaded or down.
	ErrUnreachable = errors.New("source unreachable")
	// ErrRejected is a source that answers, but not to this: a wrong query,
	// path or login, or something that is no Prometheus.
	ErrRejected = errors.New("query rejected")
)

// failure is why one request got no answer.
type failure struct {
	// err is the message, what to do included.
	err error
	// cause is what errors.Is may find beside it; it is not shown.
	cause error
	// class is ErrUnreachable or ErrRejected; nil for neither.
	class error
	// passing tells that it is worth asking again.
	passing bool
	// after is how long the server said to wait before; 0 when it did not.
	after time.Duration
}

func (f *failure) Error() string { return f.err.Error() }

// Unwrap lets errors.Is find the class and the cause.
func (f *failure) Unwrap() []error {
	return slices.DeleteFunc([]error{f.err, f.class, f.cause}, func(err error) bool { return err == nil })
}

// rejected marks an answer that no repetition will make better.
func rejected(err error) *failure { return &failure{err: err, class: ErrRejected} }

func rejectedQuery(api *APIError, q Query) *failure {
	return rejected(fmt.Errorf("it rejects the query: %w; the query is: %s", api, oneLine(q.Expr, quoteLength)))
}

// statusFailure is the failure of an answer that is not 200: the server's own
// words, and what to do.
func statusFailure(resp *http.Response, body io.Reader, q Query) *failure {
	text, err := io.ReadAll(io.LimitReader(body, 64<<10))
	if err != nil {
		text = nil // the status alone must do
	}
	said := snippet(text)
	var api *APIError
	_, err = DecodeMatrix(strings.NewReader(string(text)), func(schema.MatrixSeries) error { return nil })
	isAPI := errors.As(err, &api)
	if isAPI {
		said = api.Error()
	}
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch code := resp.StatusCode; {
	case (code == http.StatusBadRequest || code == http.StatusUnprocessableEntity) && isAPI:
		return rejectedQuery(api, q)
	case code == http.StatusUnauthorized:
		return rejected(fmt.Errorf("%s: it wants other credentials; set basic_auth, authorization or oauth2 in --http-config-file", status))
	case code == http.StatusForbidden:
		return rejected(fmt.Errorf("%s: these credentials may not query: %s; set others in --http-config-file", status, said))
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		return rejected(fmt.Errorf("%s: no Prometheus API at %s; does --prometheus-url lack a path prefix, or have a wrong one?", status, resp.Request.URL.EscapedPath()))
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		after := retryAfter(resp.Header)
		advice := "try again later, or ask for less at once: a larger --step, a smaller --concurrency"
		if after > longestWait {
			advice = fmt.Sprintf("it asks to wait for %s: try again then", after)
		}
		return &failure{err: fmt.Errorf("%s: %s; %s", status, said, advice), class: ErrUnreachable, passing: true, after: after}
	case code/100 == 3:
		return rejected(fmt.Errorf("%s: it redirects to %s; give the URL it moved to", status, Redact(resp.Header.Get("Location"))))
	case code/100 == 5:
		return &failure{err: fmt.Errorf("%s: %s; see the server's log", status, said), class: ErrUnreachable}
	}
	return rejected(fmt.Errorf("%s: %s; check --prometheus-url", status, said))
}

// networkFailure sorts the errors of sending a request and reading its answer.
// A wrong name, certificate or file stays wrong; the rest is worth a retry.
func (c *Client) networkFailure(err error) *failure {
	if known, ok := errors.AsType[*failure](err); ok {
		return known
	}
	if inURL, ok := errors.AsType[*url.Error](err); ok {
		err = inURL.Err // the rest repeats the whole query
	}
	var (
		file        *fs.PathError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
	)
	text := oneLine(err.Error(), quoteLength)
	lasting := func(format string, args ...any) *failure {
		return &failure{err: fmt.Errorf(format, args...), cause: err, class: ErrUnreachable}
	}
	passing := func(format string, args ...any) *failure {
		return &failure{err: fmt.Errorf(format, args...), cause: err, class: ErrUnreachable, passing: true}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{err: err}
	case errors.Is(err, context.DeadlineExceeded) && c.options.Timeout > 0:
		return passing("no answer within %s; raise --query-timeout, or ask for less at once with a larger --step", c.options.Timeout)
	case errors.As(err, &file):
		return lasting("using --http-config-file: %s", text)
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname):
		return lasting("TLS failed: %s; give the CA as tls_config in --http-config-file, or check the URL's host", text)
	case errors.As(err, &record), strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return lasting("TLS failed: it speaks http, not https; change the URL's scheme")
	case strings.Contains(text, "tls: "):
		return lasting("TLS failed: %s; does it want a client certificate? set tls_config in --http-config-file", text)
	case strings.HasPrefix(text, "oauth2: "):
		return lasting("getting an OAuth2 token: %s; check oauth2 in --http-config-file", text)
	case errors.As(err, &dns) && dns.IsNotFound:
		return lasting("no host is called %s; check --prometheus-url", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return passing("connection refused; is it running, and is --prometheus-url right?")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return passing("the answer is cut off; does the server, or a proxy in front of it, limit answers?")
	case errors.Is(err, io.EOF):
		return passing("the connection was closed without an answer; see the server's log")
	}
	return passing("%s; is the server up, and the network between?", text)
}

// configError is an error about the file of --http-config-file.
func configError(name string, err error) error {
	var file *fs.PathError
	switch {
	case errors.As(err, &file) && file.Path == name:
		return fmt.Errorf("reading --http-config-file: %w", err)
	case errors.As(err, &file):
		return fmt.Errorf("reading --http-config-file %s: %w", name, err)
	}
	return fmt.Errorf("reading --http-config-file %s: %s; want the http_client_config format of Prometheus", name, withoutValues(err))
}
