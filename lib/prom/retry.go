package prom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/veleron-dev/tars/lib/schema"
)

// longestWait is how long a server may tell the client to wait. One that asks
// for more is not asked again: a night job shall not sleep until morning.
const longestWait = 2 * time.Minute

// persist sends a part of a query until it is answered, refused, or out of
// retries. Each answer is read whole before anything of it is kept, so that a
// repeated one doubles nothing.
func (c *Client) persist(ctx context.Context, q Query) (series []schema.MatrixSeries, warnings []string, err error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = c.firstPause
	pauses.Multiplier = 2
	pauses.MaxInterval = 30 * time.Second
	var last *failure
	asked := 0
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		var err error
		asked++
		series, warnings, err = c.once(ctx, q)
		if err == nil {
			return struct{}{}, nil
		}
		if !errors.As(err, &last) {
			last = &failure{err: err}
		}
		if !last.passing || last.after > longestWait || ctx.Err() != nil {
			return struct{}{}, backoff.Permanent(last)
		}
		if last.after > 0 {
			return struct{}{}, &backoff.RetryAfterError{Duration: last.after}
		}
		return struct{}{}, last
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0), backoff.WithMaxTries(uint(max(0, c.options.Retries))+1))
	switch {
	case err == nil:
		return series, warnings, nil
	case ctx.Err() != nil:
		return nil, nil, interrupted(ctx, last)
	case asked > 1:
		return nil, nil, &failure{err: fmt.Errorf("%w (asked %d times)", last.err, asked), class: last.class, cause: last.cause}
	}
	return nil, nil, last
}

// interrupted is the error of a query whose context ended.
func interrupted(ctx context.Context, last *failure) error {
	what := "interrupted"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		what = "out of time"
	}
	// What went wrong before says more than that it ended, unless that is all.
	if last != nil && last.class != nil && !errors.Is(last.err, ctx.Err()) {
		return fmt.Errorf("%s, after this: %w: %w", what, last.err, ctx.Err())
	}
	return fmt.Errorf("%s: %w", what, ctx.Err())
}

// retryAfter reads the header Retry-After: seconds, or a date, which is reckoned
// from the server's own so that clocks need not agree. It is 0 without one.
func retryAfter(header http.Header) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, until.Sub(now))
}
