package page

import "strings"

// block is one block of a document: a heading, a paragraph, a table.
type block struct {
	kind kind
	// level is a heading's, or the first number of an ordered list.
	level int
	// text is inline Markdown; of code, the code itself.
	text string
	// box is the HTML of a task's box, before the text.
	box string
	// loose is a list whose items are paragraphs, ordered one with numbers.
	loose, ordered bool
	// head, rows and align are a table's cells and columns ("", left, right,
	// center).
	head  []string
	rows  [][]string
	align []string
	// blocks are what a quote or an item holds, or the items of a list.
	blocks []block
}

type kind int

const (
	paragraph kind = iota
	heading
	code
	quote
	list
	item
	table
	rule
)

// deepest is how deep quotes and lists are nested; what is deeper is text.
const deepest = 50

// parse splits lines into blocks, at a depth of nesting. gap tells whether empty
// lines stand between them, which makes the list they are in a loose one.
func parse(lines []string, depth int) (blocks []block, gap bool) {
	empty := false
	for i := 0; i < len(lines); {
		if blank(lines[i]) {
			empty = true
			i++
			continue
		}
		gap = gap || empty && len(blocks) > 0
		empty = false
		b, n := next(lines[i:], depth)
		blocks = append(blocks, b)
		i += n
	}
	return blocks, gap
}

// next reads the block that begins with the first line, and how many lines it
// takes.
func next(lines []string, depth int) (block, int) {
	line := lines[0]
	if indent(line) >= 4 {
		return indented(lines)
	}
	if level, text, ok := atx(line); ok {
		return block{kind: heading, level: level, text: text}, 1
	}
	if fence, _ := fenceOf(line); fence != "" {
		return fenced(lines)
	}
	if isRule(line) {
		return block{kind: rule}, 1
	}
	if quoted(line) && depth < deepest {
		return quotation(lines, depth)
	}
	if _, ok := markerOf(line); ok && depth < deepest {
		return listed(lines, depth)
	}
	if b, n, ok := tabled(lines); ok {
		return b, n
	}
	return prose(lines)
}

// begins reports whether a line ends the paragraph before it by beginning
// something else.
func begins(line string) bool {
	if indent(line) >= 4 {
		return false // goes on with the paragraph
	}
	if _, _, ok := atx(line); ok || isRule(line) || quoted(line) {
		return true
	}
	if fence, _ := fenceOf(line); fence != "" {
		return true
	}
	m, ok := markerOf(line)
	return ok && !m.empty && (!m.ordered || m.number == 1)
}

// prose reads a paragraph, or the heading that an underline makes of it.
func prose(lines []string) (block, int) {
	n := 1
	for ; n < len(lines) && !blank(lines[n]); n++ {
		if indent(lines[n]) < 4 {
			switch under := strings.TrimSpace(lines[n]); {
			case strings.Trim(under, "=") == "":
				return block{kind: heading, level: 1, text: unindent(lines[:n])}, n + 1
			case strings.Trim(under, "-") == "":
				return block{kind: heading, level: 2, text: unindent(lines[:n])}, n + 1
			}
		}
		if begins(lines[n]) {
			break
		}
		if _, _, ok := tabled(lines[n:]); ok {
			break
		}
	}
	return block{kind: paragraph, text: unindent(lines[:n])}, n
}

// unindent joins the lines of a paragraph, without what they begin with. Spaces
// at their ends stay: two of them break the line.
func unindent(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimLeft(line, " ")
	}
	return strings.TrimRight(strings.Join(out, "\n"), " ")
}

func blank(line string) bool { return strings.TrimSpace(line) == "" }

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// dedent takes up to n spaces from a line's beginning.
func dedent(line string, n int) string { return line[min(n, indent(line)):] }

// atx reads "## Heading ##".
func atx(line string) (level int, text string, ok bool) {
	if indent(line) >= 4 {
		return 0, "", false
	}
	s := strings.TrimSpace(line)
	rest := strings.TrimLeft(s, "#")
	level = len(s) - len(rest)
	if level < 1 || level > 6 || rest != "" && rest[0] != ' ' {
		return 0, "", false
	}
	text = strings.TrimSpace(rest)
	if closed := strings.TrimRight(text, "#"); closed == "" || strings.HasSuffix(closed, " ") {
		text = strings.TrimSpace(closed)
	}
	return level, text, true
}

// isRule reports a line of at least three "-", "*" or "_".
func isRule(line string) bool {
	s := strings.ReplaceAll(strings.TrimSpace(line), " ", "")
	return len(s) >= 3 && strings.ContainsRune("-*_", rune(s[0])) && strings.Trim(s, s[:1]) == "" && indent(line) < 4
}

// fenceOf returns what a line opens a block of code with, "```" or longer.
func fenceOf(line string) (fence, info string) {
	s := strings.TrimSpace(line)
	for _, c := range []string{"`", "~"} {
		rest := strings.TrimLeft(s, c)
		if n := len(s) - len(rest); n >= 3 && (c == "~" || !strings.Contains(rest, "`")) {
			return s[:n], strings.TrimSpace(rest)
		}
	}
	return "", ""
}

func fenced(lines []string) (block, int) {
	open, _ := fenceOf(lines[0])
	margin := indent(lines[0])
	var b strings.Builder
	for i, line := range lines[1:] {
		closing, info := fenceOf(line)
		if strings.HasPrefix(closing, open) && info == "" && indent(line) < 4 {
			return block{kind: code, text: b.String()}, i + 2
		}
		b.WriteString(dedent(line, margin) + "\n")
	}
	return block{kind: code, text: b.String()}, len(lines)
}

func indented(lines []string) (block, int) {
	var text []string
	n, end := 0, 0
	for ; n < len(lines) && (blank(lines[n]) || indent(lines[n]) >= 4); n++ {
		text = append(text, dedent(lines[n], 4))
		if !blank(lines[n]) {
			end = n + 1
		}
	}
	return block{kind: code, text: strings.Join(text[:end], "\n") + "\n"}, end
}

func quoted(line string) bool {
	return indent(line) < 4 && strings.HasPrefix(strings.TrimLeft(line, " "), ">")
}

func quotation(lines []string, depth int) (block, int) {
	var inner []string
	n := 0
	for ; n < len(lines); n++ {
		if quoted(lines[n]) {
			s := strings.TrimLeft(lines[n], " ")[1:]
			inner = append(inner, strings.TrimPrefix(s, " "))
			continue
		}
		if blank(lines[n]) || begins(lines[n]) || startsItem(lines[n]) || !goesOn(inner) {
			break
		}
		inner = append(inner, lazy(lines[n]))
	}
	b := block{kind: quote}
	b.blocks, _ = parse(inner, depth+1)
	return b, n
}
