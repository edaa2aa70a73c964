package page_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/page"
)

const picture = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="p-t"><title id="p-t">Health</title><path d="M0 0"/></svg>`

func write(t testing.TB, p page.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

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

// check fails where a page breaks what every page keeps.
func check(t testing.TB, html string) []element {
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
		case e.attrs["role"] == "region" && e.attrs["aria-label"] == "":
			t.Error("a region has no name")
		}
	}
	for _, e := range all {
		if to, ok := strings.CutPrefix(e.attrs["href"], "#"); ok && !ids[to] {
			t.Errorf("a link leads to #%s, which is not there", to)
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
	if bytes.Contains([]byte(html), []byte("@import")) || strings.Contains(html, "url(") {
		t.Error("the style loads something")
	}
	return all
}

func TestPage(t *testing.T) {
	body, err := os.ReadFile("testdata/all.md")
	if err != nil {
		t.Fatal(err)
	}
	html := write(t, page.Page{Title: "A & B", Markdown: body, Contents: true})
	check(t, html)
	for _, want := range []string{
		`<html lang="en">`, "<title>A &amp; B</title>",
		`<h1 id="top">Title with <code>code</code> and <em>stress</em></h1>`,
		`<h2 id="second-title">Second title</h2>`,
		`<th scope="col" class="right">right</th>`, `<td class="right">1</td>`,
		`aria-label="Second title table"`, `aria-label="Second title table 2"`,
		`<li class="task"><span class="box" role="img" aria-label="To do:">☐</span> open <code>D-1</code>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(html, "<nav") {
		t.Error("one section has a table of contents")
	}
}

func TestHeadings(t *testing.T) {
	html := write(t, page.Page{Title: "T", Contents: true, Markdown: []byte("Text first.\n\n# One\n\n## Same\n\n## Same\n\n## main\n\n## [Linked](x) & `<b>`\n\n## !\n")})
	check(t, html)
	for _, want := range []string{
		`<h1 id="top">T</h1>`, `<h2 id="one">One</h2>`, `<h2 id="same-2">Same</h2>`, `<h2 id="main-2">main</h2>`, `<h2 id="section">!</h2>`,
		`<li><a href="#linked--b">Linked &amp; <code>&lt;b&gt;</code></a></li>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s:\n%s", want, html)
		}
	}
}

func TestPictures(t *testing.T) {
	html := write(t, page.Page{
		Title: "T", Images: map[string][]byte{"charts/health.svg": []byte(picture)},
		Markdown: []byte("![in words](charts/health.svg \"Health\")\nThe *caption*. `day:1`\n\n![elsewhere](https://example.org/x.png)\n\nin text ![in words](charts/health.svg)\n"),
	})
	check(t, html)
	for _, want := range []string{
		"<figure>\n<svg ", "</svg>\n<figcaption>The <em>caption</em>. <code>day:1</code></figcaption>",
		`<p><a href="https://example.org/x.png">elsewhere</a></p>`, `<p>in text <a href="charts/health.svg">in words</a></p>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s:\n%s", want, html)
		}
	}
	if strings.Contains(html, "<?xml") || strings.Contains(html, "<img") {
		t.Error("the picture is not part of the page")
	}
}

// What comes from outside is text, and links lead to no script.
func TestNothingFromOutsideBecomesHTML(t *testing.T) {
	for markdown, want := range map[string]string{
		"service <script>alert(1)</script>":   "<p>service &lt;script&gt;alert(1)&lt;/script&gt;</p>",
		"<img src=x onerror=alert(1)>":        "<p>&lt;img src=x onerror=alert(1)&gt;</p>",
		"`</code><script>`":                   "<p><code>&lt;/code&gt;&lt;script&gt;</code></p>",
		"[x](javascript:alert(1))":            "<p>x</p>",
		"[x](JavaScript&colon;alert)":         `<p><a href="JavaScript&amp;colon;alert">x</a></p>`,
		"[x](data:text/html,y)":               "<p>x</p>",
		"[x](\x01javascript:y)":               "<p>x</p>",
		"<javascript:alert(1)>":               "<p>&lt;javascript:alert(1)&gt;</p>",
		"[x](http://a\"onclick=\"b)":          `<p><a href="http://a%22onclick=%22b">x</a></p>`,
		"![x\" onload=\"y](z.svg)":            `<p><a href="z.svg">x&quot; onload=&quot;y</a></p>`,
		"\x00\x07 bell \xff":                  "<p>\uFFFD\uFFFD bell \uFFFD</p>",
		"| <script> |\n| --- |\n| </table> |": "<th scope=\"col\">&lt;script&gt;</th>",
	} {
		html := write(t, page.Page{Title: "</title><script>", Markdown: []byte(markdown)})
		check(t, html)
		if !strings.Contains(html, want) {
			t.Errorf("%q: the page lacks %s:\n%s", markdown, want, html[strings.Index(html, "<main"):])
		}
	}
}

func TestWordsThatRateAreMarked(t *testing.T) {
	html := write(t, page.Page{Title: "T", Markdown: []byte("**critical** **P2** **low** **other**\n\n| KPI | day |\n| - | - |\n| a | ▁▂·█ |\n")})
	for _, want := range []string{
		`<strong class="bad">critical</strong> <strong class="fair">P2</strong> <strong class="mild">low</strong> <strong>other</strong>`,
		`<td><span class="course" aria-hidden="true">▁▂·█</span></td>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestSameInputSamePage(t *testing.T) {
	p := page.Page{Title: "T", Markdown: []byte("## a\n\n## b\n"), Contents: true}
	if diff := cmp.Diff(write(t, p), write(t, p)); diff != "" {
		t.Error(diff)
	}
}

// Whatever is written, the page is well-formed and safe.
func FuzzWrite(f *testing.F) {
	for _, path := range []string{"testdata/all.md", "../../cmd/tars-retro/testdata/week.md"} {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte("[[[](a)](b)](c) ![`](d) <x:y> \\"))
	f.Add([]byte(strings.Repeat("- ", 40) + "deep\nlazy\nlazy\nlazy\n"))
	f.Fuzz(func(t *testing.T, markdown []byte) {
		check(t, write(t, page.Page{Title: "T", Markdown: markdown, Contents: true}))
	})
}
