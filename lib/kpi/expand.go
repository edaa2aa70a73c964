package kpi

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Vars are what a template's placeholders stand for.
type Vars struct {
	// Selector is label matchers, `namespace="prod"`; may be empty.
	Selector string
	// By is the grouping labels, "service"; may be empty.
	By string
	// Window and Step are the lengths of the window and of one step.
	Window, Step time.Duration
	// Prices must be complete for a template that NeedsPrices.
	Prices PriceSheet
}

// pattern compiles an expression when it is first used: a tool that only compares
// documents starts without.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var (
	placeholder = pattern(`\$[a-z_]+`)
	// What an empty $selector or $by leaves behind.
	emptyMatcher  = pattern(`,?\s*\$selector\b`)
	emptyGrouping = pattern(`,\s*\$by\b|\$by\b\s*,?\s*`)
	emptyBy       = pattern(`\s*\bby\s*\(\s*\)\s*`)
	emptyBraces   = pattern(`\{\s*\}`)
	spaces        = pattern(`\s+`)
	// Where the two may stand, so that nothing is left behind.
	matcherPlace  = pattern(`[{,]\s*\$selector\s*\}`)
	groupingPlace = pattern(`[(,]\s*\$by\s*[),]`)
)

// Expand returns the PromQL of a template, in one line. An empty selector or
// grouping leaves no trace in it.
func Expand(template string, v Vars) string {
	// Spaces first: those inside the selector's strings are not ours.
	text := strings.TrimSpace(spaces().ReplaceAllLiteralString(template, " "))
	if v.Selector == "" {
		text = emptyMatcher().ReplaceAllLiteralString(text, "")
		text = emptyBraces().ReplaceAllLiteralString(text, "")
	}
	if v.By == "" {
		text = emptyGrouping().ReplaceAllLiteralString(text, "")
		text = emptyBy().ReplaceAllLiteralString(text, "")
	}
	return placeholder().ReplaceAllStringFunc(text, func(name string) string {
		switch name {
		case "$selector":
			return v.Selector
		case "$by":
			return v.By
		case "$window":
			return promDuration(v.Window)
		case "$step":
			return promDuration(v.Step)
		case "$price_cpu_core_hour":
			return price(v.Prices.CPUCoreHour)
		case "$price_gib_hour":
			return price(v.Prices.GiBHour)
		}
		return name
	})
}

// HasBy reports whether a template can be broken down by a label.
func HasBy(template string) bool { return strings.Contains(template, "$by") }

// NeedsPrices reports whether a template multiplies with prices.
func NeedsPrices(template string) bool { return strings.Contains(template, "$price_") }

func price(p *float64) string {
	if p == nil {
		return "NaN" // callers ask NeedsPrices first; an unknown price is no price
	}
	return strconv.FormatFloat(*p, 'f', -1, 64)
}

// promDuration writes a duration as PromQL does: the largest whole unit.
func promDuration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d >= unit.length && d%unit.length == 0 {
			return fmt.Sprintf("%d%s", d/unit.length, unit.name)
		}
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}

var knownPlaceholders = map[string]bool{
	"$selector": true, "$by": true, "$window": true, "$step": true,
	"$price_cpu_core_hour": true, "$price_gib_hour": true,
}

// checkTemplate refuses an empty template, placeholders that do not exist, and
// $selector or $by where an empty one would break the PromQL.
func checkTemplate(template string) error {
	if strings.TrimSpace(template) == "" {
		return errors.New("a query is empty")
	}
	for _, name := range placeholder().FindAllString(template, -1) {
		if !knownPlaceholders[name] {
			known := slices.Sorted(maps.Keys(knownPlaceholders))
			return fmt.Errorf("a query has the unknown placeholder %s%s", name, didYouMean(name, known))
		}
	}
	if len(matcherPlace().FindAllString(template, -1)) != strings.Count(template, "$selector") {
		return errors.New(`$selector must be the last thing inside braces: {status="500",$selector}`)
	}
	if len(groupingPlace().FindAllString(template, -1)) != strings.Count(template, "$by") {
		return errors.New("$by must be a label of a grouping: sum by (le, $by) (...)")
	}
	return nil
}
