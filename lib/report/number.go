// Package report is what the tools' Markdown and metrics output have in common:
// numbers for people, tables, and gauges as OpenMetrics text. It writes to
// io.Writer and knows nothing of files.
package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
)

// Unknown is how a value that is not known is written.
const Unknown = "unknown"

// Number writes a value with its unit for people: three significant digits
// where that is enough, percentages near 100 with as many nines as they have,
// counts with thousands separators. nil is "unknown".
func Number(v *float64, unit string) string {
	if v == nil {
		return Unknown
	}
	text := digits(*v, unit)
	switch unit {
	case "", "count":
		return text
	default:
		return text + " " + unit
	}
}

func digits(v float64, unit string) string {
	abs := math.Abs(v)
	switch {
	case unit == "count" || abs >= 1000:
		return thousands(math.Round(v))
	case unit == "%" && abs > 99 && abs < 100:
		return trim(strconv.FormatFloat(v, 'f', 3, 64))
	case v == 0:
		return "0"
	case abs < 0.001:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	// Three significant digits, as decimals.
	decimals := max(0, 2-int(math.Floor(math.Log10(abs))))
	return trim(strconv.FormatFloat(v, 'f', decimals, 64))
}

func trim(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// thousands writes a whole number with separators: 1,234,567.
func thousands(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v < 0 {
		return "-" + s
	}
	return s
}

// Change writes a change with its sign: "+12.3 %". From +1,000 % on it says how
// many times as much it is, "268 times", which is easier to picture. nil is
// "unknown".
func Change(v *float64, unit string) string {
	if v == nil {
		return Unknown
	}
	if unit == "%" && *v >= 1000 {
		return Number(schema.Num(1+*v/100), "times")
	}
	text := Number(v, unit)
	if *v > 0 {
		return "+" + text
	}
	return text
}

// Money writes an amount of a currency with two decimals, more where two would
// say nothing. nil is "unknown".
func Money(v *float64, currency string) string {
	if v == nil {
		return Unknown
	}
	decimals := 2
	if abs := math.Abs(*v); abs > 0 && abs < 1 {
		decimals = 2 - int(math.Floor(math.Log10(abs)))
	}
	text := strconv.FormatFloat(*v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseFloat(whole, 64); err == nil && math.Abs(n) >= 1000 {
		whole = thousands(n)
	}
	return strings.TrimSpace(whole + "." + fraction + " " + currency)
}

// Time writes an instant to the minute, in UTC. The zero time is "unknown".
func Time(t schema.Time) string {
	if t.IsZero() {
		return Unknown
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// Duration writes a length of time in its two largest units: "2 h 5 min".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	days, hours := int(d.Hours())/24, int(d.Hours())%24
	minutes, seconds := int(d.Minutes())%60, int(d.Seconds())%60
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{days, "d"}, {hours, "h"}, {minutes, "min"}, {seconds, "s"}} {
		if p.n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.unit))
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// Scoped names what is about a service, or else a region: "Latency p99 of
// search", "Latency p99 in eu-west".
func Scoped(name, service, region string) string {
	switch {
	case service != "":
		return name + " of " + service
	case region != "":
		return name + " in " + region
	}
	return name
}
