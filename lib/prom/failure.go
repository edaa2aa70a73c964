package prom

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/veleron-dev/tars/lib/schema"
)

// statusFailure is the error of an answer that is not 200: the server's own
// words, and what to do. Only 429, 502, 503 and 504 may pass by themselves.
func statusFailure(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		body = nil // the status alone must do
	}
	said := snippet(bytes.NewReader(body))
	var api *APIError
	if _, err := DecodeMatrix(bytes.NewReader(body), func(schema.MatrixSeries) error { return nil }); errors.As(err, &api) {
		said = api.Error()
	}
	status := fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return backoff.Permanent(fmt.Errorf("it rejects the query: %s", said))
	case http.StatusUnauthorized, http.StatusForbidden:
		return backoff.Permanent(fmt.Errorf("%s: it wants other credentials; set them in --http-config-file", status))
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return backoff.Permanent(fmt.Errorf("%s: no Prometheus API at this path; does --prometheus-url lack a path prefix?", status))
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after := retryAfter(resp.Header.Get("Retry-After"))
		err := fmt.Errorf("%s: %s", status, said)
		if after > 0 {
			return &passing{err, after}
		}
		return err
	}
	return backoff.Permanent(fmt.Errorf("%s: %s", status, said))
}

// passing is a failure that the server expects to be over after a while.
type passing struct {
	err   error
	after time.Duration
}

func (p *passing) Error() string { return p.err.Error() }

// Unwrap lets the retries see when to come back.
func (p *passing) Unwrap() []error {
	return []error{p.err, &backoff.RetryAfterError{Duration: p.after}}
}

// longestWait bounds what a server may ask for, so that a night job does not
// sleep until morning.
const longestWait = time.Minute

func retryAfter(header string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil || seconds <= 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestWait)
}

// failure sorts network errors: a wrong name or certificate stays wrong.
func (c *Client) failure(err error) error {
	if asURL, ok := errors.AsType[*url.Error](err); ok {
		err = asURL.Err // its text repeats the whole query
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknownCA x509.UnknownAuthorityError
	var hostname x509.HostnameError
	switch {
	case errors.As(err, &certificate), errors.As(err, &unknownCA), errors.As(err, &hostname), errors.As(err, &record):
		return backoff.Permanent(fmt.Errorf("TLS failed: %w; set tls_config in --http-config-file, or check the URL's scheme and host", err))
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return backoff.Permanent(errors.New("it speaks http, not https; change the URL's scheme"))
	case strings.Contains(err.Error(), "remote error: tls:"):
		return backoff.Permanent(fmt.Errorf("TLS failed: %w; does it want a client certificate? set tls_config in --http-config-file", err))
	case errors.As(err, &dns) && dns.IsNotFound:
		return backoff.Permanent(fmt.Errorf("no host of this name (%s); check --prometheus-url", dns.Name))
	}
	return err
}

// explain words the error that ended the retries.
func (c *Client) explain(ctx context.Context, err error) error {
	if permanent, ok := errors.AsType[*backoff.PermanentError](err); ok {
		err = permanent.Err
	}
	if asPassing, ok := errors.AsType[*passing](err); ok {
		err = asPassing.err
	}
	var timeout net.Error
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled):
		return fmt.Errorf("interrupted: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer within %s (%d retries); raise --query-timeout, or ask for less at once with a larger --step", c.options.Timeout, c.options.Retries)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused; is it running, and is --prometheus-url right?")
	}
	return err
}
