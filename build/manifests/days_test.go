package manifests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// release is when the manifests of an overlay run what.
type release struct {
	ga    time.Time
	jobs  map[string]*batchv1.CronJob
	start map[string]cron.Schedule
}

func releaseOf(t *testing.T, dir string) release {
	t.Helper()
	r := release{jobs: map[string]*batchv1.CronJob{}, start: map[string]cron.Schedule{}}
	found := objects(t, dir)
	for _, o := range found {
		switch o := o.(type) {
		case *corev1.ConfigMap:
			ga, err := time.Parse(time.RFC3339, o.Data["GA_TIMESTAMP"])
			if err != nil {
				t.Fatal(err)
			}
			r.ga = ga
		case *batchv1.CronJob:
			if o.Spec.TimeZone == nil {
				t.Fatalf("%s: it has no time zone, so it runs by the clock of the cluster", o.Name)
			}
			r.jobs[o.Name] = o
			r.schedule(t, o.Name, o.Spec.Schedule, *o.Spec.TimeZone)
		}
	}
	return r
}

// schedule sets when a job is started, by the clock of a time zone.
func (r release) schedule(t *testing.T, name, times, zone string) {
	t.Helper()
	schedule, err := cron.ParseStandard("CRON_TZ=" + zone + " " + times)
	if err != nil {
		t.Fatal(err)
	}
	r.start[name] = schedule
}

// runs returns the moments a job is started in the 60 days after GA.
func (r release) runs(name string) (times []time.Time) {
	end := r.ga.AddDate(0, 0, 60)
	for t := r.start[name].Next(r.ga); t.Before(end); t = r.start[name].Next(t) {
		times = append(times, t)
	}
	return times
}

// TestDays checks the day of every run; the example's week has the change to
// summer time in Europe.
func TestDays(t *testing.T) {
	bin := tools(t)
	for _, dir := range []string{"base", "overlays/example"} {
		t.Run(dir, func(t *testing.T) {
			r := releaseOf(t, dir)
			if ga := r.runs("tars-ga-day"); len(ga) != 1 || ga[0].Before(r.ga.Add(24*time.Hour)) {
				t.Errorf("the baseline is made at %v; want once, when GA day has ended", ga)
			}
			for _, wrong := range r.wrongDays(t, bin) {
				t.Error(wrong)
			}
			daily := r.runs("tars-daily")
			last := daily[len(daily)-1].Add(r.slack())
			if final := r.runs("tars-day-7"); len(final) != 1 || final[0].Before(last) {
				t.Errorf("the retrospective is made at %v; want once, after %s", final, last)
			}
		})
	}
}

// TestDaysByLocalClock shows why the schedules are in UTC, and that TestDays
// would see it: by a clock that changes within the week, runs miss their day.
func TestDaysByLocalClock(t *testing.T) {
	bin := tools(t)
	r := releaseOf(t, "overlays/example")
	r.schedule(t, "tars-daily", "37 15 25-31 3 *", "Europe/Berlin")
	want := 2 * 3 // at the start and the end of the runs of 29, 30 and 31 March
	if wrong := r.wrongDays(t, bin); len(wrong) != want {
		t.Errorf("%d runs miss their day, want %d: %q", len(wrong), want, wrong)
	}
}

// tools builds what the tests run.
func tools(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	build := exec.Command("go", "-C", "../..", "build", "-o", bin, "./cmd/tars-stability-monitor")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return bin
}

// slack is how long after its time a daily run may still be running.
func (r release) slack() time.Duration {
	job := r.jobs["tars-daily"]
	return time.Duration(*job.Spec.StartingDeadlineSeconds+*job.Spec.JobTemplate.Spec.ActiveDeadlineSeconds) * time.Second
}

// wrongDays lets the monitor choose its day at every moment the CronJob may
// start it, and at the last moment of a run, and returns where it is not the day
// that has just ended.
func (r release) wrongDays(t *testing.T, bin string) (wrong []string) {
	t.Helper()
	daily := r.runs("tars-daily")
	if len(daily) != 7 {
		t.Fatalf("the daily job runs at %v; want seven times", daily)
	}
	for i, at := range daily {
		for _, now := range []time.Time{at, at.Add(r.slack())} {
			start, end := asked(t, bin, r.ga, now)
			wantEnd := r.ga.AddDate(0, 0, i+2)
			if start.Before(r.ga.AddDate(0, 0, i+1)) || start.After(wantEnd) || !end.Equal(wantEnd) {
				wrong = append(wrong, fmt.Sprintf("at %s it asks for %s to %s, want day %d, which ends %s", now, start, end, i+1, wantEnd))
			}
		}
	}
	return wrong
}

// asked returns the time range that the monitor asks a source for at now.
func asked(t *testing.T, bin string, ga, now time.Time) (start, end time.Time) {
	t.Helper()
	var mu sync.Mutex
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		form, err := url.ParseQuery(string(body))
		if err == nil && form.Get("end") == "" {
			form = req.URL.Query()
		}
		mu.Lock()
		defer mu.Unlock()
		if form.Get("end") != "" {
			start, end = moment(form.Get("start")), moment(form.Get("end"))
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"enough"}`)
	}))
	defer source.Close()
	baseline, err := json.Marshal(map[string]any{"kind": "ga_kpi_summary", "schema_version": "1.0", "ga_start": ga.Format(time.RFC3339)})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "tars-stability-monitor"), "--prometheus-url", source.URL, "--retries", "0",
		"--now", now.Format(time.RFC3339), "-")
	cmd.Stdin = bytes.NewReader(baseline)
	out, _ := cmd.CombinedOutput() // it fails, as its source does
	if end.IsZero() {
		t.Fatalf("at %s it asked for nothing: %s", now, out)
	}
	return start, end
}

// moment reads a time as the Prometheus API takes it.
func moment(s string) time.Time {
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		return time.UnixMilli(int64(seconds * 1000)).UTC()
	}
	at, _ := time.Parse(time.RFC3339, s)
	return at.UTC()
}
