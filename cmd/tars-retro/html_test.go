package main

import (
	"strings"
	"testing"

	"github.com/veleron-dev/tars/lib/page/pagetest"
)

// The page of a week holds every chart, in words too.
func TestPageOfAWeek(t *testing.T) {
	p, err := readPage("")
	if err != nil {
		t.Fatal(err)
	}
	r := retro(t, sampledWeek())
	var b strings.Builder
	if err := p.html(r)(&b); err != nil {
		t.Fatal(err)
	}
	pagetest.Check(t, b.String())
	if want, got := len(figures(r)), strings.Count(b.String(), "<figure>"); got != want || want == 0 {
		t.Errorf("the page shows %d charts, want %d", got, want)
	}
	for _, f := range figures(r) {
		if !strings.Contains(b.String(), "<figcaption><em>"+f.Title+".") {
			t.Errorf("the chart %q has no caption", f.Title)
		}
	}
}
