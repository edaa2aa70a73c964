package scripts_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// issue is one of the stub's, with the fields of GitHub's API.
type issue struct {
	Number      int               `json:"number"`
	State       string            `json:"state"`
	Title       string            `json:"title"`
	Body        *string           `json:"body"`
	Labels      []label           `json:"labels"`
	PullRequest map[string]string `json:"pull_request,omitempty"`
	comments    []string
}

type label struct {
	Name string `json:"name"`
}

func (i *issue) has(name string) bool { return slices.Contains(i.Labels, label{name}) }

// github is a repository that behaves as GitHub documents: pages with a Link,
// pull requests among the issues, requests checked against the schema.
type github struct {
	t      *testing.T
	url    string
	issues []*issue
	writes int
	limit  int // that many requests are too many
	lose   int // that many created issues are not confirmed
}

func newGitHub(t *testing.T) *github {
	g := &github{t: t}
	there := httptest.NewServer(g)
	t.Cleanup(there.Close)
	g.url = there.URL + "/api/v3"
	body := "people write too"
	for n := range 7 {
		g.issues = append(g.issues, &issue{Number: n + 1, State: "open", Title: "theirs", Body: &body})
	}
	g.issues[2].Body = nil
	g.issues[3].PullRequest = map[string]string{"url": "x"}
	return g
}

var issuePath = regexp.MustCompile(`^/api/v3/repos/o/r/issues(?:/(\d+)(/comments)?)?$`)

func (g *github) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, want := range map[string]string{"Authorization": "Bearer " + hush, "Accept": "application/vnd.github+json", "X-Github-Api-Version": "2022-11-28"} {
		if got := r.Header.Get(name); got != want {
			g.t.Errorf("%s %s has %s: %q, want %q", r.Method, r.URL, name, got, want)
		}
	}
	if g.limit > 0 {
		g.limit--
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusForbidden) // as the secondary limits do
		return
	}
	path := issuePath.FindStringSubmatch(r.URL.Path)
	if path == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var of *issue
	if path[1] != "" {
		n, _ := strconv.Atoi(path[1])
		of = g.issues[n-1]
	}
	switch {
	case r.Method == http.MethodGet && of == nil:
		g.list(w, r)
	case r.Method == http.MethodPost && of == nil:
		body := g.read(r, "title", "body", "labels", "assignees", "milestone", "type")
		if body.Title == nil || *body.Title == "" || len([]rune(*body.Title)) > 256 {
			g.t.Errorf("an issue's title is %v", body.Title)
		}
		made := &issue{Number: len(g.issues) + 1, State: "open"}
		g.issues = append(g.issues, made)
		body.on(made)
		if g.lose > 0 {
			g.lose--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		g.answer(w, http.StatusCreated, made)
	case r.Method == http.MethodPatch && path[2] == "":
		body := g.read(r, "title", "body", "labels", "assignees", "milestone", "state", "state_reason", "type")
		body.on(of)
		g.answer(w, http.StatusOK, of)
	case r.Method == http.MethodPost && path[2] != "":
		body := g.read(r, "body")
		of.comments = append(of.comments, *body.Body)
		g.answer(w, http.StatusCreated, map[string]int{"id": 1})
	default:
		g.t.Errorf("GitHub has no %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	}
}

// change is the body of a request that writes.
type change struct {
	Title, Body, State *string
	Labels             *[]string
}

func (c change) on(i *issue) {
	if c.Title != nil {
		i.Title = *c.Title
	}
	if c.Body != nil {
		i.Body = c.Body
	}
	if c.State != nil {
		i.State = *c.State
	}
	if c.Labels != nil {
		i.Labels = nil
		for _, name := range *c.Labels {
			i.Labels = append(i.Labels, label{name})
		}
	}
}

// read reads a change, which has none but the documented fields.
func (g *github) read(r *http.Request, fields ...string) change {
	g.writes++
	raw, _ := io.ReadAll(r.Body)
	var all map[string]any
	var c change
	if json.Unmarshal(raw, &all) != nil || json.Unmarshal(raw, &c) != nil {
		g.t.Errorf("%s %s is no change: %s", r.Method, r.URL, raw)
	}
	for field := range all {
		if !slices.Contains(fields, field) {
			g.t.Errorf("%s %s has the field %s, which GitHub does not document", r.Method, r.URL, field)
		}
	}
	if c.State != nil && *c.State != "open" && *c.State != "closed" {
		g.t.Errorf("a state is %q", *c.State)
	}
	return c
}

func (g *github) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// list pages by five, whatever is asked for.
func (g *github) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("state") != "all" || query.Get("since") != "2025-11-18T00:00:00Z" {
		g.t.Errorf("the list is asked for with %s", r.URL.RawQuery)
	}
	page, _ := strconv.Atoi(query.Get("page"))
	page = max(page, 1)
	last := (len(g.issues) + 4) / 5
	link := func(n int, rel string) string {
		query.Set("page", strconv.Itoa(n))
		return fmt.Sprintf(`<%s/repos/o/r/issues?%s>; rel="%s"`, g.url, query.Encode(), rel)
	}
	var links []string
	if page > 1 {
		links = append(links, link(page-1, "prev"), link(1, "first"))
	}
	if page < last {
		links = append(links, link(page+1, "next"), link(last, "last"))
	}
	w.Header().Set("Link", strings.Join(links, ", "))
	g.answer(w, http.StatusOK, g.issues[(page-1)*5:min(page*5, len(g.issues))])
}

func (g *github) run(document string, args ...string) string {
	g.t.Helper()
	return works(g.t, document, []string{"GITHUB_TOKEN=" + hush, "GITHUB_API_URL=" + g.url + "/"}, "github-issues.sh", append([]string{"--repo", "o/r"}, args...)...)
}

func (g *github) find(id string) *issue {
	g.t.Helper()
	for _, i := range g.issues {
		if i.Body != nil && strings.Contains(*i.Body, "<!-- tars-item v1.0.1 "+id+" -->") {
			return i
		}
	}
	g.t.Fatalf("no issue for %s", id)
	return nil
}

// TestGitHubIssues follows the action items of the demo week through the runs
// of its retrospectives.
func TestGitHubIssues(t *testing.T) {
	document := demo(t, retrospective)
	var ids []string
	edited(t, document, func(d map[string]any) {
		for _, item := range members(d, "action_items") {
			ids = append(ids, item["id"].(string))
		}
	})
	g := newGitHub(t)
	g.limit = 1
	g.lose = 1 // the first created issue is not confirmed, and yet not made twice
	expect := func(did, want string) {
		t.Helper()
		if did != want+"\n" {
			t.Errorf("it did %q, want %q", did, want)
		}
	}
	// The unconfirmed one is found, and thus not counted.
	expect(g.run(document, "--min-priority", "P1", "--label", "release"), "created 4, updated 0, closed 0")
	urgent := g.find(ids[0])
	if len(g.issues) != 12 || !urgent.has("P0") || !urgent.has("tars") || !urgent.has("release") || urgent.Title != of(t, document, ".action_items[0].description") {
		t.Errorf("%d issues, the first %+v", len(g.issues), urgent)
	}
	expect(g.run(document), fmt.Sprintf("created %d, updated 0, closed 0", len(ids)-5))
	before := g.writes
	expect(g.run(document), "created 0, updated 0, closed 0")
	if g.writes != before {
		t.Errorf("a run without news wrote %d times", g.writes-before)
	}

	// People work on an issue; then its item changes.
	body := "Seen it.\r\n\r\n" + strings.ReplaceAll(*urgent.Body, "\n", "\r\n") + "\r\n\r\nOn it."
	urgent.Body, urgent.Labels = &body, append(urgent.Labels, label{"theirs"})
	theirs := g.find(ids[1])
	theirs.State = "closed"
	expect(g.run(document), "created 0, updated 0, closed 0")
	later := edited(t, document, func(d map[string]any) {
		items := members(d, "action_items")
		items[0]["priority"], items[0]["description"] = "P1", "Roll back @everybody --> now"
		items[1]["description"] = "Otherwise"
		d["generated_at"] = "2025-11-27T00:00:00Z"
	})
	expect(g.run(later), "created 0, updated 1, closed 0")
	if !urgent.has("P1") || urgent.has("P0") || !urgent.has("theirs") {
		t.Errorf("the labels are %v", urgent.Labels)
	}
	if got := *urgent.Body; !strings.HasPrefix(got, "Seen it.\n") || !strings.HasSuffix(got, "\nOn it.") || strings.Contains(got, of(t, document, ".action_items[0].description")+"\n\nPriority") ||
		!strings.Contains(got, "Roll back @\u200beverybody") || strings.Count(got, "tars-item") != 2 {
		t.Errorf("the body is:\n%s", got)
	}
	if theirs.State != "closed" {
		t.Error("what people closed was opened")
	}

	// An item clears, and comes back. Another release's items are not touched.
	cleared := edited(t, later, func(d map[string]any) { d["action_items"] = d["action_items"].([]any)[1:] })
	missing := edited(t, cleared, func(d map[string]any) {
		d["appendix"].(map[string]any)["missing"] = []string{"day 4"}
	})
	expect(g.run(missing), "created 0, updated 0, closed 0")
	if urgent.State != "open" {
		t.Error("an item was taken for gone though a day was missing")
	}
	expect(g.run(cleared), "created 0, updated 0, closed 1")
	if urgent.State != "closed" || !urgent.has("tars-cleared") || !slices.Equal(urgent.comments, []string{"The retrospective of 2025-11-27T00:00:00Z no longer has this item."}) {
		t.Errorf("the cleared item's issue is %+v", urgent)
	}
	expect(g.run(cleared), "created 0, updated 0, closed 0")
	expect(g.run(later), "created 0, updated 1, closed 0")
	if urgent.State != "open" || urgent.has("tars-cleared") || len(urgent.comments) != 2 {
		t.Errorf("the issue of what came back is %+v", urgent)
	}
	count := len(g.issues)
	expect(g.run(edited(t, cleared, func(d map[string]any) { d["release"] = "v1.0.2 <!--" })), fmt.Sprintf("created %d, updated 0, closed 0", len(ids)-1))
	if urgent.State != "open" || len(g.issues) != count+len(ids)-1 {
		t.Errorf("%d issues; the other release's is %s", len(g.issues), urgent.State)
	}
}

// TestGitHubIssuesFollowsNoStranger: the token goes to no other server.
func TestGitHubIssuesFollowsNoStranger(t *testing.T) {
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<https://elsewhere.example/issues?page=2>; rel="next"`)
		_, _ = io.WriteString(w, "[]")
	}))
	defer there.Close()
	got := run(t, demo(t, retrospective), []string{"GITHUB_TOKEN=" + hush, "GITHUB_API_URL=" + there.URL}, "github-issues.sh", "--repo", "o/r")
	if got.status != 1 || !strings.Contains(got.stderr, "the next page lies elsewhere") {
		t.Errorf("it ends with %d and says %q", got.status, got.stderr)
	}
}
