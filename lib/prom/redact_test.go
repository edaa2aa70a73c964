package prom

import (
	"errors"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"http://prometheus:9090", "http://prometheus:9090"},
		{"https://example.org/prom/", "https://example.org/prom/"},
		{"https://user:secret@example.org/prom", "https://example.org/prom"},
		{"https://secret@example.org/prom", "https://example.org/prom"},
		{"https://example.org/prom?token=secret#secret", "https://example.org/prom"},
		// Not quite URLs: what may be a secret is left out all the same.
		{"user:secret@example.org:9090", "example.org:9090"},
		{"http://user:se/cret@example.org", "http://example.org"},
		{"http://user:1?secret@example.org", "http://example.org"},
		{"http://user:1#secret@example.org", "http://example.org"},
		{"http://user:se@cret@example.org", "http://example.org"},
		{"http://user:%zz@example.org?a=secret", "http://example.org"},
		{"prometheus:9090?token=secret", "prometheus:9090"},
		{"prometheus\n:9090", "prometheus :9090"},
		{"", ""},
	} {
		if got := Redact(test.in); got != test.want {
			t.Errorf("Redact(%q) = %q, want %q", test.in, got, test.want)
		}
		if strings.Contains(Redact(test.in), "secret") {
			t.Errorf("Redact(%q) tells the secret", test.in)
		}
	}
}

func TestWithoutValues(t *testing.T) {
	err := errors.New("yaml: unmarshal errors:\n  line 2: cannot unmarshal !!str `secret` into config.plain\n  line 3: value \"secret\" is wrong")
	want := "yaml: unmarshal errors: line 2: cannot unmarshal !!str (value) into config.plain line 3: value (value) is wrong"
	if got := withoutValues(err); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOneLine(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"a\r\n\t b\x1b[31m", 100, "a b [31m"},
		{"äöü", 3, "äöü"},
		{"äöüß", 3, "äöü..."},
		{" ", 3, ""},
	} {
		if got := oneLine(test.in, test.n); got != test.want {
			t.Errorf("oneLine(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}
