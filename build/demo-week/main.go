// Demo-week writes the raw metrics of the demo week to stdout as OpenMetrics
// text, for promtool tsdb create-blocks-from openmetrics.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/veleron-dev/tars/fixtures/week"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "demo-week:", err)
		os.Exit(1)
	}
}

func write() error {
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	if err := week.WriteOpenMetrics(w); err != nil {
		return err
	}
	return w.Flush()
}
