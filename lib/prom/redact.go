package prom

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// Redact returns a URL fit for messages: without user, password, parameters
// and fragment, any of which may be a secret.
func Redact(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.User == nil && strings.Contains(text, "@")) {
		return redactText(text)
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// redactText does so for what is not quite a URL, and does not know where a
// password ends: what stands before the last @ is left out.
func redactText(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, ":@/") {
		scheme, rest = "", text
	} else {
		scheme += "://"
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	return oneLine(scheme+rest, quoteLength)
}

// quoted are the values that YAML errors quote.
var quoted = regexp.MustCompile("`[^`]*`|\"[^\"]*\"")

// withoutValues is the text of an error about a configuration, without the
// values in it: a password in the wrong place is quoted there.
func withoutValues(err error) string {
	return oneLine(quoted.ReplaceAllString(err.Error(), "(value)"), quoteLength)
}

// quoteLength is how much of a foreign text stands in a message, in runes.
const quoteLength = 300

// oneLine makes a foreign text fit for a message: one line without control
// characters, at most n runes.
func oneLine(s string, n int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
