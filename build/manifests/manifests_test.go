// Package manifests checks what lies in deploy/kubernetes and
// deploy/compose.yaml against the types of Kubernetes and of the Compose
// specification. It is a module of its own, since the tools need none of that.
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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const kubernetes = "../../deploy/kubernetes"

// scheme knows the kinds that may be in the manifests.
func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// objects builds a kustomization and decodes it; a field that Kubernetes does
// not know is an error.
func objects(t *testing.T, dir string) (found []runtime.Object, others []string) {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(kubernetes, dir))
	if err != nil {
		t.Fatalf("building %s: %v", dir, err)
	}
	decoder := serializer.NewCodecFactory(scheme(t), serializer.EnableStrict).UniversalDeserializer()
	for _, r := range built.Resources() {
		if strings.HasPrefix(r.GetApiVersion(), "monitoring.coreos.com/") {
			others = append(others, r.GetKind())
			continue
		}
		body, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := decoder.Decode(body, nil, nil)
		if err != nil {
			t.Errorf("%s %s: %v", r.GetKind(), r.GetName(), err)
			continue
		}
		found = append(found, object)
	}
	return found, others
}

// pods returns the pod templates of the objects by the name of what owns them.
func pods(objects []runtime.Object) map[string]corev1.PodTemplateSpec {
	found := map[string]corev1.PodTemplateSpec{}
	for _, o := range objects {
		switch o := o.(type) {
		case *appsv1.Deployment:
			found[o.Name] = o.Spec.Template
		case *batchv1.CronJob:
			found[o.Name] = o.Spec.JobTemplate.Spec.Template
		case *batchv1.Job:
			found[o.Name] = o.Spec.Template
		}
	}
	return found
}

func TestPods(t *testing.T) {
	restricted, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := psa.LevelVersion{Level: psa.LevelRestricted, Version: psa.LatestVersion()}
	for _, dir := range []string{"base", "overlays/example", "overlays/monitoring"} {
		t.Run(dir, func(t *testing.T) {
			found, others := objects(t, dir)
			if dir == "overlays/monitoring" && len(others) != 1 {
				t.Errorf("it has %q of the Prometheus operator, want one PodMonitor", others)
			}
			templates := pods(found)
			if len(templates) != 4 {
				t.Errorf("%d pod templates, want 4", len(templates))
			}
			claims := map[string]bool{}
			accounts := map[string]bool{}
			for _, o := range found {
				switch o := o.(type) {
				case *corev1.PersistentVolumeClaim:
					claims[o.Name] = true
				case *corev1.ServiceAccount:
					accounts[o.Name] = o.AutomountServiceAccountToken != nil && !*o.AutomountServiceAccountToken
				}
			}
			for name, pod := range templates {
				for _, r := range restricted.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
					if !r.Allowed {
						t.Errorf("%s: restricted refuses it: %s: %s", name, r.ForbiddenReason, r.ForbiddenDetail)
					}
				}
				if !accounts[pod.Spec.ServiceAccountName] {
					t.Errorf("%s: its account %q does not exist, or has a token", name, pod.Spec.ServiceAccountName)
				}
				for _, v := range pod.Spec.Volumes {
					if v.PersistentVolumeClaim != nil && !claims[v.PersistentVolumeClaim.ClaimName] {
						t.Errorf("%s: there is no claim %s", name, v.PersistentVolumeClaim.ClaimName)
					}
				}
				for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
					if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() {
						t.Errorf("%s: %s does not say what it needs", name, c.Name)
					}
				}
			}
		})
	}
}

// TestLongRunning checks what keeps two detectors from writing at once.
func TestLongRunning(t *testing.T) {
	found, _ := objects(t, "base")
	for _, o := range found {
		switch o := o.(type) {
		case *appsv1.Deployment:
			if *o.Spec.Replicas != 1 || o.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
				t.Errorf("%s: %d replicas by %s; want one, and Recreate", o.Name, *o.Spec.Replicas, o.Spec.Strategy.Type)
			}
		case *batchv1.CronJob:
			if o.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent {
				t.Errorf("%s may run twice at once", o.Name)
			}
		}
	}
}

// release is when the manifests of an overlay run what.
type release struct {
	ga    time.Time
	jobs  map[string]*batchv1.CronJob
	start map[string]cron.Schedule
}

func releaseOf(t *testing.T, dir string) release {
	t.Helper()
	r := release{jobs: map[string]*batchv1.CronJob{}, start: map[string]cron.Schedule{}}
	found, _ := objects(t, dir)
	for _, o := range found {
		switch o := o.(type) {
		case *corev1.ConfigMap:
			ga, err := time.Parse(time.RFC3339, o.Data["GA_TIMESTAMP"])
			if err != nil {
				t.Fatal(err)
			}
			r.ga = ga
		case *batchv1.CronJob:
			schedule, err := cron.ParseStandard(o.Spec.Schedule)
			if err != nil {
				t.Fatal(err)
			}
			if o.Spec.TimeZone == nil || *o.Spec.TimeZone != "Etc/UTC" {
				t.Errorf("%s: it has no time zone, or not UTC; local clocks change", o.Name)
			}
			r.jobs[o.Name], r.start[o.Name] = o, schedule
		}
	}
	return r
}

// runs returns the moments a job is started in the 60 days after GA.
func (r release) runs(name string) (times []time.Time) {
	end := r.ga.AddDate(0, 0, 60)
	for t := r.start[name].Next(r.ga); t.Before(end); t = r.start[name].Next(t) {
		times = append(times, t)
	}
	return times
}

// TestDays lets the monitor choose its day at every moment the CronJob may
// start it, and at the last moment of a run; the example's week has the change
// to summer time.
func TestDays(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "-C", "../..", "build", "-o", bin, "./cmd/tars-stability-monitor", "./cmd/tars-ga-kpi")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for _, dir := range []string{"base", "overlays/example"} {
		t.Run(dir, func(t *testing.T) {
			r := releaseOf(t, dir)
			if ga := r.runs("tars-ga-day"); len(ga) != 1 || ga[0].Before(r.ga.Add(24*time.Hour)) {
				t.Errorf("the baseline is made at %v; want once, when GA day has ended", ga)
			}
			daily := r.runs("tars-daily")
			if len(daily) != 7 {
				t.Fatalf("the daily job runs at %v; want seven times", daily)
			}
			slack := time.Duration(*r.jobs["tars-daily"].Spec.StartingDeadlineSeconds+
				*r.jobs["tars-daily"].Spec.JobTemplate.Spec.ActiveDeadlineSeconds) * time.Second
			for i, at := range daily {
				for _, now := range []time.Time{at, at.Add(slack)} {
					start, end := asked(t, bin, r.ga, now)
					wantEnd := r.ga.AddDate(0, 0, i+2)
					if start.Before(r.ga.AddDate(0, 0, i+1)) || start.After(wantEnd) || !end.Equal(wantEnd) {
						t.Errorf("at %s it asks for %s to %s, want day %d, which ends %s", now, start, end, i+1, wantEnd)
					}
				}
			}
			last := daily[6].Add(slack)
			if final := r.runs("tars-day-7"); len(final) != 1 || final[0].Before(last) {
				t.Errorf("the retrospective is made at %v; want once, after %s", final, last)
			}
		})
	}
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
