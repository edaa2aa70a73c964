package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

// container is a command of a manifest.
type container struct {
	Name string
	// Args are the command line, the tool first.
	Args []string
}

// composeContainers returns the commands of a profile that run a tool, in the
// order of the file, which is the order they need.
func composeContainers(t *testing.T, profile string) (found []container) {
	t.Helper()
	var file struct{ Services yaml.Node }
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(file.Services.Content); i += 2 {
		var service struct {
			Profiles, Command []string
			DependsOn         map[string]any `yaml:"depends_on"`
		}
		if err := file.Services.Content[i+1].Decode(&service); err != nil {
			t.Fatal(err)
		}
		name := file.Services.Content[i].Value
		for needed := range service.DependsOn {
			if profile != "testing" && slices.Contains(service.Profiles, profile) &&
				!slices.ContainsFunc(found, func(c container) bool { return c.Name == needed }) {
				t.Errorf("compose.yaml: %s comes before %s, which it needs", name, needed)
			}
		}
		if slices.Contains(service.Profiles, profile) {
			found = append(found, container{name, service.Command})
		}
	}
	return found
}

// podContainers returns the commands of a manifest of Kubernetes, in order.
func podContainers(t *testing.T, path string) []container {
	t.Helper()
	type pod struct {
		Spec struct{ InitContainers, Containers []container }
	}
	var manifest struct {
		Spec struct {
			Template    pod
			JobTemplate struct{ Spec struct{ Template pod } } `yaml:"jobTemplate"`
		}
	}
	// Keys are camel case in the file and lower case here.
	text := strings.NewReplacer("initContainers:", "initcontainers:").Replace(read(t, path))
	if err := yaml.Unmarshal([]byte(text), &manifest); err != nil {
		t.Fatal(err)
	}
	spec := manifest.Spec.JobTemplate.Spec.Template.Spec
	if len(spec.Containers) == 0 {
		spec = manifest.Spec.Template.Spec
	}
	return append(spec.InitContainers, spec.Containers...)
}

// unit returns the command of a service of systemd, its state directory as
// /data.
func unit(t *testing.T, path string) []container {
	t.Helper()
	for line := range strings.Lines(read(t, path)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/usr/bin/")
		if !ok {
			continue
		}
		command = strings.ReplaceAll(strings.TrimSuffix(command, " $TARS_OPTIONS"), "/var/lib/tars-detector/", "/data/")
		return []container{{path, strings.Fields(command)}}
	}
	return nil
}

// TestManifestCommands runs each command line of the manifests at its time,
// with /data elsewhere, and looks for what it must leave there.
func TestManifestCommands(t *testing.T) {
	t.Parallel()
	source := server.Start(t, week.History())
	atDay := func(n int) time.Time { return week.GA.AddDate(0, 0, n+1).Add(7 * time.Minute) }
	type step struct {
		containers []container
		now        time.Time
		leaves     []string
	}
	week7 := []string{
		"anomalies/anomaly_events.json", "regression/regression_summary.json", "output/GA_7DAY_RETROSPECTIVE.md",
		"metrics/tars_anomalies.prom", "metrics/tars_regression.prom",
	}
	kubernetes := []step{
		{podContainers(t, "kubernetes/base/ga-day.yaml"), atDay(0), []string{"ga_kpis/ga_kpi_summary.json", "metrics/tars_ga.prom"}},
		{podContainers(t, "kubernetes/base/daily.yaml"), atDay(1), []string{"stability/day_01_summary.json", "health/day_01_HEALTH.md", "metrics/tars_day.prom"}},
		{podContainers(t, "kubernetes/base/daily.yaml"), atDay(2), []string{"stability/day_02_summary.json", "health/day_02_HEALTH.md", "metrics/tars_health.prom"}},
		{podContainers(t, "kubernetes/base/day-7.yaml"), atDay(7), week7},
	}
	compose := []step{
		{composeContainers(t, "ga-day"), atDay(0), []string{"ga_kpis/ga_kpi_summary.json", "metrics/tars_ga.prom"}},
		{composeContainers(t, "daily"), atDay(1), []string{"stability/day_01_summary.json", "health/day_01_HEALTH.md", "metrics/tars_health.prom"}},
		{composeContainers(t, "daily"), atDay(2), []string{"stability/day_02_summary.json", "health/day_02_HEALTH.md", "metrics/tars_day.prom"}},
		{composeContainers(t, "day7"), atDay(7), week7},
	}
	for name, steps := range map[string][]step{"kubernetes": kubernetes, "compose": compose} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			for _, step := range steps {
				if len(step.containers) == 0 {
					t.Fatal("a manifest has no commands")
				}
				for _, c := range step.containers {
					cmd := inContainer(t.Context(), c, data, source.URL)
					cmd.Env = append(cmd.Env, "SOURCE_DATE_EPOCH="+strconv.FormatInt(step.now.Unix(), 10))
					if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
						t.Errorf("%s on %s: %v\n%s", c.Name, step.now, err, out)
					}
				}
				there := files(t, data)
				for _, file := range step.leaves {
					if _, ok := there[file]; !ok {
						t.Errorf("on %s %s is missing", step.now, file)
					}
				}
			}
		})
	}
}

// TestDetectorCommands starts the detector as the manifests do: it must watch
// until it is told to stop, and then end well.
func TestDetectorCommands(t *testing.T) {
	source := server.Start(t, week.History())
	for name, containers := range map[string][]container{
		"kubernetes": podContainers(t, "kubernetes/base/detector.yaml"),
		"compose":    composeContainers(t, "monitoring"),
		"systemd":    unit(t, "systemd/tars-detector.service"),
	} {
		t.Run(name, func(t *testing.T) {
			if len(containers) != 1 {
				t.Fatalf("%d detectors, want 1", len(containers))
			}
			data := t.TempDir()
			c := containers[0]
			for i, arg := range c.Args {
				if strings.HasSuffix(arg, ":9464") {
					c.Args[i] = strings.TrimSuffix(arg, "127.0.0.1:9464")
					c.Args[i] = strings.TrimSuffix(c.Args[i], ":9464") + "127.0.0.1:0"
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := inContainer(ctx, c, data, source.URL)
			var log strings.Builder
			cmd.Stdout, cmd.Stderr = &log, &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			written := func() bool {
				there := files(t, data)
				_, events := there["anomaly_events.ndjson"]
				return events && (!there["state.json"].IsZero() || !there["detector.json"].IsZero())
			}
			for ctx.Err() == nil && !written() {
				time.Sleep(50 * time.Millisecond)
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Errorf("it ended by itself: %v", err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, log.String())
			}
			if !written() {
				t.Errorf("it left neither checkpoint nor events:\n%s", log.String())
			}
		})
	}
}

// inContainer returns the command as the container would run it, with /data
// elsewhere.
func inContainer(ctx context.Context, c container, data, url string) *exec.Cmd {
	args := make([]string, len(c.Args))
	for i, arg := range c.Args {
		args[i] = arg
		for _, prefix := range []string{"", "--output-dir=", "--ga-baseline=", "--baseline=", "--stability-data=", "--7day-summaries=", "--state=", "--output="} {
			if rest, ok := strings.CutPrefix(arg, prefix+"/data"); ok {
				args[i] = prefix + data + rest
			}
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, args[0]), args[1:]...)
	cmd.Dir = data
	cmd.Env = environment("PROMETHEUS_URL="+url, "GA_TIMESTAMP="+week.GA.Format(time.RFC3339), "TARS_RELEASE=v1.0.1",
		"TARS_DATA_DIR="+data, "TARS_HTTP_CONFIG_FILE=", "TARS_SELECTOR=", "TARS_PRESET=", "TARS_KPIS=", "DAY_NUMBER=", "Z_THRESHOLD=", "EWMA_ALPHA=", "TARS_OUTPUT_DIR=")
	return cmd
}
