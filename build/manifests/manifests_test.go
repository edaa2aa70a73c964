// Package manifests checks what lies in deploy/kubernetes and
// deploy/compose.yaml against the types of Kubernetes and of the Compose
// specification. It is a module of its own, since the tools need none of that.
package manifests

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
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
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme, monitoringv1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// objects builds a kustomization and decodes it.
func objects(t *testing.T, dir string) (found []runtime.Object) {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(kubernetes, dir))
	if err != nil {
		t.Fatalf("building %s: %v", dir, err)
	}
	for _, r := range built.Resources() {
		body, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, decode(t, body))
	}
	return found
}

// decode reads an object; a field that Kubernetes does not know is an error.
func decode(t *testing.T, body []byte) runtime.Object {
	t.Helper()
	object, _, err := serializer.NewCodecFactory(scheme(t), serializer.EnableStrict).UniversalDeserializer().Decode(body, nil, nil)
	if err != nil {
		t.Errorf("%v in\n%s", err, body)
	}
	return object
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
		case *corev1.Pod:
			found[o.Name] = corev1.PodTemplateSpec{ObjectMeta: o.ObjectMeta, Spec: o.Spec}
		}
	}
	return found
}

// refusals are what an API server at the level restricted has against a pod; its
// own code decides.
func refusals(t *testing.T, pod *corev1.PodTemplateSpec) (found []string) {
	t.Helper()
	restricted, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := psa.LevelVersion{Level: psa.LevelRestricted, Version: psa.LatestVersion()}
	for _, r := range restricted.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
		if !r.Allowed {
			found = append(found, r.ForbiddenReason+": "+r.ForbiddenDetail)
		}
	}
	return found
}

// TestFiles checks the pods that people start by hand to reach the files: they
// must be let in, and mount claims that there are.
func TestFiles(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(kubernetes, "files.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var found []runtime.Object
	for part := range bytes.SplitSeq(body, []byte("\n---\n")) {
		found = append(found, decode(t, part))
	}
	base := objects(t, "base")
	claims := map[string]bool{}
	for _, o := range base {
		if claim, ok := o.(*corev1.PersistentVolumeClaim); ok {
			claims[claim.Name] = true
		}
	}
	for name, pod := range pods(found) {
		for _, reason := range refusals(t, &pod) {
			t.Errorf("%s: restricted refuses it: %s", name, reason)
		}
		claim := pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName
		if !claims[claim] {
			t.Errorf("%s: there is no claim %s, or another pod has it already", name, claim)
		}
		delete(claims, claim)
	}
	if len(claims) > 0 {
		t.Errorf("no pod reaches %v", claims)
	}
}

// TestRestrictedCanRefuse checks that the level refuses what it should.
func TestRestrictedCanRefuse(t *testing.T) {
	found := objects(t, "base")
	for name, pod := range pods(found) {
		pod.Spec.SecurityContext.RunAsNonRoot = nil
		pod.Spec.Containers[0].SecurityContext.Capabilities = nil
		if got := refusals(t, &pod); len(got) != 2 {
			t.Errorf("%s as root with capabilities: refused for %q, want two reasons", name, got)
		}
	}
}

func TestPods(t *testing.T) {
	for _, dir := range []string{"base", "overlays/example", "overlays/monitoring"} {
		t.Run(dir, func(t *testing.T) {
			found := objects(t, dir)
			templates := pods(found)
			want := 4
			if dir == "overlays/monitoring" {
				want = 5 // and the exporter
			}
			if len(templates) != want {
				t.Errorf("%d pod templates, want %d", len(templates), want)
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
				for _, reason := range refusals(t, &pod) {
					t.Errorf("%s: restricted refuses it: %s", name, reason)
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

// TestPodMonitor checks that the operator finds the detector, the exporter and
// their ports, and that the network policy lets it in.
func TestPodMonitor(t *testing.T) {
	found := objects(t, "overlays/monitoring")
	monitors := 0
	open := map[int32]bool{}
	for _, o := range found {
		if policy, ok := o.(*networkingv1.NetworkPolicy); ok {
			for _, port := range policy.Spec.Ingress[0].Ports {
				open[port.Port.IntVal] = true
			}
		}
	}
	for _, o := range found {
		monitor, ok := o.(*monitoringv1.PodMonitor)
		if !ok {
			continue
		}
		monitors++
		selector, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
		if err != nil {
			t.Fatal(err)
		}
		var selected []string
		for name, pod := range pods(found) {
			if selector.Matches(labels.Set(pod.Labels)) {
				selected = append(selected, name)
			}
			for _, port := range pod.Spec.Containers[0].Ports {
				if !open[port.ContainerPort] {
					t.Errorf("%s: the network policy shuts its port %d", name, port.ContainerPort)
				}
				if *monitor.Spec.PodMetricsEndpoints[0].Port != port.Name {
					t.Errorf("%s: it has the port %s, %s is asked", name, port.Name, *monitor.Spec.PodMetricsEndpoints[0].Port)
				}
			}
		}
		slices.Sort(selected)
		if !slices.Equal(selected, []string{"tars-detector", "tars-metrics"}) {
			t.Errorf("it selects %q, want the detector and the exporter", selected)
		}
	}
	if monitors != 1 {
		t.Errorf("%d PodMonitors, want one", monitors)
	}
}

// TestLongRunning checks what keeps two detectors from writing at once.
func TestLongRunning(t *testing.T) {
	found := objects(t, "base")
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
