package kpi_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/veleron-dev/tars/fixtures/server"
	"github.com/veleron-dev/tars/lib/kpi"
)

// The metrics below are scraped once a minute for two hours; every query is
// asked at their end.
const minutes = 120

var (
	began = time.Date(2025, 11, 18, 0, 0, 30, 0, time.UTC)
	ended = began.Add(minutes * time.Minute)
)

// metrics are counters by their increment a minute and gauges by their value.
// "until 60" and "from 60" are series that end or begin after an hour.
const metrics = `
counter http_requests_total{service="checkout",status="200"} 90
counter http_requests_total{service="checkout",status="500"} 10
counter http_requests_total{service="search",status="200"} 100
counter http_requests_total{service="idle",status="200"} 0
gauge up{service="checkout",instance="a"} 1
gauge up{service="checkout",instance="b"} 0
gauge up{service="search",instance="c"} 1
counter redis_keyspace_hits_total{namespace="prod"} 30
counter redis_keyspace_misses_total{namespace="prod"} 10
counter redis_keyspace_hits_total{namespace="idle"} 0
counter redis_keyspace_misses_total{namespace="idle"} 0
gauge kube_node_info{node="n1",instance="ksm-1"} 1 until 118
gauge kube_node_info{node="n1",instance="ksm-2"} 1 from 118
gauge kube_node_info{node="n2",instance="ksm-2"} 1
gauge kube_node_status_condition{node="n1",condition="MemoryPressure",status="true"} 1
gauge kube_node_status_condition{node="n1",condition="DiskPressure",status="true"} 1
gauge kube_node_status_condition{node="n2",condition="DiskPressure",status="true"} 0
counter container_cpu_usage_seconds_total{namespace="shop",pod="web-6d4cf56db6-x7k2p",container="app"} 30
counter container_cpu_usage_seconds_total{namespace="shop",pod="node-exporter-x7k2p",container="app"} 60
gauge container_memory_working_set_bytes{namespace="shop",pod="web-6d4cf56db6-x7k2p",container="app"} 1073741824
gauge container_memory_working_set_bytes{namespace="shop",pod="node-exporter-x7k2p",container="app"} 2147483648
gauge kube_pod_container_resource_limits{namespace="shop",pod="web-6d4cf56db6-x7k2p",container="app",resource="cpu"} 2
gauge kube_pod_container_resource_limits{namespace="shop",pod="web-6d4cf56db6-x7k2p",container="app",resource="memory"} 4294967296
gauge kube_pod_container_resource_limits{namespace="shop",pod="job-finished",container="app",resource="cpu"} 8
gauge kube_pod_container_resource_limits{namespace="shop",pod="job-finished",container="app",resource="memory"} 4294967296
gauge kube_deployment_spec_replicas{namespace="shop",deployment="web"} 4
gauge kube_deployment_status_replicas_available{namespace="shop",deployment="web"} 5
gauge kube_deployment_spec_replicas{namespace="shop",deployment="api"} 4
gauge kube_deployment_status_replicas_available{namespace="shop",deployment="api"} 3
gauge kube_deployment_spec_replicas{namespace="shop",deployment="off"} 0
gauge kube_deployment_status_replicas_available{namespace="shop",deployment="off"} 0
counter http_server_request_duration_seconds_count{service_name="cart",http_response_status_code="200"} 99
counter http_server_request_duration_seconds_count{service_name="cart",http_response_status_code="503"} 1
counter istio_requests_total{reporter="destination",destination_service_name="cart",response_code="200"} 95
counter istio_requests_total{reporter="destination",destination_service_name="cart",response_code="503"} 5
counter istio_requests_total{reporter="source",destination_service_name="cart",response_code="503"} 100
counter nginx_ingress_controller_requests{exported_service="cart",ingress="shop",status="200"} 97
counter nginx_ingress_controller_requests{exported_service="cart",ingress="shop",status="502"} 2
counter nginx_ingress_controller_requests{exported_service="cart",ingress="shop",status="499"} 1
counter http_request_duration_seconds_bucket{service="checkout",le="0.1"} 50
counter http_request_duration_seconds_bucket{service="checkout",le="0.2"} 100
counter http_request_duration_seconds_bucket{service="checkout",le="+Inf"} 100
`

func writeMetrics(out io.Writer) error {
	for line := range strings.SplitSeq(strings.TrimSpace(metrics), "\n") {
		fields := strings.Fields(line)
		number, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return err
		}
		from, until := 0, minutes
		if len(fields) == 5 {
			at, err := strconv.Atoi(fields[4])
			if err != nil {
				return err
			}
			if fields[3] == "from" {
				from = at
			} else {
				until = at
			}
		}
		for i := from; i <= until; i++ {
			value := number
			if fields[0] == "counter" {
				value *= float64(i)
			}
			if _, err := fmt.Fprintf(out, "%s %v %d\n", fields[1], value, began.Add(time.Duration(i)*time.Minute).Unix()); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(out, "# EOF\n")
	return err
}

func prometheus(t *testing.T) string {
	t.Helper()
	version := fmt.Sprintf("%x", sha256.Sum256([]byte(metrics)))[:12]
	return server.Start(t, server.History{Name: "kpi", Version: version, Write: writeMetrics}).URL
}

// values are an answer, by the values of a label; "" is the whole.
type values map[string]float64

// ask evaluates PromQL at the metrics' end.
func ask(t *testing.T, base, promQL, label string) values {
	t.Helper()
	resp, err := http.PostForm(base+"/api/v1/query", url.Values{"query": {promQL}, "time": {strconv.FormatInt(ended.Unix(), 10)}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	var answer struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != "" {
		t.Errorf("%s\n%s", promQL, answer.Error)
	}
	got := values{}
	for _, s := range answer.Data.Result {
		text, _ := s.Value[1].(string)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		got[s.Metric[label]] = v
	}
	return got
}

// Every query of every preset is good PromQL, for the whole and broken down,
// with and without a selector, and its text shows no trace of what is empty.
func TestEveryPresetsQueriesAreAccepted(t *testing.T) {
	base := prometheus(t)
	for _, name := range kpi.Presets() {
		c := preset(t, name)
		templates := []string{c.Discovery.Query, c.Alerts}
		for _, k := range c.KPIs {
			for _, q := range k.Queries {
				templates = append(templates, q.Series)
				if q.Window != "" {
					templates = append(templates, q.Window)
				}
			}
		}
		labels := append([]string{""}, c.Discovery.Labels...)
		if c.RegionLabel != "" {
			labels = append(labels, c.RegionLabel)
		}
		for _, template := range templates {
			for _, by := range labels {
				for _, selector := range []string{"", `namespace="prod",cluster=~"a|b"`} {
					text := kpi.Expand(template, vars(c, by, selector))
					ask(t, base, text, by)
					for _, dirt := range []string{"$s", "$b", "$w", "$p", "{}", ",}", ", )", ",)", "by ()", "  ", "sum ("} {
						if strings.Contains(text, dirt) {
							t.Errorf("%q is left in %s", dirt, text)
						}
					}
				}
			}
		}
	}
}

func vars(c *kpi.Catalogue, by, selector string) kpi.Vars {
	return kpi.Vars{By: by, Selector: selector, Window: time.Hour, Step: 5 * time.Minute, Prices: c.Prices}
}

func TestWhatTheQueriesMean(t *testing.T) {
	base := prometheus(t)
	for _, tc := range []struct {
		what, preset, key string
		alternative       int
		by, selector      string
		// series and window are the answers of the two forms.
		series, window values
	}{
		{"all targets", "tars", "availability", 0, "", "", whole(100 * 2 / 3.), whole(100 * 2 / 3.)},
		{"targets of each service", "tars", "availability", 0, "service", "", values{"checkout": 50, "search": 100}, values{"checkout": 50, "search": 100}},
		{"ratio of totals", "tars", "error_rate", 0, "", "", whole(5), whole(5)},
		{"no 5xx series is no errors; no requests is no data", "tars", "error_rate", 0, "service", "", values{"checkout": 10, "search": 0}, values{"checkout": 10, "search": 0}},
		{"no requests at all", "tars", "error_rate", 0, "", `service="idle"`, whole(), whole()},
		{"nothing there", "tars", "error_rate", 0, "", `service="nobody"`, whole(), whole()},
		{"status by another name", "tars", "error_rate", 1, "", "", whole(), whole()},
		{"totals", "tars", "requests", 0, "", "", whole(200 * 5), whole(200 * 60)},
		{"errors", "tars", "errors", 0, "service", "", values{"checkout": 50, "search": 0, "idle": 0}, values{"checkout": 600, "search": 0, "idle": 0}},
		{"milliseconds", "tars", "p50_latency_ms", 0, "", "", whole(100), nil},
		{"no requests, no latency", "tars", "p50_latency_ms", 0, "", `service="idle"`, whole(), nil},
		{"hits of all", "tars", "redis_hit_rate", 0, "", `namespace="prod"`, whole(75), whole(75)},
		{"a cache nobody asks", "tars", "redis_hit_rate", 0, "", `namespace="idle"`, whole(), whole()},
		{"a restart of kube-state-metrics is no new node", "tars", "node_count", 0, "", "", whole(2), nil},
		{"two pressures, one node", "tars", "nodes_under_pressure", 0, "", "", whole(1), nil},
		{"only containers with a limit, only limits in use", "tars", "cpu_percent", 1, "", "", whole(25), nil},
		{"likewise of memory", "tars", "memory_percent", 0, "", "", whole(25), nil},
		{"cores", "tars", "cpu_cores", 0, "", "", whole(1.5), nil},
		{"GiB", "tars", "memory_gib", 0, "", "", whole(3), nil},
		{"cores and GiB times prices", "tars", "cost_per_hour", 0, "", "", whole(1.5*0.031611 + 3*0.004237), nil},
		{"surge hides nothing", "kubernetes", "availability", 0, "", "", whole(100 * 7 / 8.), nil},
		{"nothing wanted is no data", "kubernetes", "availability", 0, "deployment", "", values{"web": 100, "api": 75}, nil},
		{"pods tell their deployment", "kubernetes", "cpu_percent", 0, "deployment", "", values{"web": 25}, nil},
		{"pods of daemon sets are nobody's", "kubernetes", "cpu_cores", 0, "deployment", "", values{"web": 0.5, "": 1}, nil},
		{"requests that did not fail", "otel", "availability", 0, "service_name", "", values{"cart": 99}, values{"cart": 99}},
		{"requests", "otel", "requests", 0, "", "", whole(500), whole(6000)},
		{"the destination's view", "istio", "error_rate", 0, "destination_service_name", "", values{"cart": 5}, values{"cart": 5}},
		{"a client that went away is no failure", "nginx-ingress", "error_rate", 0, "exported_service", "", values{"cart": 2}, values{"cart": 2}},
	} {
		t.Run(tc.preset+" "+tc.key+" "+tc.what, func(t *testing.T) {
			c := preset(t, tc.preset)
			k, ok := c.Lookup(tc.key)
			if !ok {
				t.Fatal("no such KPI")
			}
			q := k.Queries[tc.alternative]
			near := cmpopts.EquateApprox(1e-6, 1e-9)
			v := vars(c, tc.by, tc.selector)
			if diff := cmp.Diff(tc.series, ask(t, base, kpi.Expand(q.Series, v), tc.by), near); diff != "" {
				t.Errorf("series form (-want +got):\n%s", diff)
			}
			if tc.window == nil {
				if q.Window != "" {
					t.Error("its window form is not tested")
				}
				return
			}
			if diff := cmp.Diff(tc.window, ask(t, base, kpi.Expand(q.Window, v), tc.by), near); diff != "" {
				t.Errorf("window form (-want +got):\n%s", diff)
			}
		})
	}
}

// whole is the answer for the whole; nothing is no data.
func whole(v ...float64) values {
	m := values{}
	for _, x := range v {
		m[""] = x
	}
	return m
}
