package kpi_test

import (
	"fmt"
	"time"

	"github.com/veleron-dev/tars/lib/kpi"
)

// A stricter objective, and a KPI of one's own, on top of the preset tars.
func ExampleParse() {
	c, err := kpi.Parse("shop.yaml", []byte(`
name: shop
based_on: tars
kpis:
  - key: p99_latency_ms
    slo: {objective: 250}
  - key: queue_length
    name: Queue length
    unit: count
    category: traffic
    direction: lower_is_better
    queries:
      - series: sum by ($by) (avg_over_time(queue_length{$selector}[$step]))
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	p99, _ := c.Lookup("p99_latency_ms")
	fmt.Println(p99.Name, p99.Objective())
	queue, _ := c.Lookup("queue_length")
	fmt.Println(kpi.Expand(queue.Queries[0].Series, kpi.Vars{Step: 5 * time.Minute, Selector: `namespace="prod"`}))
	// Output:
	// Latency p99 below 250 ms
	// sum(avg_over_time(queue_length{namespace="prod"}[5m]))
}
