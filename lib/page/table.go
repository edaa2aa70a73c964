package page

import "strings"

// tabled reads a table: a line of cells, the line that aligns as many columns,
// and rows up to an empty line.
func tabled(lines []string) (block, int, bool) {
	if len(lines) < 2 || !strings.Contains(lines[0], "|") || indent(lines[1]) >= 4 {
		return block{}, 0, false
	}
	b := block{kind: table, head: cells(lines[0])}
	for _, cell := range cells(lines[1]) {
		dashes := strings.TrimSuffix(strings.TrimPrefix(cell, ":"), ":")
		if dashes == "" || strings.Trim(dashes, "-") != "" {
			return block{}, 0, false
		}
		align := ""
		switch left, right := cell[0] == ':', cell[len(cell)-1] == ':'; {
		case left && right:
			align = "center"
		case right:
			align = "right"
		case left:
			align = "left"
		}
		b.align = append(b.align, align)
	}
	if len(b.align) != len(b.head) {
		return block{}, 0, false
	}
	n := 2
	for ; n < len(lines) && !blank(lines[n]) && !begins(lines[n]); n++ {
		row := append(cells(lines[n]), make([]string, len(b.head))...)
		b.rows = append(b.rows, row[:len(b.head)])
	}
	return b, n, true
}

// cells splits a row at the bars that no backslash escapes; "\|" is a bar in a
// cell, in code too.
func cells(line string) []string {
	s := strings.TrimSpace(line)
	s = strings.TrimPrefix(s, "|")
	var out []string
	var cell strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '|':
			cell.WriteByte('|')
			i++
		case s[i] == '\\' && i+1 < len(s):
			cell.WriteString(s[i : i+2])
			i++
		case s[i] == '|':
			out = append(out, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(s[i])
		}
	}
	if last := strings.TrimSpace(cell.String()); last != "" || !strings.HasSuffix(s, "|") {
		out = append(out, last)
	}
	return out
}
