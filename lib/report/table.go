package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table is a Markdown table. Cells are escaped when it is written.
type Table struct {
	Head []string
	// Right says which columns align right; shorter than Head means left.
	Right []bool
	Rows  [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes the table with its columns lined up, and a blank line after it.
// A table without rows writes nothing.
func (t *Table) Write(w io.Writer) error {
	if len(t.Rows) == 0 {
		return nil
	}
	width := make([]int, len(t.Head))
	rows := make([][]string, 0, len(t.Rows)+1)
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		cells := make([]string, len(t.Head))
		for i := range cells {
			if i < len(row) {
				cells[i] = Escape(row[i])
			}
			width[i] = max(width[i], utf8.RuneCountInString(cells[i]), 3)
		}
		rows = append(rows, cells)
	}
	var b strings.Builder
	for i, row := range rows {
		b.WriteByte('|')
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if t.right(j) {
				fmt.Fprintf(&b, " %s%s |", pad, cell)
			} else {
				fmt.Fprintf(&b, " %s%s |", cell, pad)
			}
		}
		b.WriteByte('\n')
		if i > 0 {
			continue
		}
		b.WriteByte('|')
		for j := range row {
			if t.right(j) {
				fmt.Fprintf(&b, " %s: |", strings.Repeat("-", width[j]-1))
			} else {
				fmt.Fprintf(&b, " %s |", strings.Repeat("-", width[j]))
			}
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) right(column int) bool { return column < len(t.Right) && t.Right[column] }

// Escape makes text from outside, a service's name say, stand for itself in
// Markdown, on one line.
func Escape(s string) string {
	return escaper.Replace(strings.Join(strings.Fields(s), " "))
}

var escaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "`", "\\`", "[", `\[`, "]", `\]`)
