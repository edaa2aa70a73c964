package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Gauge is one metric with its samples.
type Gauge struct {
	// Name is the metric's name; Help what it means. A name that ends in a unit,
	// "_seconds" or "_ratio", says so to readers of OpenMetrics.
	Name, Help string
	Samples    []Sample
}

// Sample is one value of a gauge. A nil value is not known and not written.
type Sample struct {
	Labels map[string]string
	Value  *float64
}

// OpenMetrics writes gauges as text that node_exporter's textfile collector
// and the Pushgateway take. Written here, since the known encoders bring
// protocol buffers along for what is a few lines of text.
func OpenMetrics(w io.Writer, gauges []Gauge) error {
	var b strings.Builder
	for _, g := range gauges {
		var lines []string
		for _, s := range g.Samples {
			if s.Value != nil {
				lines = append(lines, g.Name+labels(s.Labels)+" "+strconv.FormatFloat(*s.Value, 'g', -1, 64)+"\n")
			}
		}
		if len(lines) == 0 {
			continue
		}
		slices.Sort(lines)
		b.WriteString("# HELP " + g.Name + " " + helpEscaper.Replace(g.Help) + "\n# TYPE " + g.Name + " gauge\n")
		for _, unit := range []string{"ratio", "seconds"} {
			if strings.HasSuffix(g.Name, "_"+unit) {
				b.WriteString("# UNIT " + g.Name + " " + unit + "\n")
			}
		}
		for _, line := range lines {
			b.WriteString(line)
		}
	}
	b.WriteString("# EOF\n")
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func labels(l map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if l[name] != "" {
			parts = append(parts, name+`="`+labelEscaper.Replace(l[name])+`"`)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ",") + "}"
}
