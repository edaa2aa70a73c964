package page

import "strings"

// linked reads the link, image or address in brackets that s begins with, and
// how long it is; 0 when it is none. Without links their texts stand alone: a
// link holds no link.
func linked(s string, links bool) (string, int) {
	if s[0] == '<' {
		return address(s, links)
	}
	label, dest, n := reference(s)
	if n == 0 {
		return "", 0
	}
	if s[0] == '!' { // nothing is loaded from elsewhere: a picture is a link
		return anchor(dest, escape(plainText(label)), links), n
	}
	if !links {
		return "", 0
	}
	return anchor(dest, spans(label, false), links), n
}

// anchor returns a link; of a destination that a page must not lead to, the
// text alone.
func anchor(dest, html string, links bool) string {
	if !links || !leads(dest) {
		return html
	}
	return `<a href="` + escape(urls.Replace(dest)) + `">` + html + "</a>"
}

// urls encodes what a URL cannot hold.
var urls = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "%5C", "`", "%60")

// leads reports whether a link may lead there: the web, mail, or beside the
// page. Scripts and data are none of it.
func leads(dest string) bool {
	scheme, _, found := strings.Cut(dest, ":")
	if !found || strings.ContainsAny(scheme, "/?#") {
		return true
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

// address reads "<https://example.org>".
func address(s string, links bool) (string, int) {
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return "", 0
	}
	dest := s[1:end]
	scheme, _, _ := strings.Cut(dest, ":")
	if scheme = strings.ToLower(scheme); strings.ContainsAny(dest, " <\n") || scheme != "http" && scheme != "https" {
		return "", 0
	}
	return anchor(dest, escape(dest), links), end + 1
}

// reference reads "[label](destination)" or "![label](destination)", and how
// long it is; 0 when s begins with neither.
func reference(s string) (label, dest string, n int) {
	open := 1
	if s[0] == '!' {
		if len(s) < 2 || s[1] != '[' {
			return "", "", 0
		}
		open = 2
	}
	end := bracket(s, open)
	if end < 0 || end+1 >= len(s) || s[end+1] != '(' {
		return "", "", 0
	}
	dest, n = destination(s[end+2:])
	if n == 0 {
		return "", "", 0
	}
	return s[open:end], dest, end + 2 + n
}

// bracket returns where the bracket that was opened before i is closed; -1 when
// it is not, or a link begins within.
func bracket(s string, i int) int {
	opened := []int{i - 1}
	for i < len(s) {
		switch s[i] {
		case '\\':
			i++
		case '`':
			run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			if end := closing(s[i:], run); end > 0 {
				i += end - 1
			} else {
				i += run - 1
			}
		case '[':
			opened = append(opened, i)
		case ']':
			at := opened[len(opened)-1]
			if opened = opened[:len(opened)-1]; len(opened) == 0 {
				return i
			}
			if picture := s[at-1] == '!'; !picture && strings.HasPrefix(s[i+1:], "(") {
				if _, n := destination(s[i+2:]); n > 0 {
					return -1
				}
			}
		}
		i++
	}
	return -1
}

// destination reads "dest)" or "<dest>)"; a title, in quotes before the bracket,
// is read and dropped.
func destination(s string) (dest string, n int) {
	i := len(s) - len(strings.TrimLeft(s, " \n"))
	if i < len(s) && s[i] == '<' {
		end := strings.IndexAny(s[i:], ">\n")
		if end < 0 || s[i+end] != '>' {
			return "", 0
		}
		dest, i = s[i+1:i+end], i+end+1
	} else {
		start, depth := i, 0
		for ; i < len(s) && s[i] > ' ' && (s[i] != ')' || depth > 0); i++ {
			switch s[i] {
			case '\\':
				if i+1 < len(s) && s[i+1] > ' ' {
					i++
				}
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		if i > len(s) || depth > 0 {
			return "", 0
		}
		dest = s[start:i]
	}
	rest := strings.TrimLeft(s[i:], " \n")
	if rest != s[i:] && rest != "" && strings.IndexByte(`"'`, rest[0]) >= 0 {
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return "", 0
		}
		rest = strings.TrimLeft(rest[end+2:], " \n")
	}
	if rest == "" || rest[0] != ')' {
		return "", 0
	}
	return unescape(dest), len(s) - len(rest) + 1
}

// unescape drops the backslashes that escape.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(punctuation, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// plainText returns the words of inline Markdown, for names and ids.
func plainText(s string) string {
	var b strings.Builder
	in := false
	for _, r := range spans(s, true) {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return entities.Replace(b.String())
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&")
