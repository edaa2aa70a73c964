package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// renderer writes blocks as HTML.
type renderer struct {
	b      strings.Builder
	images map[string][]byte
	// ids are those given to headings so far.
	ids map[string]bool
	// section is the latest heading, for the names of tables.
	section string
	// contents are the headings of the second level.
	contents []entry
	tables   map[string]int
	// figures is whether a box of figures is open.
	figures bool
}

// entry is a line of the table of contents.
type entry struct{ id, html string }

func (r *renderer) put(format string, args ...any) { fmt.Fprintf(&r.b, format, args...) }

func (r *renderer) blocks(blocks []block) {
	for i := 0; i < len(blocks); i++ {
		if b := &blocks[i]; b.kind == paragraph {
			var following *block
			if i+1 < len(blocks) {
				following = &blocks[i+1]
			}
			if n := r.figure(b, following); n > 0 {
				i += n - 1
				continue
			}
		}
		r.endFigures()
		r.block(&blocks[i], false)
	}
	r.endFigures()
}

// endFigures closes the box in which figures that follow each other stand side
// by side where there is room.
func (r *renderer) endFigures() {
	if r.figures {
		r.put("</div>\n")
	}
	r.figures = false
}

// block writes one block; tight paragraphs are those of a list without empty
// lines.
func (r *renderer) block(b *block, tight bool) {
	switch b.kind {
	case heading:
		r.heading(max(b.level, 2), b.text)
	case paragraph:
		if tight {
			r.put("%s%s\n", b.box, inline(b.text))
		} else {
			r.put("<p>%s%s</p>\n", b.box, inline(b.text))
		}
	case code:
		r.put("<pre tabindex=\"0\"><code>%s</code></pre>\n", escape(b.text))
	case quote:
		r.put("<blockquote>\n")
		r.blocks(b.blocks)
		r.put("</blockquote>\n")
	case list:
		r.list(b)
	case table:
		r.table(b)
	case rule:
		r.put("<hr>\n")
	case item: // written by the list
	}
}

// heading writes a heading with an id of its own, as GitHub makes them. The
// page's own heading is the only one of the first level.
func (r *renderer) heading(level int, text string) {
	words := plainText(text)
	id := r.id(words)
	html := inline(text)
	r.section = words
	if level == 2 {
		r.contents = append(r.contents, entry{id, html})
	}
	r.put("<h%d id=\"%s\">%s</h%d>\n", level, id, html, level)
}

// id makes an id of a heading's words.
func (r *renderer) id(words string) string {
	slug := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-' || c == '_':
			return unicode.ToLower(c)
		case c == ' ':
			return '-'
		}
		return -1
	}, words)
	if slug == "" {
		slug = "section"
	}
	id := slug
	for n := 2; r.ids[id]; n++ {
		id = slug + "-" + strconv.Itoa(n)
	}
	r.ids[id] = true
	return id
}

// figure writes a paragraph that begins with one of the page's pictures: the
// picture, and as its caption the rest of the paragraph or, where that is empty,
// the next one when it begins in italics. It returns how many paragraphs it took.
func (r *renderer) figure(b, following *block) int {
	if !strings.HasPrefix(b.text, "![") {
		return 0
	}
	_, dest, n := reference(b.text)
	svg, ok := r.images[dest]
	if n == 0 || !ok {
		return 0
	}
	taken := 1
	caption := strings.TrimSpace(b.text[n:])
	if caption == "" && following != nil && following.kind == paragraph && italic(following.text) {
		caption, taken = following.text, 2
	}
	if !r.figures {
		r.put("<div class=\"figures\">\n")
		r.figures = true
	}
	r.put("<figure>\n%s\n", strings.TrimSpace(prologue(svg)))
	if caption != "" {
		r.put("<figcaption>%s</figcaption>\n", inline(caption))
	}
	r.put("</figure>\n")
	return taken
}

func italic(text string) bool {
	return strings.HasPrefix(text, "*") && !strings.HasPrefix(text, "**")
}

// prologue drops what a file begins with and a page must not hold.
func prologue(svg []byte) string {
	s := string(svg)
	if i := strings.Index(s, "<svg"); i > 0 {
		return s[i:]
	}
	return s
}

func (r *renderer) list(b *block) {
	tag, start := "ul", ""
	if b.ordered {
		tag = "ol"
		if b.level != 1 {
			start = fmt.Sprintf(" start=\"%d\"", b.level)
		}
	}
	r.put("<%s%s>\n", tag, start)
	for _, it := range b.blocks {
		if boxed(&it) {
			r.put("<li class=\"task\">")
		} else {
			r.put("<li>")
		}
		for i := range it.blocks {
			r.block(&it.blocks[i], !b.loose)
		}
		r.put("</li>\n")
	}
	r.put("</%s>\n", tag)
}

// boxed makes a box of the "[ ]" or "[x]" that a task's text begins with; it is
// false for an item that is no task.
func boxed(it *block) bool {
	if len(it.blocks) == 0 || it.blocks[0].kind != paragraph {
		return false
	}
	first := &it.blocks[0]
	if len(first.text) < 4 || first.text[3] != ' ' {
		return false
	}
	switch first.text[:3] {
	case "[ ]":
		first.box = `<span class="box" role="img" aria-label="To do:">☐</span> `
	case "[x]", "[X]":
		first.box = `<span class="box" role="img" aria-label="Done:">☑</span> `
	default:
		return false
	}
	first.text = strings.TrimLeft(first.text[3:], " ")
	return true
}

// table writes a table in a box of its own, which scrolls where the page is
// narrow: it can be reached by keyboard, and has a name.
func (r *renderer) table(b *block) {
	name := strings.TrimSpace(r.section + " table")
	if r.tables[name]++; r.tables[name] > 1 {
		name += " " + strconv.Itoa(r.tables[name])
	}
	r.put("<section class=\"scroll\" tabindex=\"0\" aria-label=\"%s\">\n<table>\n<thead>\n<tr>\n", escape(name))
	for i, cell := range b.head {
		tag, scope := "th", " scope=\"col\""
		if cell == "" { // nothing is the name of nothing
			tag, scope = "td", ""
		}
		r.put("<%s%s%s>%s</%s>\n", tag, scope, aligned(b.align[i]), inline(cell), tag)
	}
	r.put("</tr>\n</thead>\n")
	if len(b.rows) > 0 {
		r.put("<tbody>\n")
		for _, row := range b.rows {
			r.put("<tr>\n")
			for i, cell := range row {
				r.put("<td%s>%s</td>\n", classes(b.align[i], cell), course(inline(cell)))
			}
			r.put("</tr>\n")
		}
		r.put("</tbody>\n")
	}
	r.put("</table>\n</section>\n")
}

func aligned(align string) string {
	if align == "" {
		return ""
	}
	return " class=\"" + align + "\""
}

// classes of a cell: how it is aligned, whether it rates, and whether its text is
// long enough to be broken into lines.
func classes(align, cell string) string {
	const long = 36 // characters
	align = strings.TrimSpace(align + " " + rated(cell))
	if utf8.RuneCountInString(cell) > long {
		align = strings.TrimSpace(align + " long")
	}
	return aligned(align)
}

// course hides a cell of block elements, a sparkline, from screen readers, which
// would read each of them: what it shows stands in numbers beside it.
func course(cell string) string {
	if cell == "" || strings.Trim(cell, "▁▂▃▄▅▆▇█·") != "" {
		return cell
	}
	return "<span class=\"course\" aria-hidden=\"true\">" + cell + "</span>"
}
