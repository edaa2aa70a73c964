package prom

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// once sends a part of a query, once, and reads the answer. Errors are
// failures.
func (c *Client) once(ctx context.Context, q Query) ([]schema.MatrixSeries, []string, error) {
	if c.slots != nil {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return nil, nil, &failure{err: context.Cause(ctx)}
		}
	}
	if c.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
	}
	resp, err := c.exchange(ctx, q)
	if err != nil {
		return nil, nil, c.networkFailure(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	body, err := plain(resp)
	if err != nil {
		return nil, nil, c.networkFailure(err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, statusFailure(resp, body, q)
	}
	return c.read(resp, body, q)
}

// exchange posts the query, or sends it by GET where the server takes no POST:
// one that reads only, or one behind a proxy that lets pass only reading.
func (c *Client) exchange(ctx context.Context, q Query) (*http.Response, error) {
	form := url.Values{
		"query": {q.Expr}, "start": {seconds(q.Start.UnixMilli())}, "end": {seconds(q.End.UnixMilli())},
		"step": {seconds(q.Step.Milliseconds())},
		// VictoriaMetrics moves the evaluation times to multiples of the step
		// for its cache's sake, unless told not to. Others ignore it.
		"nocache": {"1"},
	}.Encode()
	if !c.byGet.Load() {
		resp, err := c.send(ctx, http.MethodPost, form)
		if err != nil || !refusesPost(resp.StatusCode) {
			return resp, err
		}
		resp.Body.Close() //nolint:errcheck // not read
	}
	resp, err := c.send(ctx, http.MethodGet, form)
	if err == nil && resp.StatusCode == http.StatusOK {
		c.byGet.Store(true)
	}
	return resp, err
}

func refusesPost(status int) bool {
	switch status {
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented,
		// A redirect by these asks for a GET at the other place.
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		return true
	}
	return false
}

func (c *Client) send(ctx context.Context, method, form string) (*http.Response, error) {
	target := *c.endpoint
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else {
		target.RawQuery = strings.TrimPrefix(target.RawQuery+"&"+form, "&")
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		// A query changes nothing, so the transport may send it again over a
		// new connection when an old one turns out to be closed.
		req.Header["Idempotency-Key"] = nil
	}
	req.Header.Set("Accept", "application/json")
	if c.options.UserAgent != "" {
		req.Header.Set("User-Agent", c.options.UserAgent)
	}
	if c.gzip {
		req.Header.Set("Accept-Encoding", "gzip")
	} else {
		req.Header.Set("Accept-Encoding", "identity")
	}
	if c.user != nil {
		password, _ := c.user.Password()
		req.SetBasicAuth(c.user.Username(), password)
	}
	return c.http.Do(req)
}

// seconds writes milliseconds as seconds, exactly.
func seconds(millis int64) string {
	return strconv.FormatFloat(float64(millis)/1000, 'f', -1, 64)
}

// plain returns the body unpacked.
func plain(resp *http.Response) (io.Reader, error) {
	if !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		return resp.Body, nil
	}
	body, err := gzip.NewReader(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("unpacking the answer: %w", err)
	}
	return body, nil
}

// snippetSize is how much of a body is looked at for a message, in bytes.
const snippetSize = 400

// read reads an answer of status 200.
func (c *Client) read(resp *http.Response, body io.Reader, q Query) ([]schema.MatrixSeries, []string, error) {
	buffered := bufio.NewReaderSize(body, snippetSize)
	begin, err := buffered.Peek(snippetSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, c.networkFailure(err)
	}
	begin = bytes.Clone(begin)
	switch text := bytes.TrimSpace(begin); {
	case len(text) == 0:
		return nil, nil, rejected(errors.New("it answers with nothing at all; is this a Prometheus, or something in front of it?"))
	case text[0] != '{':
		return nil, nil, rejected(fmt.Errorf("it answers %s, not JSON: %s; is this a Prometheus, or a page in front of it?", contentType(resp), snippet(begin)))
	}
	var series []schema.MatrixSeries
	warnings, err := DecodeMatrix(buffered, func(m schema.MatrixSeries) error {
		kept, err := q.collect(m)
		series = append(series, kept)
		return err
	})
	var api *APIError
	switch {
	case err == nil:
		return series, warnings, nil
	case errors.As(err, &api):
		return nil, nil, rejectedQuery(api, q)
	case errors.Is(err, ErrNotAPI):
		return nil, nil, rejected(fmt.Errorf("%w; it begins %s; is --prometheus-url that of a Prometheus?", err, snippet(begin)))
	}
	return nil, nil, c.networkFailure(err)
}

func contentType(resp *http.Response) string {
	if t := resp.Header.Get("Content-Type"); t != "" {
		return oneLine(t, 60)
	}
	return "something without a content type"
}

// snippet is the beginning of a body in one line.
func snippet(b []byte) string {
	text := oneLine(strings.ToValidUTF8(string(b), "?"), 120)
	if text == "" {
		return "nothing"
	}
	return strconv.Quote(text)
}
