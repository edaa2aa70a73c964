// Package manifests checks what lies in deploy/kubernetes and
// deploy/compose.yaml against the types of Kubernetes and of the Compose
// specification. It is a module of its own, since the tools need none of that.
package manifests

import (
	"path/filepath"
	"strings"
	"testing"

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
