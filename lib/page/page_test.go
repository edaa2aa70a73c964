package page_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/page"
	"github.com/veleron-dev/tars/lib/page/pagetest"
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

func TestPage(t *testing.T) {
	body, err := os.ReadFile("testdata/all.md")
	if err != nil {
		t.Fatal(err)
	}
	html := write(t, page.Page{Title: "A & B", Markdown: body, Contents: true})
	pagetest.Check(t, html)
	for _, want := range []string{
		`<html lang="en">`, "<title>A &amp; B</title>",
		`<h1 id="top">Title with <code class="id">code</code> and <em>stress</em></h1>`,
		`<h2 id="second-title">Second title</h2>`,
		`<th scope="col" class="right">right</th>`, `<td class="right">1</td>`,
		`aria-label="Second title table"`, `aria-label="Second title table 2"`,
		`<li class="task"><span class="box" role="img" aria-label="To do:">☐</span> open <code class="id">D-1</code>`,
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
	pagetest.Check(t, html)
	for _, want := range []string{
		`<h1 id="top">T</h1>`, `<h2 id="one">One</h2>`, `<h2 id="same-2">Same</h2>`, `<h2 id="main-2">main</h2>`, `<h2 id="section">!</h2>`,
		`<li><a href="#linked--b">Linked &amp; <code class="id">&lt;b&gt;</code></a></li>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s:\n%s", want, html)
		}
	}
}

func TestPictures(t *testing.T) {
	html := write(t, page.Page{
		Title: "T", Images: map[string][]byte{"charts/health.svg": []byte(picture), "other.svg": []byte(strings.ReplaceAll(picture, "p-t", "o-t"))},
		Markdown: []byte("![in words](charts/health.svg \"Health\")\nThe *caption*. `day:1`\n\n![in words](other.svg)\n\n*Title.* `day:2`\n\nText.\n\n![elsewhere](https://example.org/x.png)\n\nin text ![in words](charts/health.svg)\n"),
	})
	pagetest.Check(t, html)
	for _, want := range []string{
		"<figure>\n<svg ", "</svg>\n<figcaption>The <em>caption</em>. <code class=\"id\">day:1</code></figcaption>",
		"</svg>\n<figcaption><em>Title.</em> <code class=\"id\">day:2</code></figcaption>\n</figure>\n</div>\n<p>Text.</p>",
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
		"`</code><script>`":                   "<p><code class=\"id\">&lt;/code&gt;&lt;script&gt;</code></p>",
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
		pagetest.Check(t, html)
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
	f.Add([]byte(strings.Repeat("> ", 2000) + "deep"))
	f.Fuzz(func(t *testing.T, markdown []byte) {
		markdown = bytes.ReplaceAll(markdown, []byte("]("), []byte("](x")) // what it links to within the page need not be there
		pagetest.Check(t, write(t, page.Page{Title: "T", Markdown: markdown, Contents: true}))
	})
}
