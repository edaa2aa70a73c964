package main

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/veleron-dev/tars/lib/tool/tooltest"
)

// runAsTool makes the test binary stand in for the tool, for tests that must
// kill it.
const runAsTool = "TARS_TEST_RUN_AS_TOOL"

func TestMain(m *testing.M) {
	if os.Getenv(runAsTool) != "" {
		main()
	}
	tooltest.Main(m, name, main)
}

func TestScript(t *testing.T) {
	tooltest.Run(t, map[string]func(*testscript.TestScript, bool, []string){"serve": serve, "prometheus": fakeSource})
}

// serve starts a server that answers every query with a status and the text of
// a file, and puts its address into $URL: serve STATUS FILE.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve STATUS FILE")
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	body := ts.ReadFile(args[1])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}

// fakeSource starts a server that knows one metric, up, of two services, and
// puts its address into $URL. Service "api" is down for four steps from
// 2025-11-18T08:00:00Z on; from 12:00 to 13:00 there is no data at all.
func fakeSource(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || !strings.HasSuffix(r.URL.Path, "/api/v1/query_range") {
			http.NotFound(w, r)
			return
		}
		number := func(field string) int64 {
			text := r.Form.Get(field)
			if v, err := strconv.ParseFloat(strings.TrimSuffix(text, "s"), 64); err == nil {
				return int64(v)
			}
			return 0
		}
		start, end, step := number("start"), number("end"), max(number("step"), 1)
		var series []string
		add := func(labels string, value func(t int64) float64) {
			var points []string
			for t := start; t <= end; t += step {
				if t < 1763467200 || t >= 1763470800 {
					points = append(points, fmt.Sprintf(`[%d,"%v"]`, t, value(t)))
				}
			}
			if points != nil {
				series = append(series, fmt.Sprintf(`{"metric":{%s},"values":[%s]}`, labels, strings.Join(points, ",")))
			}
		}
		api := func(t int64) float64 {
			if t >= 1763452800 && t < 1763452800+4*300 {
				return 0
			}
			return 100
		}
		wavy := func(t int64) float64 { return 99 + math.Mod(float64(t/300), 2) }
		query := r.Form.Get("query")
		switch {
		case strings.HasPrefix(query, "count by (service)"):
			add(`"service":"api"`, wavy)
		case !strings.Contains(query, "(up["), strings.Contains(query, "(region)"):
		case strings.Contains(query, "(service)"):
			add(`"service":"api"`, api)
			add(`"service":"web"`, wavy)
		default:
			add("", wavy)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, strings.Join(series, ","))
	}))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}
