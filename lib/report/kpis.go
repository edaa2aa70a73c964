package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// KPITable writes a table of KPIs in the order of keys, which are the
// catalogue's; name gives each its name for people. Unknown ones give their
// reason.
func KPITable(w io.Writer, kpis schema.KPIs, keys []string, name func(key string) string) error {
	t := Table{Head: []string{"KPI", "value", "min", "p95", "max", "samples"}, Right: []bool{false, true, true, true, true, true}}
	for _, key := range keys {
		k, ok := kpis[key]
		switch v, known := k.Of(); {
		case !ok:
		case !known:
			t.Add(name(key), Unknown, "", "", "", k.Reason)
		case k.Stats == nil:
			t.Add(name(key), Number(&v, k.Unit))
		default:
			t.Add(name(key), Number(&v, k.Unit), Number(k.Stats.Min, ""), Number(k.Stats.P95, ""), Number(k.Stats.Max, ""),
				fmt.Sprintf("%d of %d", k.Stats.Count, k.Stats.Count+k.Stats.Missing))
		}
	}
	return t.Write(w)
}

// KPIGauges returns the KPIs of the whole, of services and of regions, and
// what every document's header says, as gauges with the prefix "tars_".
func KPIGauges(head *schema.Header, kpis schema.KPIs, services, regions map[string]schema.Breakdown, common map[string]string) []Gauge {
	value := Gauge{Name: "tars_kpi_value", Help: "Value of a KPI over the window, in the unit of the label unit."}
	add := func(scope string, name string, kpis schema.KPIs) {
		for key, k := range kpis {
			if v, ok := k.Of(); ok {
				l := maps.Clone(common)
				l["kpi"], l["unit"] = key, k.Unit
				if scope != "" {
					l[scope] = name
				}
				value.Samples = append(value.Samples, Sample{l, &v})
			}
		}
	}
	add("", "", kpis)
	for _, name := range slices.Sorted(maps.Keys(services)) {
		add("service", name, services[name].KPIs)
	}
	for _, name := range slices.Sorted(maps.Keys(regions)) {
		add("region", name, regions[name].KPIs)
	}
	return append(HeadGauges(head, common), value)
}

// HeadGauges returns when a document was made and how much was seen.
func HeadGauges(head *schema.Header, common map[string]string) []Gauge {
	made := float64(head.GeneratedAt.UnixMilli()) / 1000
	gauges := []Gauge{{
		Name: "tars_last_run_timestamp_seconds", Help: "When the document was made, in Unix seconds.",
		Samples: []Sample{{withKind(common, head.Kind), &made}},
	}}
	if q := head.DataQuality; q != nil {
		ratio := q.CoveragePercent
		if ratio != nil {
			ratio = schema.Num(*ratio / 100)
		}
		gauges = append(gauges, Gauge{
			Name: "tars_coverage_ratio", Help: "Share of the window's steps that were seen, 0 to 1.",
			Samples: []Sample{{withKind(common, head.Kind), ratio}},
		})
	}
	return gauges
}

func withKind(common map[string]string, kind string) map[string]string {
	l := map[string]string{"kind": kind}
	maps.Copy(l, common)
	return l
}

// Quality writes what was seen of a window and every doubt about it.
func Quality(w io.Writer, head *schema.Header) error {
	if window := head.Window; window != nil {
		seen := "how much of it was seen is not known"
		if q := head.DataQuality; q != nil && q.CoveragePercent != nil {
			seen = fmt.Sprintf("%s of %d samples seen", Number(q.CoveragePercent, "%"), q.ExpectedSamples)
		}
		if _, err := fmt.Fprintf(w, "Window: %s to %s (%s); %s.\n\n", Time(window.Start), Time(window.End),
			Duration(window.End.Sub(window.Start.Time).Round(time.Minute)), seen); err != nil {
			return err
		}
	}
	if head.DataQuality == nil || len(head.DataQuality.Warnings) == 0 {
		return nil
	}
	for _, warning := range head.DataQuality.Warnings {
		if _, err := fmt.Fprintf(w, "- %s\n", Escape(warning)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n")
	return err
}
