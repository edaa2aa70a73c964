// Package pagetest checks what every page keeps: that it is well-formed, loads
// and runs nothing, has one heading, ids of its own, links that lead somewhere,
// and words for its pictures.
package pagetest

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// element is a start of an element, in the order of the page.
type element struct {
	name  string
	attrs map[string]string
}

// void are the elements of HTML that nothing closes.
var void = regexp.MustCompile(`<(meta|br|hr)\b([^>]*)>`)

var (
	styled   = regexp.MustCompile(`(?s)<style>.*?</style>`)
	scripted = regexp.MustCompile(`(?i)^[\s\x00-\x1f]*(javascript|data|vbscript):`)
)

// elements reads a page, whose elements must be closed in the order in which
// they are opened, and whose attributes must be quoted.
func elements(t testing.TB, html string) []element {
	t.Helper()
	html = styled.ReplaceAllString(html, "<style></style>")
	html = void.ReplaceAllString(strings.TrimPrefix(html, "<!DOCTYPE html>"), "<$1$2/>")
	d := xml.NewDecoder(strings.NewReader(html))
	d.Entity = xml.HTMLEntity
	var found []element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			at := int(d.InputOffset())
			t.Fatalf("the page is not well-formed: %v, after\n%s", err, html[max(0, at-300):at])
		}
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, map[string]string{}}
			for _, a := range start.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			found = append(found, e)
		}
	}
}

// Check fails where a page breaks what every page keeps.
func Check(t testing.TB, html string) {
	t.Helper()
	all := elements(t, html)
	ids, count := map[string]bool{}, map[string]int{}
	for _, e := range all {
		count[e.name]++
		if id := e.attrs["id"]; id != "" && ids[id] {
			t.Errorf("the id %q is there twice", id)
		} else if id != "" {
			ids[id] = true
		}
		for name, value := range e.attrs {
			switch {
			case strings.HasPrefix(name, "on"):
				t.Errorf("<%s> has a script in %s", e.name, name)
			case name == "src" || name == "srcset" || name == "data":
				t.Errorf("<%s> loads %q", e.name, value)
			case name == "href" && scripted.MatchString(value):
				t.Errorf("<%s> leads to a script: %q", e.name, value)
			}
		}
		switch {
		case slices.Contains([]string{"script", "link", "img", "iframe", "object", "embed", "base", "form"}, e.name):
			t.Errorf("the page has <%s>", e.name)
		case e.name == "svg" && (e.attrs["role"] != "img" || e.attrs["aria-labelledby"] == "" && e.attrs["aria-label"] == ""):
			t.Errorf("a picture has no words: %v", e.attrs)
		case e.name == "section" && e.attrs["aria-label"] == "":
			t.Error("a region has no name")
		}
	}
	for _, e := range all {
		if to, ok := strings.CutPrefix(e.attrs["href"], "#"); ok && !ids[to] {
			t.Errorf("a link leads to #%s, which is not there", to)
		}
		for id := range strings.FieldsSeq(e.attrs["aria-labelledby"]) {
			if !ids[id] {
				t.Errorf("<%s> is named by %q, which is not there", e.name, id)
			}
		}
	}
	for _, name := range []string{"h1", "title", "main", "header"} {
		if count[name] != 1 && (name != "title" || count["svg"] == 0) {
			t.Errorf("the page has %d of <%s>, want one", count[name], name)
		}
	}
	if count["html"] != 1 || all[0].attrs["lang"] == "" {
		t.Error("the page does not say its language")
	}
	for _, style := range styled.FindAllString(html, -1) {
		if strings.Contains(style, "@import") || strings.Contains(strings.ReplaceAll(style, "url(#", ""), "url(") {
			t.Error("a style loads something")
		}
	}
}
