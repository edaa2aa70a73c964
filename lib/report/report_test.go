package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

func TestNumbersForPeople(t *testing.T) {
	for _, tc := range []struct {
		v    float64
		unit string
		want string
	}{
		{0, "%", "0 %"},
		{99.987654, "%", "99.988 %"},
		{100, "%", "100 %"},
		{0.0288567, "%", "0.0289 %"},
		{267.6, "ms", "268 ms"},
		{12.34, "ms", "12.3 ms"},
		{1557046.3, "count", "1,557,046"},
		{-1234, "count", "-1,234"},
		{1234.5, "ms", "1,235 ms"},
		{0.0000123, "USD", "1.2e-05 USD"},
		{3, "", "3"},
	} {
		if got := report.Number(&tc.v, tc.unit); got != tc.want {
			t.Errorf("%v %s is written %q, want %q", tc.v, tc.unit, got, tc.want)
		}
	}
	if got := report.Number(nil, "ms"); got != "unknown" {
		t.Errorf("nothing is written %q", got)
	}
	if got := report.Change(schema.Num(12.345), "%"); got != "+12.3 %" {
		t.Errorf("a change is written %q", got)
	}
	for percent, want := range map[float64]string{999: "+999 %", 1000: "11 times", 26725.7: "268 times", 200000: "2,001 times", -99.9: "-99.9 %"} {
		if got := report.Change(&percent, "%"); got != want {
			t.Errorf("a change of %v %% is written %q, want %q", percent, got, want)
		}
	}
	for amount, want := range map[float64]string{0.105: "0.105 USD", 12.4: "12.40 USD", 2160: "2,160.00 USD", 0.00169: "0.00169 USD", 0: "0.00 USD"} {
		if got := report.Money(&amount, "USD"); got != want {
			t.Errorf("%v USD is written %q, want %q", amount, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 s", 90 * time.Second: "1 min 30 s", 2 * time.Hour: "2 h", 25*time.Hour + 5*time.Minute: "1 d 1 h"} {
		if got := report.Duration(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestTableLinesUpAndEscapes(t *testing.T) {
	table := report.Table{Head: []string{"name", "n"}, Right: []bool{false, true}}
	table.Add("a|b *c*", "1")
	table.Add("Köln\nmitte", "12,345")
	var b strings.Builder
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "| name       |      n |\n" +
		"| ---------- | -----: |\n" +
		"| a\\|b \\*c\\* |      1 |\n" +
		"| Köln mitte | 12,345 |\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	b.Reset()
	if err := (&report.Table{Head: []string{"a"}}).Write(&b); err != nil || b.Len() != 0 {
		t.Errorf("a table without rows writes %q, %v", b.String(), err)
	}
}

func TestOpenMetrics(t *testing.T) {
	var b strings.Builder
	err := report.OpenMetrics(&b, []report.Gauge{
		{Name: "tars_x", Help: "What\nit is.", Samples: []report.Sample{
			{Labels: map[string]string{"service": `a"b\c`, "empty": ""}, Value: schema.Num(1.5)},
			{Value: schema.Num(2)},
			{Labels: map[string]string{"service": "unknown"}},
		}},
		{Name: "tars_nothing", Help: "No value is known.", Samples: []report.Sample{{}}},
		{Name: "tars_seen_ratio", Help: "A share.", Samples: []report.Sample{{Value: schema.Num(0.5)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "# HELP tars_x What\\nit is.\n# TYPE tars_x gauge\ntars_x 2\ntars_x{service=\"a\\\"b\\\\c\"} 1.5\n" +
		"# HELP tars_seen_ratio A share.\n# TYPE tars_seen_ratio gauge\n# UNIT tars_seen_ratio ratio\ntars_seen_ratio 0.5\n# EOF\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}
