package scripts_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// annotation is one of Grafana's; it answers timeEnd = time for a moment.
type annotation struct {
	ID           int      `json:"id"`
	DashboardUID string   `json:"dashboardUID"`
	Time         int64    `json:"time"`
	TimeEnd      int64    `json:"timeEnd"`
	Text         string   `json:"text"`
	Tags         []string `json:"tags"`
}

// grafana keeps annotations as its HTTP API documents.
type grafana struct {
	t      *testing.T
	url    string
	all    []*annotation
	writes int
	lose   int // that many added annotations are not confirmed
}

func newGrafana(t *testing.T) *grafana {
	g := &grafana{t: t}
	there := httptest.NewServer(g)
	t.Cleanup(there.Close)
	g.url = there.URL
	g.all = []*annotation{{ID: 1, Time: 1, TimeEnd: 1, Text: "theirs", Tags: []string{"deploy"}}}
	return g
}

var annotationPath = regexp.MustCompile(`^/api/annotations(?:/(\d+))?$`)

func (g *grafana) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := annotationPath.FindStringSubmatch(r.URL.Path)
	if path == nil || r.Header.Get("Authorization") != "Bearer "+hush {
		g.t.Errorf("%s %s by %q", r.Method, r.URL, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if r.Method == http.MethodGet && path[1] == "" {
		found := []*annotation{}
		for _, a := range g.all { // those with every tag
			wanted := r.URL.Query()["tags"]
			if !slices.ContainsFunc(wanted, func(tag string) bool { return !slices.Contains(a.Tags, tag) }) && len(wanted) > 0 {
				found = append(found, a)
			}
		}
		_ = json.NewEncoder(w).Encode(found)
		return
	}
	g.writes++
	raw, _ := io.ReadAll(r.Body)
	body := annotation{}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil || body.Time < 1e12 || body.Text == "" || len(body.Tags) < 3 || r.Header.Get("Content-Type") != "application/json" {
		g.t.Errorf("Grafana would refuse %s %s: %v: %s", r.Method, r.URL, err, raw)
	}
	if body.TimeEnd == 0 {
		body.TimeEnd = body.Time
	}
	switch {
	case r.Method == http.MethodPost && path[1] == "":
		body.ID = len(g.all) + 1
		g.all = append(g.all, &body)
		if g.lose > 0 {
			g.lose--
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, `{"message": "Annotation added", "id": `+strconv.Itoa(body.ID)+`}`)
	case r.Method == http.MethodPatch && path[1] != "":
		body.ID, _ = strconv.Atoi(path[1])
		body.DashboardUID = g.all[body.ID-1].DashboardUID
		g.all[body.ID-1] = &body
		_, _ = io.WriteString(w, `{"message": "Annotation patched"}`)
	default:
		g.t.Errorf("Grafana has no %s %s", r.Method, r.URL)
	}
}

// TestGrafana marks the demo week twice, and once more when it has moved on.
func TestGrafana(t *testing.T) {
	document := demo(t, retrospective)
	g := newGrafana(t)
	g.lose = 1
	env := []string{"GRAFANA_TOKEN=" + hush, "GRAFANA_URL=" + g.url + "/"}
	do := func(document string, args ...string) string {
		t.Helper()
		return works(t, document, env, "grafana-annotate.sh", args...)
	}
	// GA, the end, four findings; the first was not confirmed.
	if did := do(document); did != "added 5, changed 0\n" || len(g.all) != 7 {
		t.Errorf("it did %q; %d annotations", did, len(g.all))
	}
	before := g.writes
	if did := do(document); did != "added 0, changed 0\n" || g.writes != before {
		t.Errorf("the second run did %q, and wrote %d times", did, g.writes-before)
	}
	find := func(id string) *annotation {
		t.Helper()
		for _, a := range g.all {
			if slices.Contains(a.Tags, "tars-id:"+id) {
				return a
			}
		}
		t.Fatalf("no annotation of %s", id)
		return nil
	}
	ms := func(text string) int64 {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixMilli()
	}
	if ga := find("ga"); ga.Time != ms("2025-11-18T00:00:00Z") || ga.TimeEnd != ga.Time || ga.Text != "GA of v1.0.1" {
		t.Errorf("GA is %+v", ga)
	}
	if over := find("D-availability-checkout-day2"); over.Time != ms("2025-11-20T10:00:00Z") || over.TimeEnd != ms("2025-11-20T10:20:00Z") {
		t.Errorf("the outage is %+v", over)
	}
	if stands := find("D-latency-search"); stands.TimeEnd != ms("2025-11-26T00:00:00Z") || !strings.HasSuffix(stands.Text, "(standing)") {
		t.Errorf("the slow search is %+v", stands)
	}

	later := edited(t, document, func(d map[string]any) {
		for _, item := range members(d, "degradations") {
			if item["id"] == "D-latency-search" {
				item["resolution_status"], item["ended"] = "recovered", "2025-11-25T12:00:00Z"
			}
		}
	})
	if did := do(later); did != "added 0, changed 1\n" || find("D-latency-search").TimeEnd != ms("2025-11-25T12:00:00Z") || strings.Contains(find("D-latency-search").Text, "standing") {
		t.Errorf("later it did %q: %+v", did, find("D-latency-search"))
	}
	if g.all[0].Text != "theirs" {
		t.Error("an annotation of theirs was changed")
	}
	// A week that is not over has no end.
	half := works(t, edited(t, document, func(d map[string]any) {
		d["window"].(map[string]any)["end"] = "2025-11-22T00:00:00Z"
	}), nil, "grafana-annotate.sh", "--dry-run", "--dashboard", "abc")
	if strings.Contains(half, "tars-id:end") || !strings.Contains(half, `"dashboardUID": "abc"`) {
		t.Errorf("in the middle of the week it would send %s", half)
	}
	if did := do(demo(t, anomalies), "--min-severity", "high"); !strings.HasPrefix(did, "added ") || strings.HasPrefix(did, "added 0") {
		t.Errorf("of the incidents it did %q", did)
	}
}
