package prom

import (
	"github.com/go-json-experiment/json/jsontext"
)

// members calls fn for each member of an object, of which the opening brace
// has been read. fn reads the member's value; name is valid until it does.
func (m *matrixDecoder) members(fn func(name []byte) error) error {
	for m.dec.PeekKind() == '"' {
		name, err := m.text("a name")
		if err != nil {
			return err
		}
		if err := fn(name); err != nil {
			return err
		}
	}
	_, err := m.dec.ReadToken()
	return err
}

// open reads the beginning of an object or array. ok is false, without an
// error, where there is null in its place.
func (m *matrixDecoder) open(want jsontext.Kind, what string) (ok bool, err error) {
	token, err := m.dec.ReadToken()
	if err != nil {
		return false, err
	}
	switch token.Kind() {
	case want:
		return true, nil
	case 'n':
		return false, nil
	}
	return false, wrongKind(what, want, token.Kind())
}

// str reads a string into s; null leaves it as it is.
func (m *matrixDecoder) str(what string, s *string) error {
	if m.dec.PeekKind() == 'n' {
		return m.dec.SkipValue()
	}
	b, err := m.text(what)
	if err == nil {
		*s = string(b)
	}
	return err
}

// text reads a string. It is valid until the next is read.
func (m *matrixDecoder) text(what string) ([]byte, error) {
	v, err := m.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	if v.Kind() != '"' {
		return nil, wrongKind(what, '"', v.Kind())
	}
	if b := v[1 : len(v)-1]; isPlain(b) {
		return b, nil
	}
	// The error would be about invalid UTF-8, which is let pass and replaced.
	m.unquoted, _ = jsontext.AppendUnquote(m.unquoted[:0], v)
	return m.unquoted, nil
}

// isPlain tells that a string stands in JSON as it is.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

func wrongKind(what string, want, got jsontext.Kind) error {
	return notAPI("%s is %s, want %s", what, article(got), article(want))
}

func article(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "a " + k.String()
}
