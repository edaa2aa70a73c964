// Package page makes a page of HTML from the Markdown that the tools write: one
// file that needs nothing else. No script, nothing loaded; it reads in light
// and dark, on a phone, on paper and by ear.
//
// It knows CommonMark without HTML and without link references, and the tables
// and task lists that GitHub adds. HTML in the Markdown is text: names of
// services and alerts come from outside. A picture is shown when it is among the
// page's own, else it is a link.
//
// Written here since goldmark, the library for this, adds 0.8 MB to each of
// three tools whose image holds 60, and a millisecond of tables to each start; the
// tests compare with it instead.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"strings"
)

// Page is what a page is made of.
type Page struct {
	// Title is the window's, and the heading of Markdown that has none.
	Title string
	// Lang is the text's language; empty is en.
	Lang string
	// Markdown is the text. A heading of the first level that it begins with is
	// the page's.
	Markdown []byte
	// Images are SVG pictures by the link that the Markdown has for them, each
	// saying itself what it shows. A paragraph that begins with one is a figure;
	// its caption is the rest of the paragraph, or the next one in italics.
	Images map[string][]byte
	// Contents asks for a table of contents.
	Contents bool
}

//go:embed style.css
var style string

// Write writes the page, complete.
func Write(w io.Writer, p Page) error {
	lines := strings.Split(clean(string(p.Markdown)), "\n")
	blocks, _ := parse(lines, 0)
	title := escape(p.Title)
	if len(blocks) > 0 && blocks[0].kind == heading && blocks[0].level == 1 {
		title = inline(blocks[0].text)
		blocks = blocks[1:]
	}
	r := &renderer{images: p.Images, ids: map[string]bool{"main": true, "top": true}, tables: map[string]int{}}
	r.section = plainText(p.Title)
	r.blocks(blocks)

	var b strings.Builder
	lang := p.Lang
	if lang == "" {
		lang = "en"
	}
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", escape(lang))
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", escape(clean(p.Title)), style)
	fmt.Fprintf(&b, "<a class=\"skip\" href=\"#main\">Skip to the text</a>\n<header>\n<h1 id=\"top\">%s</h1>\n</header>\n", title)
	if p.Contents && len(r.contents) > 1 {
		b.WriteString("<nav aria-label=\"Contents\">\n<ul>\n")
		for _, e := range r.contents {
			fmt.Fprintf(&b, "<li><a href=\"#%s\">%s</a></li>\n", e.id, withoutLinks(e.html))
		}
		b.WriteString("</ul>\n</nav>\n")
	}
	fmt.Fprintf(&b, "<main id=\"main\" tabindex=\"-1\">\n%s</main>\n</body>\n</html>\n", r.b.String())
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing HTML: %w", err)
	}
	return nil
}

// Of returns a writer of the page whose text a writer of Markdown writes.
func Of(p Page, markdown func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		var text bytes.Buffer
		if err := markdown(&text); err != nil {
			return err
		}
		p.Markdown = text.Bytes()
		return Write(w, p)
	}
}

// withoutLinks drops the links of a heading, which is one itself in the table of
// contents.
func withoutLinks(html string) string {
	for {
		i := strings.Index(html, "<a ")
		if i < 0 {
			return strings.ReplaceAll(html, "</a>", "")
		}
		html = html[:i] + html[i+strings.IndexByte(html[i:], '>')+1:]
	}
}

// rated returns the class of a word that rates, in bold or alone in a cell; empty
// for any other. That they are words is what tells, not their colour.
func rated(word string) string {
	switch word {
	case "critical", "high", "P0", "P1":
		return "bad"
	case "medium", "P2":
		return "fair"
	case "low", "P3":
		return "mild"
	}
	return ""
}

// clean makes text fit for a page: lines end in \n, tabs are spaces, and what is
// no character there is replaced.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(s)
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' || c >= 0x7F && c < 0xA0 {
			return '\uFFFD'
		}
		return c
	}, s)
}
