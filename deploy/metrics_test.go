package deploy_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/fixtures/week"
)

// promtool runs promtool, from where the tests have their Prometheus.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	dir, err := exec.Command("sh", "../scripts/get-prometheus.sh").Output()
	if err != nil {
		t.Fatalf("bringing promtool: %v", err)
	}
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(dir)), "promtool"), args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestRules(t *testing.T) {
	promtool(t, "check", "rules", "prometheus/tars.rules.yaml")
	promtool(t, "test", "rules", "prometheus/tars.test.yaml")
}

// TestRunbookOfAlerts checks that each alert leads to a section of the runbook.
func TestRunbookOfAlerts(t *testing.T) {
	rules := read(t, "prometheus/tars.rules.yaml")
	runbook := read(t, "RUNBOOK.md")
	anchors := regexp.MustCompile(`RUNBOOK\.md#(\S+)`).FindAllStringSubmatch(rules, -1)
	if alerts := strings.Count(rules, "- alert:"); len(anchors) != alerts {
		t.Errorf("%d alerts, %d of them with a runbook", alerts, len(anchors))
	}
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1) {
		if !regexp.MustCompile(`(?m)^\| .*\b` + alert[1] + `\b`).MatchString(runbook) {
			t.Errorf("the table of alerts in RUNBOOK.md lacks %s", alert[1])
		}
	}
	for _, a := range anchors {
		if !regexp.MustCompile(`(?im)^#+ ` + a[1] + `$`).MatchString(runbook) {
			t.Errorf("RUNBOOK.md has no section %s", a[1])
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// scrape is what the tools exposed from a moment on.
type scrape struct {
	at   time.Time
	text string
}

// testDashboards brings what the tools wrote in the week, and what the detector
// serves, into a Prometheus and asks it every query of every dashboard. The
// metrics that rules name must be there too.
func testDashboards(t *testing.T, source string, scrapes []scrape) {
	end := scrapes[len(scrapes)-1].at
	scrapes[len(scrapes)-1].text += detectorMetrics(t, source)

	var history strings.Builder
	written := writeHistory(t, &history, scrapes)
	t.Run("README.md", func(t *testing.T) { testMetricsTable(t, written) })
	metrics := server.Start(t, server.History{
		Name: "deploy", Version: fmt.Sprintf("%x", sha256.Sum256([]byte(history.String())))[:12],
		Write: func(w io.Writer) error { _, err := io.WriteString(w, history.String()); return err },
	})
	dashboards, err := filepath.Glob("grafana/*.json")
	if err != nil || len(dashboards) < 2 {
		t.Fatalf("the dashboards are %q, %v", dashboards, err)
	}
	for _, path := range dashboards {
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, p := range panels(t, path) {
				for _, target := range p.Targets {
					if problem := ask(t, metrics.URL, target, end); problem != "" {
						t.Errorf("panel %d %q: %s: %s", p.ID, p.Title, target.Expr, problem)
					}
				}
			}
			for _, v := range regexp.MustCompile(`label_values\((\w+), (\w+)\)`).FindAllStringSubmatch(read(t, path), -1) {
				if v[2] != "instance" && !slices.Contains(written[v[1]], v[2]) { // a label of the scrape
					t.Errorf("a variable wants %s of %s, which has only %q", v[2], v[1], written[v[1]])
				}
			}
		})
	}
	for _, name := range regexp.MustCompile(`\btars_[a-z_]+`).FindAllString(read(t, "prometheus/tars.rules.yaml"), -1) {
		if written[name] == nil {
			t.Errorf("the rules name %s, which no tool writes", name)
		}
	}
}

// textfiles returns the text of all .prom files of dir.
func textfiles(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.prom"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files in %s, %v", len(paths), dir, err)
	}
	var text strings.Builder
	for _, path := range paths {
		text.WriteString(read(t, path))
	}
	return text.String()
}

// detectorMetrics lets the detector watch the last day and returns what it
// serves once it has seen it; then it is told to stop.
func detectorMetrics(t *testing.T, source string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var log strings.Builder
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "tars-anomaly-detector"), "--watch",
		"--ga-timestamp", week.GA.Format(time.RFC3339), "--since", week.GA.AddDate(0, 0, 7).Format(time.RFC3339),
		"--prometheus-url", source, "--interval", "1s", "--listen", address,
		"--state", filepath.Join(dir, "state"), "-o", filepath.Join(dir, "events.ndjson"))
	cmd.Env = environment("TARS_RELEASE=v1.0.1")
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := `tars_watch_newest_sample_timestamp_seconds{release="v1.0.1"} ` + strconv.FormatFloat(float64(week.End.Unix()), 'g', -1, 64)
	text := ""
	for ctx.Err() == nil && !strings.Contains(text, seen) {
		time.Sleep(50 * time.Millisecond)
		text, _ = get(ctx, "http://"+address+"/metrics") // not there at first
	}
	if ctx.Err() != nil {
		t.Fatalf("the detector did not see the end of the week in a minute:\n%s\n%s", text, log.String())
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopping the detector: %v\n%s", err, log.String())
	}
	return text
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// writeHistory writes half an hour of scrapes after each moment, a minute
// apart, as OpenMetrics text: Prometheus refuses what is none. It returns the
// labels of each metric by its name.
func writeHistory(t *testing.T, w *strings.Builder, scrapes []scrape) map[string][]string {
	t.Helper()
	labels := map[string][]string{}
	for _, s := range scrapes {
		seen := map[string]bool{}
		for line := range strings.Lines(s.text) {
			line = strings.TrimSpace(line)
			if line == "" || line == "# EOF" {
				continue
			}
			if strings.HasPrefix(line, "#") {
				w.WriteString(line + "\n")
				continue
			}
			series := line[:strings.LastIndex(line, " ")]
			if seen[series] {
				t.Errorf("at %s %s is there twice; collectors refuse the whole file", s.at, series)
			}
			seen[series] = true
			name, pairs, _ := strings.Cut(series, "{")
			for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(pairs, -1) {
				if !slices.Contains(labels[name], label[1]) {
					labels[name] = append(labels[name], label[1])
				}
			}
			for minute := range 30 {
				fmt.Fprintf(w, "%s %d\n", line, s.at.Add(time.Duration(minute)*time.Minute).Unix())
			}
		}
	}
	w.WriteString("# EOF\n")
	return labels
}

// testMetricsTable compares the table of the metrics in README.md with what the
// tools wrote: every metric, with the labels that it can have.
func testMetricsTable(t *testing.T, written map[string][]string) {
	rows := regexp.MustCompile("(?m)^\\| `(tars_\\w+)` \\| (.*?) \\|").FindAllStringSubmatch(read(t, "README.md"), -1)
	told := map[string]bool{}
	for _, row := range rows {
		name, labels := row[1], []string{"release"} // which all have
		told[name] = true
		for _, label := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[2], -1) {
			labels = append(labels, label[1])
		}
		got := slices.Sorted(slices.Values(written[name]))
		if slices.Sort(labels); !slices.Equal(got, labels) {
			t.Errorf("README.md says that %s has the labels %q, it has %q", name, labels, got)
		}
	}
	for name := range written {
		if !told[name] {
			t.Errorf("README.md does not tell of %s", name)
		}
	}
}

type panel struct {
	ID      int
	Type    string
	Title   string
	Targets []target
}

type target struct {
	Expr         string
	LegendFormat string
	Instant      bool
}

// panels reads a dashboard.
func panels(t *testing.T, path string) []panel {
	t.Helper()
	var dashboard struct {
		UID    string
		Panels []panel
	}
	if err := json.Unmarshal([]byte(read(t, path)), &dashboard); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if want := strings.TrimSuffix(filepath.Base(path), ".json"); dashboard.UID != want {
		t.Errorf("%s: its uid is %q, want %q", path, dashboard.UID, want)
	}
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.ID == 0 || len(p.Targets) == 0 {
			t.Errorf("%s: panel %d %q has no id of its own, or no query", path, p.ID, p.Title)
		}
		ids[p.ID] = true
	}
	if len(ids) == 0 {
		t.Fatalf("%s has no panels", path)
	}
	return dashboard.Panels
}

var variables = strings.NewReplacer(`"$release"`, `".*"`, `"$instance"`, `".*"`, "$__rate_interval", "5m")

// ask sends a panel's query as Grafana would and says what is wrong with the
// answer: no data, or a label of the legend that no series has.
func ask(t *testing.T, base string, q target, end time.Time) string {
	t.Helper()
	form := url.Values{"query": {variables.Replace(q.Expr)}}
	path := "/api/v1/query_range"
	if q.Instant {
		path = "/api/v1/query"
		form.Set("time", end.Add(10*time.Minute).Format(time.RFC3339))
	} else {
		form.Set("start", week.GA.Format(time.RFC3339))
		form.Set("end", end.Add(30*time.Minute).Format(time.RFC3339))
		form.Set("step", "120")
	}
	body, err := get(t.Context(), base+path+"?"+form.Encode())
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Error string
		Data  struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if answer.Error != "" {
		return answer.Error
	}
	if len(answer.Data.Result) == 0 {
		return "no data"
	}
	for _, label := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(q.LegendFormat, -1) {
		has := slices.ContainsFunc(answer.Data.Result, func(s struct{ Metric map[string]string }) bool {
			return s.Metric[label[1]] != ""
		})
		if !has && label[1] != "instance" { // a label of the scrape, not of the tool
			return "no series has the label " + label[1]
		}
	}
	return ""
}
