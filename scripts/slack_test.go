// Package scripts_test runs the integration scripts against servers on this
// machine that answer as the real ones do.
package scripts_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/veleron-dev/tars/fixtures/server"
)

const retro = `{"kind": "retrospective", "release": "v1 <&>", "executive_summary": {"verdict": "rollback", "headline": "Roll back: p99 < bad & worse",
 "facts": [{"description": "Größer als zuvor"}], "unknowns": []},
 "action_items": [{"priority": "P0", "description": "now"}, {"priority": "P3", "description": "some day"}]}`

// TestSlackNotify posts a retrospective: what arrives, what is tried again,
// and that the webhook is never told.
func TestSlackNotify(t *testing.T) {
	server.Need(t, "jq", "curl")
	for _, tc := range []struct {
		what     string
		document string
		answers  []int
		status   int
		says     string
	}{
		{"it arrives", retro, []int{200}, 0, ""},
		{"too many at once, then it arrives", retro, []int{429, 200}, 0, ""},
		{"a wrong webhook", retro, []int{403}, 1, "sending to Slack: it answers 403: no"},
		{"a document that is not for Slack", `{"kind": "capture"}`, nil, 1, "a capture is not for Slack"},
		{"two documents", `{"kind": "capture"}` + retro, nil, 1, "2 documents; give one at a time"},
		{"no JSON", `<html>`, nil, 1, "it is not JSON"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			var bodies [][]byte
			slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				bodies = append(bodies, body)
				status := 500
				if len(bodies) <= len(tc.answers) {
					status = tc.answers[len(bodies)-1]
				}
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
				if status != 200 {
					_, _ = io.WriteString(w, "no")
				}
			}))
			defer slack.Close()
			cmd := exec.Command("sh", "-x", "slack-notify.sh")
			cmd.Env = append(os.Environ(), "SLACK_WEBHOOK_URL="+slack.URL+"/s3cr3t", "SLACK_WEBHOOK_URL_FILE=")
			cmd.Stdin = strings.NewReader(tc.document)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			_ = cmd.Run() // the exit status is looked at below
			if got := cmd.ProcessState.ExitCode(); got != tc.status || !strings.Contains(out.String(), tc.says) {
				t.Errorf("exit %d, want %d saying %q:\n%s", got, tc.status, tc.says, out.String())
			}
			if strings.Contains(out.String(), "s3cr3t") {
				t.Errorf("the webhook is told:\n%s", out.String())
			}
			if len(bodies) != len(tc.answers) {
				t.Fatalf("%d requests, want %d", len(bodies), len(tc.answers))
			}
			for _, body := range bodies {
				var message struct {
					Text   string
					Blocks []struct{ Type string }
				}
				if err := json.Unmarshal(body, &message); err != nil || message.Blocks[0].Type != "header" {
					t.Fatalf("%v: %s", err, body)
				}
				for _, want := range []string{"p99 &lt; bad &amp; worse", "Größer als zuvor", "*P0* now"} {
					if !bytes.Contains(unescaped(body), []byte(want)) {
						t.Errorf("the message lacks %q:\n%s", want, body)
					}
				}
				if bytes.Contains(body, []byte("some day")) {
					t.Error("a P3 item is in the message")
				}
			}
		})
	}
}

// An older day says whether to roll back, but has no advice in words.
func TestSlackNotifyReadsOlderDays(t *testing.T) {
	server.Need(t, "jq", "curl")
	for document, want := range map[string]string{
		`{"kind": "daily_summary", "day_number": 3, "rollback_recommendation": {"should_rollback": true, "reason": "r"}}`:  "Day 3: rollback advice rollback",
		`{"kind": "daily_summary", "day_number": 3, "rollback_recommendation": {"should_rollback": false, "reason": "r"}}`: "Day 3: rollback advice keep",
		`{"kind": "daily_summary", "day_number": 3, "rollback_recommendation": {"should_rollback": null, "reason": "r"}}`:  "Day 3: rollback advice unknown",
		`{"kind": "daily_summary", "day_number": 3, "rollback_recommendation": true}`:                                      "Day 3: rollback advice rollback",
	} {
		cmd := exec.Command("sh", "slack-notify.sh", "--dry-run")
		cmd.Stdin = strings.NewReader(document)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: lacks %q:\n%s", document, err, want, out)
		}
	}
}

// unescaped undoes JSON's escapes of text that needs none.
func unescaped(body []byte) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	var v any
	if json.Unmarshal(body, &v) != nil || enc.Encode(v) != nil {
		return body
	}
	return b.Bytes()
}
