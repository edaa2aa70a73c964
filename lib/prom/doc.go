// Package prom reads metrics over the Prometheus HTTP API, and from captures of
// what it answered.
//
// # The way of a query
//
// A Query is a PromQL expression with the times at which to evaluate it. A
// Source answers it, and there are three of them:
//
//   - Client asks a server: Prometheus 2 or 3, Thanos, Mimir, VictoriaMetrics;
//   - Recorder passes queries on to another source and remembers the answers,
//     to be saved as a capture;
//   - Replay answers from captures, and so works without a server. What it
//     gives is what the Recorder gave, or an error that names what is missing.
//
// RangeAll asks many queries side by side. So what stands above this package
// is written once, against Source, and does not know where numbers come from:
//
//	client, err := prom.NewClient(prom.Options{URL: "http://prometheus:9090", Timeout: 30 * time.Second, Retries: 3})
//	...
//	recorder := prom.NewRecorder(client)
//	answers, err := prom.RangeAll(ctx, recorder, queries, 4, nil)
//	...
//	capture.Queries = recorder.Queries()
//
// # What the Client sees to
//
// Servers refuse queries of more than 11,000 points a series. Longer ones are
// asked in parts, and the answers joined by their labels, without losing or
// doubling a point. Samples come back on the evaluation times asked for, or the
// answer is an error: some servers and the caches before them move the times to
// multiples of the step, and moved numbers would belong to other windows.
//
// Queries are posted as a form, since they may be long, and asked by GET where
// a server or proxy allows no POST. After 429, 502, 503, 504 and network
// errors a request is repeated, with growing, jittered pauses, or when the
// server says; anything else fails at once, since it would fail again.
//
// TLS, authentication, proxies and headers come from a file in Prometheus'
// http_client_config format.
//
// # Errors
//
// An error is one line: what was asked where, why it failed, and what to do.
// errors.Is tells two classes: ErrUnreachable, a source that gives no answer
// now, though it may later, and ErrRejected, one that answers, but not to this.
// A query without any series is neither, but an Answer that is empty. Neither
// errors nor captures hold user names, passwords or tokens.
//
// # The decoder
//
// DecodeMatrix reads an answer as it arrives, one series at a time, whatever
// its length: it serves the Client, and everything else that gets an API's
// answer, a pipe from curl for one. It has two stages. A scanner takes on the
// one form in which servers write series; from the first byte on that is
// different, jsontext reads, which knows all of JSON. The scanner never judges
// an answer, it only saves time, and a fuzz test holds both against
// encoding/json.
package prom
