package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// links makes links to graphs; the zero value makes none.
type links struct{ base string }

// linksTo returns links to the Prometheus at base. User and password in it are
// left out: reports carry no secrets.
func linksTo(base string) (links, error) {
	if base == "" {
		return links{}, nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return links{}, tool.Usagef("reading --link-base: want the URL of a Prometheus as http://host:port")
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return links{strings.TrimSuffix(u.String(), "/")}, nil
}

// graph returns the link to a query over a window; empty without a base, a
// query or a window.
func (l links) graph(query string, over schema.Window) string {
	if l.base == "" || query == "" || over.Start.IsZero() || !over.End.After(over.Start.Time) {
		return ""
	}
	v := url.Values{}
	v.Set("g0.expr", stepwise(query))
	v.Set("g0.tab", "0")
	v.Set("g0.range_input", fmt.Sprintf("%ds", int(over.End.Sub(over.Start.Time).Seconds())))
	v.Set("g0.end_input", over.End.UTC().Format(time.DateTime))
	return l.base + "/graph?" + v.Encode()
}

// rangeQuery is the command that asks a query over a window, step by step.
func (w *week) rangeQuery(query string, over schema.Window) string {
	query = stepwise(query)
	text := "promtool query range --step=5m"
	if !over.Start.IsZero() && !over.End.IsZero() {
		text += fmt.Sprintf(" --start=%s --end=%s", over.Start.UTC().Format(time.RFC3339), over.End.UTC().Format(time.RFC3339))
	}
	return text + ` "$PROMETHEUS_URL" '` + strings.ReplaceAll(query, "'", `'\''`) + "'"
}

// rangeSelector is the range of a range selector, "[1d]".
var rangeSelector = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[[0-9smhdwy]+\]`) })

// stepwise makes a query about a whole window, "increase(x[1d])", one about
// each step.
func stepwise(query string) string {
	return rangeSelector().ReplaceAllStringFunc(query, func(text string) string {
		var d tool.Duration
		if err := d.UnmarshalText([]byte(strings.Trim(text, "[]"))); err == nil && d.Duration > time.Hour {
			return "[5m]"
		}
		return text
	})
}
