package main

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
)

// count writes "1 day" or "3 days".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// numbers writes 1, 2, 3, 5 as "1 to 3, 5".
func numbers(list []int) string {
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, fmt.Sprint(list[i]))
		case 1:
			parts = append(parts, fmt.Sprint(list[i]), fmt.Sprint(list[j]))
		default:
			parts = append(parts, fmt.Sprintf("%d to %d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// stableID returns an id that depends on what it is about and nothing else.
func stableID(prefix string, about ...string) string {
	h := fnv.New32a()
	h.Write([]byte(strings.Join(about, "\x00")))
	return fmt.Sprintf("%s-%08x", prefix, h.Sum32())
}

// slug joins names to an id that can stand anywhere.
func slug(names ...string) string {
	words := strings.FieldsFunc(strings.Join(names, " "), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' && r != '-'
	})
	return strings.Join(words, "-")
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sentence begins a text with a capital letter and ends it with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	r[0] = unicode.ToUpper(r[0])
	text := string(r)
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") && !strings.HasSuffix(text, "!") {
		text += "."
	}
	return text
}

// list writes "a", "a and b", "a, b and c".
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}
