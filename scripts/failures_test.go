package scripts_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/veleron-dev/tars/fixtures/server"
)

// sender is a script that speaks HTTP, with what it needs to send.
type sender struct {
	script, document string
	args             []string
	// env takes the server's address; secret is the variable that holds one.
	env    func(url string) []string
	secret string
	value  func(url string) string
}

const hush = "s3cr3t-k3y"

func senders(t *testing.T) []sender {
	plain := func(string) string { return hush }
	return []sender{
		{"slack-notify.sh", demo(t, retrospective), nil, none, "SLACK_WEBHOOK_URL", func(url string) string { return url + "/" + hush }},
		{"github-issues.sh", demo(t, retrospective), []string{"--repo=o/r", "--min-priority", "P0"}, setting("GITHUB_API_URL"), "GITHUB_TOKEN", plain},
		{"pagerduty-alert.sh", demo(t, retrospective), nil, setting("PAGERDUTY_URL"), "PAGERDUTY_ROUTING_KEY", plain},
		{"alertmanager-push.sh", demo(t, retrospective), nil, setting("ALERTMANAGER_URL"), "ALERTMANAGER_TOKEN", plain},
		{"grafana-annotate.sh", demo(t, retrospective), nil, setting("GRAFANA_URL"), "GRAFANA_TOKEN", plain},
		{"webhook.sh", demo(t, "health/day_03_HEALTH.json"), nil, setting("WEBHOOK_URL"), "WEBHOOK_SECRET", plain},
	}
}

func none(string) []string { return nil }

func setting(name string) func(string) []string {
	return func(url string) []string { return []string{name + "=" + url} }
}

// answers gives each request the next status, then 200; it keeps when they came.
type answers struct {
	mu       sync.Mutex
	statuses []int
	forever  int
	came     []time.Time
	waited   time.Duration // between the first two
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.came = append(a.came, time.Now())
	status := http.StatusOK
	if n := len(a.came); n <= len(a.statuses) {
		status = a.statuses[n-1]
	} else if a.forever != 0 {
		status = a.forever
	}
	if len(a.came) == 2 {
		a.waited = a.came[1].Sub(a.came[0])
	}
	a.mu.Unlock()
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	switch {
	case status != http.StatusOK: // a server that repeats what it was told
		_, _ = fmt.Fprintf(w, "no: %s %s\n%s", r.URL, r.Header.Get("Authorization"), body[:min(len(body), 60)])
	case r.Method == http.MethodGet:
		_, _ = io.WriteString(w, "[]")
	default:
		_, _ = io.WriteString(w, "{}")
	}
}

// TestFailures: every script says loudly what went wrong, tries again where
// that may help, and tells no secret, traced or not.
func TestFailures(t *testing.T) {
	spy := spies(t)
	for _, s := range senders(t) {
		for _, tc := range []struct {
			what     string
			statuses []int
			forever  int
			dead     bool
			status   int
			requests int // 0: as many as it takes
			says     string
		}{
			{what: "a wrong secret", statuses: []int{401}, status: 1, requests: 1, says: "it answers 401: no"},
			{what: "too many, then a bad moment", statuses: []int{429, 500}},
			{what: "broken", forever: 500, status: 1, requests: 4, says: "it answers 500 after 4 tries: no"},
			{what: "nobody there", dead: true, status: 1, says: "no answer after 4 tries: curl: (7)"},
		} {
			t.Run(s.script+": "+tc.what, func(t *testing.T) {
				t.Parallel()
				stub := &answers{statuses: tc.statuses, forever: tc.forever}
				there := httptest.NewServer(stub)
				t.Cleanup(there.Close)
				url := there.URL
				if tc.dead {
					url = nobody(t)
				}
				dir := t.TempDir()
				env := append(s.env(url), "PATH="+spy+":"+os.Getenv("PATH"), "SPIED="+filepath.Join(dir, "spied"))
				if len(tc.statuses) == 0 { // out of a file
					file := filepath.Join(dir, "secret")
					if err := os.WriteFile(file, []byte(s.value(url)+"\n"), 0o600); err != nil {
						t.Fatal(err)
					}
					env = append(env, s.secret+"_FILE="+file)
				} else {
					env = append(env, s.secret+"="+s.value(url))
				}
				got := run(t, s.document, env, s.script, s.args...)
				if got.status != tc.status {
					t.Errorf("it ends with %d, want %d: %s", got.status, tc.status, got.stderr)
				}
				if tc.status != 0 && (!strings.Contains(got.stderr, tc.says) || strings.Count(got.stderr, "\n") != 1) {
					t.Errorf("it says %q, want one line with %q", got.stderr, tc.says)
				}
				if tc.requests != 0 && len(stub.came) != tc.requests || tc.status == 0 && len(stub.came) <= len(tc.statuses) {
					t.Errorf("%d requests, want %d", len(stub.came), tc.requests)
				}
				if strings.HasPrefix(tc.what, "too many") && stub.waited < time.Second {
					t.Errorf("told to wait a second, it came back after %s", stub.waited)
				}
				if !strings.Contains(got.trace, "+ set +x") {
					t.Errorf("nothing was traced:\n%s", got.trace)
				}
				spied, err := os.ReadFile(filepath.Join(dir, "spied"))
				if err != nil || !strings.Contains(string(spied), "curl -sS") {
					t.Errorf("no program was seen: %v", err)
				}
				if strings.Contains(got.stdout+got.stderr+got.trace+string(spied), hush) {
					t.Errorf("the secret is told:\n%s%s%s%s", got.stdout, got.stderr, got.trace, spied)
				}
			})
		}
	}
}

// spies makes programs that note their arguments before they are themselves.
func spies(t *testing.T) string {
	t.Helper()
	server.Need(t, "jq", "curl", "openssl")
	dir := t.TempDir()
	for _, name := range []string{"curl", "jq", "openssl", "sed", "awk", "od"} {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		body := "#!/bin/sh\nprintf '%s\\n' \"" + name + " $*\" >>\"$SPIED\"\nexec " + real + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// nobody returns an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

// Without its secret, a script says which variable it wants.
func TestWantsItsSecret(t *testing.T) {
	for _, s := range senders(t) {
		if s.script == "alertmanager-push.sh" {
			continue // most of them want no token
		}
		got := run(t, s.document, append(s.env("http://127.0.0.1:1"), s.secret+"=", s.secret+"_FILE="), s.script, s.args...)
		if got.status != 2 || !strings.Contains(got.stderr, s.secret+" is not set") {
			t.Errorf("%s ends with %d and says %q", s.script, got.status, got.stderr)
		}
	}
}

// Wrong documents and flags are named, and nothing is sent.
func TestRefusesWhatItCannotSend(t *testing.T) {
	for _, tc := range []struct {
		script, document string
		args             []string
		status           int
		says             string
	}{
		{"github-issues.sh", `{"kind": "health_report"}`, []string{"--repo", "o/r"}, 1, "a health_report has no action items"},
		{"github-issues.sh", `{}`, []string{"--repo", "../r/x"}, 2, "--repo is owner/name"},
		{"github-issues.sh", `{}`, nil, 2, "GITHUB_REPOSITORY not set"},
		{"github-issues.sh", `{}`, []string{"--min-priority", "high"}, 2, "P0, P1, P2 or P3, not high"},
		{"pagerduty-alert.sh", `{"kind": "health_report"}`, nil, 1, "does not say what still stands"},
		{"pagerduty-alert.sh", `{}`, []string{"--min-severity=urgent"}, 2, "not urgent"},
		{"alertmanager-push.sh", `{"kind": "capture"}`, nil, 1, "a capture does not say what still stands"},
		{"alertmanager-push.sh", `{}`, []string{"--hold", "a day"}, 2, "whole number of hours"},
		{"grafana-annotate.sh", `[]`, nil, 1, "it is no JSON object"},
		{"webhook.sh", `{} {}`, nil, 1, "2 documents; give one at a time"},
		{"webhook.sh", `<html>`, nil, 1, "it is not JSON"},
		{"webhook.sh", `{}`, []string{"--header", "a: b"}, 2, "--header is the name of a header"},
		{"webhook.sh", `{}`, []string{"--header"}, 2, "--header needs a value"},
		{"webhook.sh", `{}`, []string{"--sign"}, 2, "unknown flag --sign"},
		{"webhook.sh", ``, []string{"absent.json"}, 1, "cannot read absent.json"},
		{"email-report.sh", `{"kind": "daily_summary"}`, []string{"--from=a@b", "--to=c@d"}, 1, "a daily_summary is no report; give a retrospective, a health_report"},
		{"email-report.sh", `{}`, []string{"--to=c@d"}, 2, "no sender"},
		{"email-report.sh", `{}`, []string{"--from=a@b"}, 2, "no recipient"},
		{"email-report.sh", ``, []string{"--from=a@b", "--to=c@d,nobody", "--text=README.md"}, 2, "nobody is no mail address"},
		{"email-report.sh", `{}`, []string{"--from=a@b", "--to=c@d", "--subject", "x\nBcc: e@f"}, 2, "line break"},
	} {
		got := run(t, tc.document, nil, tc.script, tc.args...)
		if got.status != tc.status || !strings.Contains(got.stderr, tc.says) {
			t.Errorf("%s %v of %s ends with %d and says %q, want %d and %q", tc.script, tc.args, tc.document, got.status, got.stderr, tc.status, tc.says)
		}
	}
}
