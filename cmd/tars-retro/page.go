package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/veleron-dev/tars/lib/report"
	"github.com/veleron-dev/tars/lib/schema"
)

// builtin is the template of the Markdown.
//
//go:embed retrospective.md.tmpl
var builtin []byte

// page renders a retrospective for people. It knows nothing but the document,
// so the JSON renders to the same text at any time.
type page struct{ t *template.Template }

// readPage reads a template; an empty path is the built-in one.
func readPage(path string) (*page, error) {
	name, text := "retrospective.md.tmpl", builtin
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("reading the template: %w", err)
		}
		name = path
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(functions).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return &page{t}, nil
}

// write writes the text, with pictures where there are any.
func (p *page) write(w io.Writer, r *schema.Retrospective, pictures ...picture) error {
	var b bytes.Buffer
	doc, _ := plain(reflect.ValueOf(r)).(map[string]any) // a struct is
	charts := make([]any, len(pictures))
	for i, picture := range pictures {
		charts[i] = picture.plain()
	}
	doc["charts"] = charts
	if err := p.t.Execute(&b, doc); err != nil {
		return fmt.Errorf("filling in the template: %w", err)
	}
	text := emptyLines().ReplaceAllString(b.String(), "\n\n")
	_, err := io.WriteString(w, strings.TrimRight(text, "\n")+"\n")
	return err
}

// emptyLines is more than one of them, which templates leave behind where a
// part has nothing to say.
var emptyLines = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\n{3,}`) })

// plain returns a document as its JSON is: maps, lists, texts, numbers and nil,
// by the names of the JSON fields. Fields that JSON leaves out are there, so
// that a template can ask for them, and a name that is none is an error.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		if t, ok := reflect.TypeAssert[schema.Time](v); ok {
			if t.IsZero() {
				return nil
			}
			return t.UTC().Format(time.RFC3339Nano)
		}
		fields := map[string]any{}
		plainFields(v, fields)
		return fields
	case reflect.Map:
		m := map[string]any{}
		for _, key := range v.MapKeys() {
			m[key.String()] = plain(v.MapIndex(key))
		}
		return m
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	default: // text, number, boolean
		return v.Interface()
	}
}

func plainFields(v reflect.Value, fields map[string]any) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			plainFields(v.Field(i), fields)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = plain(v.Field(i))
	}
}

// functions are what templates know besides the language's own.
var functions = template.FuncMap{
	// Numbers and times for people; null is "unknown".
	"number":   func(v any, unit string) string { return report.Number(float(v), unit) },
	"change":   func(v any, unit string) string { return report.Change(float(v), unit) },
	"money":    func(v any, currency string) string { return report.Money(float(v), currency) },
	"time":     func(v any) string { return report.Time(instant(v)) },
	"duration": duration,
	// Whether a value is not null: 0 is known.
	"known": func(v any) bool { return v != nil },
	// Text that stands for itself in Markdown, and code.
	"esc":  func(v any) string { return report.Escape(fmt.Sprint(v)) },
	"code": code,
	// The ids that a sentence rests on, each as code after a space.
	"ids": ids,
	// "1 to 3, 5" of a list of whole numbers.
	"days": func(v []any) string { return orText(numbers(integers(v)), report.Unknown) },
	// "a, b and c" of a list of texts.
	"list": func(v []any) string { return list(texts(v)) },
	// "1 day", "3 days".
	"count": count,
	// "p95 of search" or "p95 in eu-west".
	"scoped": report.Scoped,
	// " (a; b)" of the texts that are not empty.
	"aside": aside,
	// A list of its arguments.
	"each": func(v ...string) []string { return v },
	// The elements of a list whose field has the value, and the first n.
	"where": where,
	"first": func(n int, v []any) []any { return v[:min(n, len(v))] },
	// A table: table "left" ">right" ..., row $table cells..., and $table.
	"table": table,
	"row":   row,
}

func float(v any) *float64 {
	switch n := v.(type) {
	case float64:
		return &n
	case int:
		return schema.Num(float64(n))
	}
	return nil
}

func instant(v any) schema.Time {
	s, _ := v.(string)
	t, err := schema.ParseTime(s)
	if err != nil {
		return schema.Time{}
	}
	return t
}

func duration(v any) string {
	seconds := float(v)
	if seconds == nil {
		return report.Unknown
	}
	return report.Duration(time.Duration(*seconds * float64(time.Second)))
}

func code(v any) string {
	s := strings.Join(strings.Fields(fmt.Sprint(v)), " ") // on one line
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func ids(v []any) string {
	var b strings.Builder
	for _, id := range texts(v) {
		b.WriteString(" " + code(id))
	}
	return b.String()
}

func aside(v ...any) string {
	said := slices.DeleteFunc(texts(v), func(s string) bool { return s == "" })
	if len(said) == 0 {
		return ""
	}
	return " (" + report.Escape(strings.Join(said, "; ")) + ")"
}

func texts(v []any) []string {
	out := make([]string, len(v))
	for i, x := range v {
		out[i] = fmt.Sprint(x)
	}
	return out
}

func integers(v []any) []int {
	out := []int{}
	for _, x := range v {
		if n, ok := x.(int); ok {
			out = append(out, n)
		}
	}
	return out
}

func where(v []any, field string, value any) []any {
	out := []any{}
	for _, x := range v {
		if m, ok := x.(map[string]any); ok && m[field] == value {
			out = append(out, x)
		}
	}
	return out
}

// grid is a table while it is filled.
type grid struct{ report.Table }

// String returns the table as Markdown; nothing without rows.
func (g *grid) String() string {
	var b strings.Builder
	if err := g.Write(&b); err != nil { // a Builder takes everything
		return err.Error()
	}
	return b.String()
}

func table(head ...string) *grid {
	g := &grid{}
	for _, h := range head {
		name, right := strings.CutPrefix(h, ">")
		g.Head, g.Right = append(g.Head, name), append(g.Right, right)
	}
	return g
}

func row(g *grid, cells ...any) string {
	text := make([]string, len(cells))
	for i, c := range cells {
		text[i] = fmt.Sprint(c)
	}
	g.Add(text...)
	return ""
}
