package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
)

// board is what a watch tells about itself: metrics, health and readiness.
type board struct {
	mu        sync.Mutex
	registry  *prometheus.Registry
	lastBegun time.Time
	lastDone  time.Time
	cursor    time.Time

	events    *prometheus.CounterVec
	failures  prometheus.Counter
	polls     prometheus.Counter
	late      prometheus.Gauge
	series    prometheus.Gauge
	incidents prometheus.Gauge
	up        prometheus.Gauge
	success   prometheus.Gauge
	newest    prometheus.Gauge
}

// unhealthyAfter without a beginning of a poll the watch is taken for stuck.
const unhealthyAfter = 15 * time.Minute

// newBoard returns a board whose metrics have the release as a label, if it has
// a name.
func newBoard(release string) *board {
	b := &board{
		registry:  prometheus.NewRegistry(),
		events:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tars_watch_events_total", Help: "Events told, by severity and classification."}, []string{"severity", "classification"}),
		failures:  prometheus.NewCounter(prometheus.CounterOpts{Name: "tars_watch_poll_failures_total", Help: "Polls of the source that failed."}),
		polls:     prometheus.NewCounter(prometheus.CounterOpts{Name: "tars_watch_polls_total", Help: "Polls of the source."}),
		late:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_repeated_samples", Help: "Samples read again or too late, and left out, since the start."}),
		series:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_series", Help: "Series that are watched."}),
		incidents: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_open_incidents", Help: "Incidents that are open."}),
		up:        prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_source_up", Help: "1 when the last poll was answered."}),
		success:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_last_success_timestamp_seconds", Help: "When a poll was answered last."}),
		newest:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "tars_watch_newest_sample_timestamp_seconds", Help: "The newest sample that was judged."}),
	}
	labels := prometheus.Labels{}
	if release != "" {
		labels["release"] = release
	}
	prometheus.WrapRegistererWith(labels, b.registry).MustRegister(b.events, b.failures, b.polls, b.late, b.series, b.incidents, b.up, b.success, b.newest)
	return b
}

func (b *board) begun(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastBegun = now
	b.polls.Inc()
}

func (b *board) failed() {
	b.failures.Inc()
	b.up.Set(0)
}

func (b *board) done(now, cursor time.Time, series, late int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastDone, b.cursor = now, cursor
	b.up.Set(1)
	b.success.Set(float64(now.Unix()))
	b.newest.Set(float64(cursor.Unix()))
	b.series.Set(float64(series))
	b.late.Set(float64(late))
}

func (b *board) event(r *detect.Record) { b.events.WithLabelValues(r.Severity(), r.Class()).Inc() }

func (b *board) open(n int) { b.incidents.Set(float64(n)) }

// healthy says whether the loop still turns; it does while the source is away.
func (b *board) healthy(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Sub(b.lastBegun) < unhealthyAfter
}

// ready says whether the source has answered yet.
func (b *board) ready() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.lastDone.IsZero()
}

// serve answers /metrics, /-/healthy and /-/ready on an address until stop is
// called; an empty address serves nothing.
func (b *board) serve(address string, now func() time.Time, log *slog.Logger) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	b.mu.Lock()
	b.lastBegun = now()
	b.mu.Unlock()
	server := &http.Server{Handler: b.handler(now), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("serving failed", "address", address, "error", err)
		}
	}()
	log.Info("serving", "address", listener.Addr().String())
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = server.Shutdown(ctx) // it ends with the process in any case
	}, nil
}

func (b *board) handler(now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(b.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /-/healthy", answer(func() bool { return b.healthy(now()) }))
	mux.HandleFunc("GET /-/ready", answer(b.ready))
	return mux
}

func answer(good func() bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !good() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}
