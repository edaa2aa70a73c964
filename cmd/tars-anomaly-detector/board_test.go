package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
)

func TestBoard(t *testing.T) {
	b := newBoard("v1")
	now := time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)
	h := b.handler(func() time.Time { return now })
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	b.begun(now)
	b.failed()
	for path, want := range map[string]int{"/-/healthy": 200, "/-/ready": 503, "/metrics": 200, "/": 404} {
		if code, _ := get(path); code != want {
			t.Errorf("before the first answer %s is %d, want %d", path, code, want)
		}
	}
	b.done(now, now.Add(-time.Minute), 7, 2)
	settings := detect.DefaultSettings(detect.MethodEWMA)
	b.event(&detect.Record{Series: detect.NewSeries(detect.Key{Metric: "m"}, &settings), Judgement: detect.Judgement{Z: 9}})
	if code, _ := get("/-/ready"); code != 200 {
		t.Errorf("after an answer ready is %d", code)
	}
	_, body := get("/metrics")
	for _, line := range []string{
		`tars_watch_events_total{classification="spike",release="v1",severity="high"} 1`, `tars_watch_source_up{release="v1"} 1`,
		`tars_watch_polls_total{release="v1"} 1`, `tars_watch_poll_failures_total{release="v1"} 1`, `tars_watch_series{release="v1"} 7`,
		`tars_watch_newest_sample_timestamp_seconds{release="v1"} 1.76342394e+09`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("/metrics does not say %q:\n%s", line, body)
		}
	}
	now = now.Add(unhealthyAfter)
	if code, _ := get("/-/healthy"); code != 503 {
		t.Errorf("stuck for %s and healthy is %d", unhealthyAfter, code)
	}
}

func TestCheckHealth(t *testing.T) {
	b := newBoard("")
	now := time.Date(2025, 11, 18, 0, 0, 0, 0, time.UTC)
	server := httptest.NewServer(b.handler(func() time.Time { return now }))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	if err := checkHealth(t.Context(), address); err == nil {
		t.Error("a watch that never began is healthy")
	}
	b.begun(now)
	if err := checkHealth(t.Context(), address); err != nil {
		t.Errorf("a watch that turns is not healthy: %v", err)
	}
}
