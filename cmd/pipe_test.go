package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

const captures = "../fixtures/captures"

func capture(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(captures, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// pipeline is the whole week from the captures, through stdin and stdout.
type pipeline struct {
	ga, anomalies, regressions []byte
	days                       [][]byte
}

func runPipeline(t *testing.T, x tools) pipeline {
	t.Helper()
	p := pipeline{ga: x.must(t, capture(t, "ga.json.gz"), "tars-ga-kpi")}
	baseline := write(t, "ga.json", p.ga)
	all := slices.Clone(p.ga)
	for n := 1; n <= 7; n++ {
		day := x.must(t, capture(t, fmt.Sprintf("day_%02d.json.gz", n)), "tars-stability-monitor", "--ga-baseline", baseline)
		p.days = append(p.days, day)
		all = append(all, day...)
	}
	p.anomalies = x.must(t, all, "tars-anomaly-detector", "--now", afterTheWeek)
	p.regressions = x.must(t, all, "tars-regression-analyzer", "--now", afterTheWeek)
	return p
}

func (p pipeline) inOrder() []byte {
	return slices.Concat(p.ga, slices.Concat(p.days...), p.anomalies, p.regressions)
}

// TestPipelineFindsWhatWasPutIn runs all six tools as pipes and looks for each
// incident of the week, in any order of the documents.
func TestPipelineFindsWhatWasPutIn(t *testing.T) {
	x := build(t)
	p := runPipeline(t, x)
	retro := x.must(t, p.inOrder(), "tars-retro", "--now", afterTheWeek, "-f", "json")
	reversed := slices.Concat(p.regressions, p.days[6], p.anomalies, p.days[2], p.days[1], p.ga, p.days[0], p.days[5], p.days[3], p.days[4])
	if again := x.must(t, reversed, "tars-retro", "--now", afterTheWeek, "-f", "json"); !bytes.Equal(retro, again) {
		t.Errorf("another order of the inputs gives another retrospective:\n%s", cmp.Diff(string(retro), string(again)))
	}

	var doc struct {
		Degradations []struct {
			Category, Service string
			DayOccurred       int      `json:"day_occurred"`
			ResolutionStatus  string   `json:"resolution_status"`
			Alerts            []string `json:"alerts"`
		}
		Successes []struct{ Description string }
	}
	decode(t, retro, &doc)
	for _, want := range []struct {
		what, category, status string
		services               []string
		day                    int
		alert                  string
	}{
		{"the outage", "availability", "resolved", []string{"checkout"}, 2, week.Outage.Alert},
		{"the error burst", "errors", "resolved", []string{"api", ""}, 3, week.ErrorBurst.Alert},
		{"the latency regression", "latency", "standing", []string{"search"}, 4, ""},
		{"the memory leak", "memory", "standing", []string{"checkout"}, -1, ""},
	} {
		found := false
		for _, d := range doc.Degradations {
			if d.Category == want.category && slices.Contains(want.services, d.Service) && d.ResolutionStatus == want.status &&
				(want.day < 0 || d.DayOccurred == want.day) && (want.alert == "" || slices.Contains(d.Alerts, want.alert)) {
				found = true
			}
		}
		if !found {
			t.Errorf("%s is not told; degradations: %+v", want.what, doc.Degradations)
		}
	}
	if !strings.Contains(string(retro), "Database latency p95 improved") {
		t.Error("the improvement is not told")
	}
	for _, d := range doc.Degradations {
		if d.Category == "database" {
			t.Error("the improvement is called a degradation")
		}
	}

	// The Markdown is rendered from the JSON alone.
	md := x.must(t, p.inOrder(), "tars-retro", "--now", afterTheWeek)
	if again := x.must(t, retro, "tars-retro"); !bytes.Equal(md, again) {
		t.Errorf("the JSON renders to other Markdown (-first +again):\n%s", cmp.Diff(string(md), string(again)))
	}
	headings(t, string(md))
}

// TestCapturesInAnyOrder gives the detector the week's captures in two orders: a
// series is judged by its past, whatever the order of the files.
func TestCapturesInAnyOrder(t *testing.T) {
	x := build(t)
	files := []string{"ga.json.gz", "day_01.json.gz", "day_02.json.gz", "day_03.json.gz"}
	detect := func() []byte {
		args := []string{"--now", afterTheWeek}
		for _, name := range files {
			args = append(args, filepath.Join(captures, name))
		}
		return x.must(t, nil, "tars-anomaly-detector", args...)
	}
	first := detect()
	slices.Reverse(files)
	if again := detect(); !bytes.Equal(first, again) {
		t.Error("another order of the captures gives other anomalies")
	}
}

func headings(t *testing.T, md string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(md) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			got = append(got, strings.TrimSpace(heading))
		}
	}
	want := []string{
		"Executive Summary", "What Went Well", "What Could Be Improved", "Unexpected Drifts", "Cost Analysis",
		"SLO Compliance Summary", "Recommendations for the next release", "Process Improvements", "Action Items", "Appendix",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
}

// TestCommandLinesOfTheContract runs each command line as people have it in
// their cron jobs, in a data directory, against a real Prometheus.
func TestCommandLinesOfTheContract(t *testing.T) {
	server.Need(t, "curl", "jq")
	x := build(t)
	source := server.Start(t, week.History())
	data := t.TempDir()
	repo, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	shell := func(line string) string {
		t.Helper()
		cmd := exec.Command("sh", "-ec", line)
		cmd.Dir = data
		cmd.Env = append(clean(os.Environ()), "PATH="+x.dir+":"+os.Getenv("PATH"), "URL="+source.URL, "SOURCE_DATE_EPOCH=1764115200", "TARS_DATA_DIR="+data, "REPO="+repo)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	exists := func(names ...string) {
		t.Helper()
		for _, name := range names {
			body, err := os.ReadFile(filepath.Join(data, name))
			if err != nil {
				t.Error(err)
			} else if strings.HasSuffix(name, ".json") && !json.Valid(body) {
				t.Errorf("%s is not JSON", name)
			}
		}
	}
	shell("tars-ga-kpi --prometheus-url $URL > ga24.json")
	shell("tars-ga-kpi --prometheus-url $URL --output-dir ./ga_kpis --ga-timestamp 2025-11-18T00:00:00Z")
	exists("ga24.json", "ga_kpis/ga_kpi_summary.json")
	for n := 1; n <= 7; n++ {
		shell(fmt.Sprintf("tars-stability-monitor --prometheus-url $URL --output-dir ./stability --day-number %d --ga-baseline ga_kpis/ga_kpi_summary.json", n))
		exists(fmt.Sprintf("stability/day_%02d_summary.json", n))
	}
	shell("tars-anomaly-detector --prometheus-url $URL --output-file anomalies/anomaly_events.json --baseline ga_kpis/ga_kpi_summary.json --z-threshold 3.0 --ewma-alpha 0.3")
	exists("anomalies/anomaly_events.json")
	shell("tars-health-report --stability-data stability/day_01_summary.json --anomaly-data anomalies/anomaly_events.json --output-file health/day_01_HEALTH.json --day-number 1")
	exists("health/day_01_HEALTH.json")
	shell("tars-regression-analyzer --ga-baseline ga_kpis/ga_kpi_summary.json --7day-summaries stability --output regression/regression_summary.json")
	shell("tars-regression-analyzer --ga-baseline ga_kpis/ga_kpi_summary.json --baseline staging=ga24.json --baseline v1.0.0=ga_kpis/ga_kpi_summary.json stability/ > r.json")
	exists("regression/regression_summary.json", "r.json")
	if first := shell("tars-retro --auto | head -1"); !strings.HasPrefix(first, "# Seven days after GA") || strings.Count(first, "\n") != 1 {
		t.Errorf("tars-retro --auto | head -1 printed %q", first)
	}
	shell("tars-retro --auto --output-dir output")
	exists("output/GA_7DAY_RETROSPECTIVE.md", "output/GA_7DAY_RETROSPECTIVE.json")
	shell("TARS_OUTPUT_DIR=elsewhere tars-retro --auto")
	exists("elsewhere/output/GA_7DAY_RETROSPECTIVE.md")
	shell("tars-retro --ga-data ga_kpis --7day-data stability --regression regression/regression_summary.json --anomalies anomalies/anomaly_events.json --output retro.md")
	exists("retro.md", "retro.json")
	shell("cat ga_kpis/ga_kpi_summary.json stability/*.json anomalies/anomaly_events.json regression/regression_summary.json | tars-retro > GA_7DAY_RETROSPECTIVE.md")
	shell("tars-retro --auto -f json > twin.json")
	exists("twin.json")

	shell("tars-stability-monitor --prometheus-url $URL --day-number 3 --ga-baseline ga_kpis/ga_kpi_summary.json --capture day3.capture.json > live.json")
	shell("tars-stability-monitor --day-number 3 --ga-baseline ga_kpis/ga_kpi_summary.json < day3.capture.json > replayed.json && cmp live.json replayed.json")
	if md := shell("tars-stability-monitor --day-number 3 --ga-baseline ga_kpis/ga_kpi_summary.json < day3.capture.json | tars-health-report -f markdown"); !strings.HasPrefix(md, "# Health of day 3") {
		t.Errorf("the health report begins with %.80q", md)
	}
	events := shell(`curl -sG $URL/api/v1/query_range --data-urlencode 'query=sum(rate(http_requests_total{status="500"}[5m]))' -d start=1763683200 -d end=1763769600 -d step=300 | tars-anomaly-detector -f ndjson | grep '"severity":"high"'`)
	if !json.Valid([]byte(strings.SplitN(events, "\n", 2)[0])) {
		t.Errorf("the first event is not JSON: %.200s", events)
	}
	slack := shell("tars-retro --auto -f json | sh \"$REPO/scripts/slack-notify.sh\" --dry-run | jq -r .text")
	if !strings.HasPrefix(slack, "Seven days after GA") {
		t.Errorf("for Slack the retrospective is %q", slack)
	}
	// The derived day: one cron line serves the week.
	if day := shell("tars-stability-monitor --prometheus-url $URL --ga-baseline ga_kpis/ga_kpi_summary.json --now 2025-11-21T23:59:00Z | head -40 | grep day_number"); !strings.Contains(day, "3") {
		t.Errorf("a minute before the end of day 3 the day is %q", day)
	}

	source.Stop()
	for _, line := range []string{
		"tars-ga-kpi --prometheus-url $URL --retries 0 -o dead.json",
		"tars-stability-monitor --prometheus-url $URL --retries 0 --day-number 1 --ga-baseline ga_kpis/ga_kpi_summary.json -o dead.json",
		"tars-anomaly-detector --prometheus-url $URL --retries 0 --ga-timestamp 2025-11-18T00:00:00Z -o dead.json",
	} {
		said := shell("if " + line + " 2>&1; then exit 9; elif [ $? = 1 ]; then echo status 1; fi")
		if !strings.Contains(said, source.URL) || !strings.Contains(said, "connection refused") || strings.Count(said, "\n") != 2 {
			t.Errorf("%s said %q", line, said)
		}
		if _, err := os.Stat(filepath.Join(data, "dead.json")); err == nil {
			t.Errorf("%s left a file", line)
		}
	}
}
