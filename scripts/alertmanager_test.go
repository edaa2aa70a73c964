package scripts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
)

// told collects what Alertmanager notifies of: the last status by finding.
type told struct {
	mu     sync.Mutex
	status map[string]string
}

func (n *told) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var message struct {
		Alerts []struct {
			Status string
			Labels map[string]string
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&message)
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, alert := range message.Alerts {
		n.status[alert.Labels["finding"]] = alert.Status
	}
}

func (n *told) of(finding string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.status[finding]
}

// until polls; a state that does not come fails the test.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !reached(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// freePort returns a port of this machine that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// start starts a server and ends it with the test.
func start(t *testing.T, ready func() bool, program string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	var says bytes.Buffer
	cmd.Stdout, cmd.Stderr = &says, &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("%s says:\n%s", program, says.String())
		}
	})
	until(t, program, ready)
}

// alertmanager starts a real one that notifies n; it returns its address.
func alertmanager(t *testing.T, n http.Handler) string {
	t.Helper()
	server.Need(t, "prometheus-alertmanager")
	hook := httptest.NewServer(n)
	t.Cleanup(hook.Close)
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte(fmt.Sprintf(`
route: {receiver: hook, group_by: [finding], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: hook
    webhook_configs: [{url: %q}]
`, hook.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + freePort(t)
	start(t, func() bool {
		answer, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode == http.StatusOK
	}, "prometheus-alertmanager", "--config.file="+config, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	return "http://" + address
}

// alert is one as Alertmanager shows it.
type alert struct {
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	GeneratorURL        string
}

// showing returns the alerts that Alertmanager shows, by finding.
func showing(t *testing.T, url string) map[string]alert {
	t.Helper()
	answer, err := http.Get(url + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	var alerts []alert
	if err := json.Unmarshal(body, &alerts); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	found := map[string]alert{}
	for _, a := range alerts {
		if _, twice := found[a.Labels["finding"]]; twice {
			t.Errorf("%s alerts twice", a.Labels["finding"])
		}
		found[a.Labels["finding"]] = a
	}
	return found
}

// TestAlertmanager pushes the demo week into a real Alertmanager, which shows
// what stands and then notifies that it is resolved.
func TestAlertmanager(t *testing.T) {
	document := demo(t, retrospective)
	n := &told{status: map[string]string{}}
	url := alertmanager(t, n)
	push := func(document string, args ...string) string {
		t.Helper()
		return works(t, document, []string{"ALERTMANAGER_URL=" + url + "/"}, "alertmanager-push.sh", args...)
	}
	for range 2 { // a second push changes nothing
		if did := push(document, "--link", "https://reports.example/week"); did != "standing 3, over 2\n" {
			t.Errorf("it did %q", did)
		}
		if got := showing(t, url); len(got) != 3 {
			t.Errorf("it shows %v", got)
		}
	}
	search := showing(t, url)["D-latency-search"]
	if search.Labels["alertname"] != "TarsRegression" || search.Labels["severity"] != "critical" || search.Labels["release"] != "v1.0.1" || search.Labels["service"] != "search" ||
		search.Annotations["summary"] != of(t, document, slow) || search.GeneratorURL != "https://reports.example/week" ||
		search.StartsAt.Format(time.RFC3339) != "2025-11-22T06:00:00Z" || time.Until(search.EndsAt) < 25*time.Hour {
		t.Errorf("the slow search is %+v", search)
	}
	until(t, "the notification", func() bool { return n.of("D-latency-search") == "firing" && n.of("D-memory-checkout") == "firing" })

	// One is over; one is hidden from view, which is no end; one is worse.
	later := edited(t, document, func(d map[string]any) {
		kept := []any{}
		for _, item := range members(d, "degradations") {
			switch item["id"] {
			case "D-latency-search":
				item["resolution_status"], item["ended"] = "recovered", "2025-11-25T12:00:00Z"
			case "D-memory-checkout":
				continue
			}
			kept = append(kept, item)
		}
		d["degradations"] = kept
		d["appendix"].(map[string]any)["unknown"] = []any{map[string]any{"metric_name": "memory_percent", "service": "checkout", "reason": "no series"}}
	})
	push(later)
	until(t, "the resolution", func() bool { return n.of("D-latency-search") == "resolved" })
	if got := showing(t, url); len(got) != 2 || got["D-memory-checkout"].Labels == nil || got["rollback"].Labels["alertname"] != "TarsRollbackAdvised" {
		t.Errorf("later it shows %v", got)
	}

	// Then it is looked at again, and gone; the advice is to keep the release.
	push(edited(t, later, func(d map[string]any) {
		d["appendix"].(map[string]any)["unknown"] = []any{}
		d["executive_summary"].(map[string]any)["verdict"] = "keep"
	}))
	until(t, "the end", func() bool { return n.of("D-memory-checkout") == "resolved" && n.of("rollback") == "resolved" })
	if got := showing(t, url); len(got) != 0 {
		t.Errorf("at the end it shows %v", got)
	}
}

// A severity that changes moves the alert; another document's and another
// release's alerts are left alone; what is acknowledged raises none.
func TestAlertmanagerKeepsApart(t *testing.T) {
	document := demo(t, retrospective)
	n := &told{status: map[string]string{}}
	url := alertmanager(t, n)
	push := func(document string) {
		t.Helper()
		works(t, document, []string{"ALERTMANAGER_URL=" + url}, "alertmanager-push.sh", "--min-severity", "high")
	}
	push(edited(t, document, func(d map[string]any) { members(d, "degradations")[0]["severity"] = "high" }))
	if got := showing(t, url)["D-latency-search"].Labels["severity"]; got != "warning" {
		t.Errorf("what is high is %q", got)
	}
	push(document)
	if got := showing(t, url)["D-latency-search"].Labels["severity"]; got != "critical" {
		t.Errorf("what is critical by now is %q", got)
	}
	push(edited(t, document, func(d map[string]any) {
		d["release"], d["degradations"] = `v2 "beta"`, []any{}
		d["executive_summary"].(map[string]any)["verdict"] = "keep"
	}))
	push(edited(t, demo(t, anomalies), func(d map[string]any) { d["incidents"] = []any{} }))
	if got := showing(t, url); len(got) != 3 {
		t.Errorf("after pushes that are not about them it shows %v", got)
	}
	push(edited(t, document, func(d map[string]any) {
		members(d, "degradations")[0]["acknowledged"] = map[string]any{"reason": "known", "owner": "search"}
	}))
	if got := showing(t, url); len(got) != 2 || got["D-latency-search"].Labels != nil {
		t.Errorf("after the acknowledgement it shows %v", got)
	}
}
