package schema

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Reader reads documents from a stream: one, several one after another, or
// one a line. Each is told apart by its kind or, in older files, by its shape.
type Reader struct {
	name  string
	src   io.Reader
	lines *lineCounter
	dec   *json.Decoder
	err   error
}

// NewReader returns a Reader over r, which may be gzip. name is the file's
// name, used in errors and, for older daily files, to learn the day.
func NewReader(name string, r io.Reader) *Reader {
	return &Reader{name: name, src: r}
}

// Next returns the next document, or io.EOF at the end. Every other error
// names the stream and the line; after it the Reader is spent.
func (r *Reader) Next() (Document, error) {
	if r.err != nil {
		return nil, r.err
	}
	doc, err := r.next()
	if err != nil {
		r.err = err
		return nil, err
	}
	return doc, nil
}

func (r *Reader) next() (Document, error) {
	if r.dec == nil {
		src, err := Plain(r.src)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", r.name, err)
		}
		r.lines = &lineCounter{r: src}
		r.dec = json.NewDecoder(r.lines)
	}
	before := r.dec.InputOffset()
	var raw json.RawMessage
	if err := r.dec.Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		return nil, r.syntaxError(err, before)
	}
	start := r.dec.InputOffset() - int64(len(raw))
	line := r.lines.at(start)
	r.lines.forget(start)
	doc, err := decodeDocument(r.name, raw)
	if err != nil {
		if typeErr, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			line += bytes.Count(raw[:min(int(typeErr.Offset), len(raw))], []byte{'\n'})
			err = fmt.Errorf("field %q: a JSON %s where a %s belongs", typeErr.Field, typeErr.Value, goType(typeErr))
		}
		return nil, fmt.Errorf("reading %s: line %d: %w", r.name, line, err)
	}
	return doc, nil
}

func goType(e *json.UnmarshalTypeError) string {
	switch name := e.Type.String(); {
	case strings.Contains(name, "float"), strings.Contains(name, "int"):
		return "number"
	case name == "string", name == "bool":
		return name
	case strings.HasPrefix(name, "[]"):
		return "list"
	default:
		return "JSON object"
	}
}

// syntaxError says in which line the JSON went wrong.
func (r *Reader) syntaxError(err error, before int64) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		first := r.lines.at(r.lines.skipSpace(before))
		return fmt.Errorf("reading %s: line %d: the JSON document that begins here is cut off (%d bytes read); write it again",
			r.name, first, r.lines.n)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("reading %s: line %d: not JSON: %w", r.name, r.lines.at(syntax.Offset), err)
	}
	return fmt.Errorf("reading %s: %w", r.name, err)
}

// Plain returns r without its gzip wrapping, if it has one, and without a
// byte-order mark.
func Plain(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if magic, err := br.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("unpacking gzip: %w", err)
		}
		br = bufio.NewReaderSize(zr, 64<<10)
	}
	bom, err := br.Peek(3)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case string(bom) == "\xef\xbb\xbf":
		if _, err := br.Discard(3); err != nil {
			return nil, err
		}
	}
	return br, nil
}

// adopter is a document that older files spell differently.
type adopter interface{ adoptFlat(raw []byte) error }

// decodeDocument turns one JSON value into the document it says it is.
func decodeDocument(name string, raw []byte) (Document, error) {
	kind, version, err := kindOf(name, raw)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(kind, version); err != nil {
		return nil, err
	}
	doc := newDocument(kind)
	if doc == nil {
		return nil, fmt.Errorf("unknown kind of document %q; known are %s", kind, strings.Join(Kinds, ", "))
	}
	if err := json.Unmarshal(raw, doc); err != nil {
		return nil, err
	}
	if old, ok := doc.(adopter); ok {
		if err := old.adoptFlat(raw); err != nil {
			return nil, err
		}
	}
	head := doc.Head()
	head.Kind = kind
	if head.SchemaVersion == "" {
		head.SchemaVersion = "0.0"
		renameFlat(doc)
	}
	if day, ok := doc.(*DailySummary); ok && day.DayNumber == 0 {
		day.DayNumber = dayFromName(name)
	}
	return doc, nil
}

// dayFromName reads the day from a canonical file name, for older files that
// do not say it themselves; 0 when the name has none.
func dayFromName(name string) int {
	m := dayName().FindStringSubmatch(filepath.Base(name))
	if m == nil {
		return 0
	}
	day, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return day
}

var dayName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)day_?(\d{1,3})`) })

// checkVersion refuses a newer major version; older ones are read.
func checkVersion(kind, version string) error {
	if version == "" {
		return nil
	}
	major, err := strconv.Atoi(strings.SplitN(version, ".", 2)[0])
	if err != nil {
		return fmt.Errorf("%s: schema_version %q is not major.minor", kind, version)
	}
	ours, _ := strconv.Atoi(strings.SplitN(Version, ".", 2)[0])
	if major > ours {
		return fmt.Errorf("%s has schema_version %s, this tool reads up to %d.x; install a newer tars", kind, version, ours)
	}
	return nil
}

// lineCounter remembers where lines begin, so that offsets become lines.
type lineCounter struct {
	r      io.Reader
	n      int64   // bytes read
	before int     // newlines forgotten
	ends   []int64 // offsets of the newlines still remembered
}

func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			l.ends = append(l.ends, l.n+int64(i))
		}
	}
	l.n += int64(n)
	return n, err
}

// at returns the line, from 1, of the byte at offset.
func (l *lineCounter) at(offset int64) int {
	line := l.before + 1
	for _, end := range l.ends {
		if end >= offset {
			break
		}
		line++
	}
	return line
}

// forget drops the lines that end before offset, to stay small on long input.
func (l *lineCounter) forget(offset int64) {
	i := 0
	for i < len(l.ends) && l.ends[i] < offset {
		i++
	}
	l.before += i
	l.ends = append(l.ends[:0], l.ends[i:]...)
}

// skipSpace moves offset past the line ends that directly follow it.
func (l *lineCounter) skipSpace(offset int64) int64 {
	for _, end := range l.ends {
		if end == offset {
			offset++
		}
	}
	return offset
}
