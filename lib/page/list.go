package page

import (
	"strconv"
	"strings"
)

// marker is what begins an item of a list.
type marker struct {
	sign    byte // -, *, + or the sign after a number
	ordered bool
	number  int
	content int // column at which the item's text begins
	empty   bool
}

func markerOf(line string) (marker, bool) {
	margin := indent(line)
	s := line[margin:]
	if s == "" || margin >= 4 {
		return marker{}, false
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	m := marker{ordered: digits > 0}
	width := 1
	if m.ordered {
		n, err := strconv.Atoi(s[:digits])
		if err != nil || digits > 9 || digits == len(s) || s[digits] != '.' && s[digits] != ')' {
			return marker{}, false
		}
		m.number, width = n, digits+1
	} else if !strings.ContainsRune("-*+", rune(s[0])) {
		return marker{}, false
	}
	m.sign = s[width-1]
	rest := s[width:]
	m.empty = blank(rest)
	spaces := indent(rest)
	switch {
	case !m.empty && spaces == 0:
		return marker{}, false
	case m.empty || spaces >= 5: // the latter is code in the item
		spaces = 1
	}
	m.content = margin + width + spaces
	return m, true
}

func listed(lines []string, depth int) (block, int) {
	first, _ := markerOf(lines[0])
	b := block{kind: list, ordered: first.ordered, level: first.number}
	n := 0
	empty := 0 // lines since the latest item
	for n < len(lines) {
		m, ok := markerOf(lines[n])
		if !ok || m.sign != first.sign || m.ordered != first.ordered || isRule(lines[n]) {
			break
		}
		inner, taken, trailing := itemLines(lines[n:], m)
		blocks, gap := parse(inner, depth+1)
		b.loose = b.loose || gap || empty > 0
		b.blocks = append(b.blocks, block{kind: item, blocks: blocks})
		n, empty = n+taken, trailing
	}
	return b, n - empty
}

// itemLines returns the lines of the item that the first line begins, without
// their margin, how many lines that takes, and how many of those are empty ones
// at its end.
func itemLines(lines []string, m marker) (inner []string, taken, trailing int) {
	inner = []string{strings.TrimRight(dedentTo(lines[0], m.content), " ")}
	if !m.empty {
		inner[0] = dedentTo(lines[0], m.content)
	}
	n := 1
	for ; n < len(lines); n++ {
		line := lines[n]
		switch {
		case blank(line):
			if m.empty && n == 1 {
				return inner, 1, 0 // an empty item ends with its line
			}
			trailing++
			inner = append(inner, "")
			continue
		case indent(line) >= m.content:
			inner = append(inner, line[m.content:])
		case trailing == 0 && goesOn(inner) && !begins(line) && !startsItem(line):
			inner = append(inner, lazy(line))
		default:
			return inner[:len(inner)-trailing], n, trailing
		}
		trailing = 0
	}
	return inner[:len(inner)-trailing], n, trailing
}

func startsItem(line string) bool {
	_, ok := markerOf(line)
	return ok
}

// dedentTo drops the marker and margin of an item's first line.
func dedentTo(line string, column int) string {
	if column >= len(line) {
		return ""
	}
	return line[column:]
}

// lazy is a line without margin that continues a paragraph in a quote or an
// item; a deep one stays deep, so as to begin nothing.
func lazy(line string) string {
	if indent(line) >= 4 {
		return line
	}
	return strings.TrimLeft(line, " ")
}

// goesOn reports whether the lines end with a paragraph, which a line without
// margin continues. It looks at the lines and not at their blocks, which would
// be read again for each line and each level.
func goesOn(lines []string) bool {
	fences := 0
	for _, line := range lines {
		if fence, _ := fenceOf(innermost(line)); fence != "" {
			fences++
		}
	}
	n := len(lines) - 1
	last := innermost(lines[n])
	_, _, isHeading := atx(last)
	fence, _ := fenceOf(last)
	switch {
	case fences%2 == 1 || fence != "" || blank(last) || isHeading || isRule(last):
		return false
	case indent(last) >= 4 && (n == 0 || blank(lines[n-1])):
		return false
	}
	for i := n; i > 0 && !blank(lines[i]); i-- {
		if _, _, ok := tabled(lines[i-1:]); ok {
			return false
		}
	}
	return true
}

// innermost takes away what stands before the text of a quote or an item.
func innermost(line string) string {
	for {
		m, ok := markerOf(line)
		switch {
		case quoted(line):
			line = strings.TrimPrefix(strings.TrimLeft(line, " ")[1:], " ")
		case ok && !m.empty && !isRule(line):
			line = line[m.content:]
		default:
			return line
		}
	}
}
