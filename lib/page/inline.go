package page

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline writes the inline Markdown of a block as HTML. Text stands for itself:
// what looks like HTML is escaped.
func inline(s string) string { return spans(s, true) }

// piece is finished HTML, or a run of delimiters whose meaning is not known yet.
type piece struct {
	html string
	// sign is the delimiter, 0 for finished HTML; n is how many of them are
	// left, run how many there were.
	sign   byte
	n, run int
	// opens and closes are what the run may do; before and after are the
	// tags it was found to stand for.
	opens, closes bool
	before, after string
}

func spans(s string, links bool) string {
	var pieces []piece
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			pieces = append(pieces, piece{html: b.String()})
			b.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case '\\':
			n := backslash(&b, s[i:])
			i += n
		case '`':
			n := codeSpan(&b, s[i:])
			i += n
		case '*', '_':
			flush()
			p := runOf(s, i)
			pieces = append(pieces, p)
			i += p.n
		case '!', '[', '<':
			html, n := linked(s[i:], links)
			if n == 0 {
				html, n = escape(s[i:i+1]), 1
			}
			b.WriteString(html)
			i += n
		case '&':
			n := max(1, entity(s[i:]))
			if n > 1 {
				b.WriteString(s[i : i+n])
			} else {
				b.WriteString("&amp;")
			}
			i += n
		case '\n':
			text := b.String()
			b.Reset()
			b.WriteString(strings.TrimRight(text, " "))
			if strings.HasSuffix(text, "  ") {
				b.WriteString("<br>")
			}
			b.WriteByte('\n')
			i++
		default:
			n := strings.IndexAny(s[i:], "\\`*_![<&\n")
			if n < 0 {
				n = len(s) - i
			}
			b.WriteString(units(escape(s[i : i+n])))
			i += n
		}
	}
	flush()
	emphasise(pieces)
	var out strings.Builder
	for i, p := range pieces {
		if i > 0 && p.html != "" && rated(p.html) != "" {
			pieces[i-1].after = strings.Replace(pieces[i-1].after, "<strong>", `<strong class="`+rated(p.html)+`">`, 1)
		}
	}
	for _, p := range pieces {
		out.WriteString(p.before + p.html + strings.Repeat(string(rune(p.sign)), p.n) + p.after)
	}
	return out.String()
}

const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

func backslash(b *strings.Builder, s string) int {
	switch {
	case len(s) > 1 && s[1] == '\n':
		b.WriteString("<br>\n")
		return 2
	case len(s) > 1 && strings.IndexByte(punctuation, s[1]) >= 0:
		b.WriteString(escape(s[1:2]))
		return 2
	}
	b.WriteByte('\\')
	return 1
}

// codeSpan writes code between equally long runs of backticks, or the run that
// nothing closes.
func codeSpan(b *strings.Builder, s string) int {
	open := len(s) - len(strings.TrimLeft(s, "`"))
	end := closing(s, open)
	if end < 0 {
		b.WriteString(s[:open])
		return open
	}
	text := strings.ReplaceAll(s[open:end-open], "\n", " ")
	if len(text) > 1 && text[0] == ' ' && text[len(text)-1] == ' ' && strings.Trim(text, " ") != "" {
		text = text[1 : len(text)-1]
	}
	if len(text) <= 32 && !strings.Contains(text, " ") { // an id stays in one line
		b.WriteString("<code class=\"id\">" + escape(text) + "</code>")
	} else {
		b.WriteString("<code>" + escape(text) + "</code>")
	}
	return end
}

// closing returns where the code span that s opens with n backticks ends; -1
// when it does not.
func closing(s string, n int) int {
	for i := n; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		i += run
		if run == n {
			return i
		}
	}
	return -1
}

// runOf reads a run of delimiters and what stands beside it: CommonMark's left-
// and right-flanking, https://spec.commonmark.org/0.31.2/#delimiter-run.
func runOf(s string, i int) piece {
	sign := s[i]
	n := len(s[i:]) - len(strings.TrimLeft(s[i:], string(rune(sign))))
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	if i == 0 {
		before = ' '
	}
	if i+n == len(s) {
		after = ' '
	}
	space, mark := unicode.IsSpace, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	left := !space(after) && (!mark(after) || space(before) || mark(before))
	right := !space(before) && (!mark(before) || space(after) || mark(after))
	p := piece{sign: sign, n: n, run: n, opens: left, closes: right}
	if sign == '_' { // none within a word
		p.opens = left && (!right || mark(before))
		p.closes = right && (!left || mark(after))
	}
	return p
}

// emphasise pairs the delimiters, innermost first.
func emphasise(pieces []piece) {
	for c := range pieces {
		closer := &pieces[c]
		for o := c - 1; o >= 0 && closer.closes && closer.n > 0; o-- {
			opener := &pieces[o]
			if opener.sign != closer.sign || !opener.opens || opener.n == 0 || odd(opener, closer) {
				continue
			}
			tag, used := "em", 1
			if opener.n > 1 && closer.n > 1 {
				tag, used = "strong", 2
			}
			opener.after = "<" + tag + ">" + opener.after
			closer.before += "</" + tag + ">"
			opener.n -= used
			closer.n -= used
			for i := o + 1; i < c; i++ { // what stands between pairs with nothing outside
				pieces[i].opens, pieces[i].closes = false, false
			}
			o++ // the same opener may have more
		}
	}
}

// odd is CommonMark's rule of three: a run that can do both pairs only when the
// lengths do not add up to a multiple of three, or both are one.
func odd(o, c *piece) bool {
	return (o.closes || c.opens) && (o.run+c.run)%3 == 0 && (o.run%3 != 0 || c.run%3 != 0)
}

// entity returns the length of the character reference that s begins with; 0
// when it is none that is read here.
func entity(s string) int {
	end := strings.IndexByte(s, ';')
	if end < 2 || end > 9 {
		return 0
	}
	switch name := s[1:end]; {
	case name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "nbsp":
		return end + 1
	case name[0] == '#' && name != "#" && strings.Trim(name[1:], "0123456789") == "" && strings.Trim(name[1:], "0") != "":
		return end + 1
	}
	return 0
}

// units keeps a percent sign in the line of its number.
func units(s string) string {
	for i := 1; i+1 < len(s); i++ {
		if s[i] == ' ' && s[i+1] == '%' && s[i-1] >= '0' && s[i-1] <= '9' {
			s = s[:i] + "\u00a0" + s[i+1:]
		}
	}
	return s
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func escape(s string) string { return escaper.Replace(s) }
