// Package deploy_test runs what lies in deploy as users run it: with the built
// tools, on the demo week in a real Prometheus.
package deploy_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

// bin is the directory of the built tools and of the scripts around them.
var bin string

func TestMain(m *testing.M) {
	status, err := prepare(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// prepare builds the tools. It looks at every source, so that go test does not
// take a stale pass from its cache.
func prepare(m *testing.M) (int, error) {
	for _, root := range []string{"../cmd", "../lib", "."} {
		err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("looking at the sources: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "tars-deploy-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	for _, tool := range tools {
		build := exec.Command("go", "build", "-o", dir, "../cmd/"+tool)
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("building %s: %w\n%s", tool, err, out)
		}
	}
	bin = dir
	return m.Run(), nil
}

var tools = []string{
	"tars-ga-kpi", "tars-stability-monitor", "tars-anomaly-detector",
	"tars-health-report", "tars-regression-analyzer", "tars-retro",
}

// environment returns a clean environment for the tools and scripts, with more
// settings of the form NAME=value.
func environment(more ...string) []string {
	return append([]string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + os.TempDir()}, more...)
}

// tarsWeek runs cron/tars-week at the given time and returns what it printed.
func tarsWeek(t *testing.T, url, data string, now time.Time) string {
	t.Helper()
	cmd := exec.Command("sh", "cron/tars-week")
	cmd.Env = environment("PROMETHEUS_URL="+url, "GA_TIMESTAMP="+week.GA.Format(time.RFC3339),
		"TARS_RELEASE=v1.0.1", "TARS_DATA_DIR="+data, "SOURCE_DATE_EPOCH="+strconv.FormatInt(now.Unix(), 10),
		"DAY_NUMBER=5") // a leftover that must not matter
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("tars-week at %s: %v\n%s", now, err, out.String())
	}
	return out.String()
}

// files returns the files below dir and when each was written.
func files(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	found := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		found[filepath.ToSlash(rel)] = info.ModTime()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestWeek lets the cron script live through the week, with runs missed, and
// shows the dashboards what it left.
func TestWeek(t *testing.T) {
	t.Parallel()
	source := server.Start(t, week.History())
	data := t.TempDir()
	at := func(day, hour, minute int) time.Time {
		return week.GA.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	steps := []struct {
		name string
		now  time.Time
		// has and not are files that must and must not be there afterwards.
		has, not []string
	}{
		{"before GA", at(-1, 0, 0), nil, []string{"ga_kpis/ga_kpi_summary.json"}},
		{"GA day has not ended", at(0, 23, 59), nil, []string{"ga_kpis/ga_kpi_summary.json"}},
		{"its last samples are not stored yet", at(1, 0, 4), nil, []string{"ga_kpis/ga_kpi_summary.json"}},
		{
			"GA day has ended", at(1, 0, 17),
			[]string{"ga_kpis/ga_kpi_summary.json", "metrics/tars_ga.prom"},
			[]string{"stability/day_01_summary.json"},
		},
		{
			"day 1 has ended", at(2, 0, 17),
			[]string{"stability/day_01_summary.json", "health/day_01_HEALTH.json", "metrics/tars_day.prom", "metrics/tars_health.prom"},
			[]string{"stability/day_02_summary.json"},
		},
		{
			"three runs were missed", at(5, 13, 17),
			[]string{"stability/day_02_summary.json", "stability/day_04_summary.json", "health/day_03_HEALTH.md"},
			[]string{"stability/day_05_summary.json", "output/GA_7DAY_RETROSPECTIVE.md"},
		},
		{
			"the last day has ended", at(8, 0, 17),
			[]string{
				"stability/day_07_summary.json", "health/day_07_HEALTH.md", "anomalies/anomaly_events.json",
				"regression/regression_summary.md", "output/GA_7DAY_RETROSPECTIVE.md", "output/GA_7DAY_RETROSPECTIVE.json",
			},
			[]string{"stability/day_08_summary.json"},
		},
	}
	var scrapes []scrape
	for _, step := range steps {
		tarsWeek(t, source.URL, data, step.now)
		there := files(t, data)
		if step.has != nil {
			scrapes = append(scrapes, scrape{step.now, textfiles(t, filepath.Join(data, "metrics"))})
		}
		for _, name := range step.has {
			if _, ok := there[name]; !ok {
				t.Errorf("%s: %s is missing", step.name, name)
			}
		}
		for _, name := range step.not {
			if _, ok := there[name]; ok {
				t.Errorf("%s: %s is there", step.name, name)
			}
		}
	}
	t.Run("dashboards", func(t *testing.T) { testDashboards(t, source.URL, scrapes) })
	before := files(t, data)
	source.Stop() // nothing is left to be asked
	if out := tarsWeek(t, source.URL, data, at(30, 0, 17)); out != "" {
		t.Errorf("after the week it printed:\n%s", out)
	}
	for name, written := range files(t, data) {
		if !written.Equal(before[name]) {
			t.Errorf("after the week %s was written again", name)
		}
	}
}

// TestWeekMissesSettings checks that the script names a setting it lacks.
func TestWeekMissesSettings(t *testing.T) {
	for _, name := range []string{"PROMETHEUS_URL", "GA_TIMESTAMP"} {
		t.Run(name, func(t *testing.T) {
			var env []string
			for _, setting := range []string{"PROMETHEUS_URL=http://localhost", "GA_TIMESTAMP=2025-11-18T00:00:00Z"} {
				if !strings.HasPrefix(setting, name) {
					env = append(env, setting)
				}
			}
			cmd := exec.Command("sh", "cron/tars-week")
			cmd.Env = environment(env...)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), name) {
				t.Errorf("got %v, %q; want an error that names %s", err, out, name)
			}
		})
	}
}
