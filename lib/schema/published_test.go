package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/veleron-dev/tars/lib/schema"
)

var update = flag.Bool("update", false, "rewrite the published JSON Schemas")

// documents are the published types, by kind.
var documents = map[string]reflect.Type{
	schema.KindCapture:           reflect.TypeFor[schema.Capture](),
	schema.KindGAKPISummary:      reflect.TypeFor[schema.GAKPISummary](),
	schema.KindDailySummary:      reflect.TypeFor[schema.DailySummary](),
	schema.KindAnomalyReport:     reflect.TypeFor[schema.AnomalyReport](),
	schema.KindHealthReport:      reflect.TypeFor[schema.HealthReport](),
	schema.KindRegressionSummary: reflect.TypeFor[schema.RegressionSummary](),
	schema.KindRetrospective:     reflect.TypeFor[schema.Retrospective](),
}

// TestPublishedSchemas fails when fixtures/schema is not what the Go types
// say; `make schema` rewrites it.
func TestPublishedSchemas(t *testing.T) {
	docs := comments(t)
	for _, kind := range schema.Kinds {
		t.Run(kind, func(t *testing.T) {
			want := publish(t, kind, docs)
			path := filepath.Join("..", "..", "fixtures", "schema", kind+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, want, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; run make schema", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s is stale, run make schema (-want +got):\n%s", path, diff)
			}
		})
	}
}

// publish returns the JSON Schema of one document, generated from its Go type
// with google/jsonschema-go, which knows which fields may be null.
func publish(t *testing.T, kind string, docs map[string]string) []byte {
	t.Helper()
	s, err := jsonschema.ForType(documents[kind], &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[schema.Time]():       {Types: []string{"null", "string"}, Format: "date-time"},
		reflect.TypeFor[schema.Values]():     {Types: []string{"null", "array"}, Items: &jsonschema.Schema{Types: []string{"null", "number"}}},
		reflect.TypeFor[schema.SamplePair](): {Type: "array", PrefixItems: []*jsonschema.Schema{{Type: "number"}, {Type: "string"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	describe(s, documents[kind], docs)
	var isKind any = kind
	s.Properties["kind"].Const = &isKind
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.ID = "https://github.com/veleron-dev/tars/schema/" + kind + ".json"
	s.Title = kind
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// describe puts the Go comments into the schema and lets extra fields pass, as
// readers do.
func describe(s *jsonschema.Schema, t reflect.Type, docs map[string]string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s.Description == "" && s.Format == "" {
		s.Description = docs[t.Name()]
	}
	switch t.Kind() {
	case reflect.Struct:
		s.AdditionalProperties = nil
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[name]
			if p == nil || f.Anonymous {
				continue
			}
			owner := t
			if len(f.Index) > 1 {
				owner = t.FieldByIndex(f.Index[:len(f.Index)-1]).Type
			}
			p.Description = docs[owner.Name()+"."+f.Name]
			describe(p, f.Type, docs)
		}
	case reflect.Slice:
		if s.Items != nil {
			describe(s.Items, t.Elem(), docs)
		}
	case reflect.Map:
		s.Type, s.Types = "", []string{"null", "object"} // a nil map is null
		if s.AdditionalProperties != nil {
			describe(s.AdditionalProperties, t.Elem(), docs)
		}
	default: // scalars have no parts
	}
}

// comments returns the doc comments of the package's types ("KPI") and fields
// ("KPI.Unit"), each in one line.
func comments(t *testing.T) map[string]string {
	t.Helper()
	docs := map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				typ, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				doc, _, _ := strings.Cut(gen.Doc.Text(), "\n\n") // without the example
				docs[typ.Name.Name] = line(doc)
				if st, ok := typ.Type.(*ast.StructType); ok {
					for _, f := range st.Fields.List {
						for _, name := range f.Names {
							docs[typ.Name.Name+"."+name.Name] = line(f.Doc.Text())
						}
					}
				}
			}
		}
	}
	return docs
}

func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// Conforms checks a written document against its published schema.
func conforms(t *testing.T, kind string, doc []byte) error {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "schema", kind+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var instance any
	if err := json.Unmarshal(doc, &instance); err != nil {
		t.Fatal(err)
	}
	return resolved.Validate(instance)
}

// TestDocumentsConform writes each document and holds it against its schema,
// and an impossible one, which must be refused.
func TestDocumentsConform(t *testing.T) {
	ga := read(t, "ga.json", `{"timestamp":"2025-11-18T00:00:00Z","overall_availability":99.9,"total_requests":10}`)[0]
	ga.Head().Window = &schema.Window{Start: schema.Time{}, End: schema.Time{}}
	b, err := json.Marshal(ga)
	if err != nil {
		t.Fatal(err)
	}
	if err := conforms(t, schema.KindGAKPISummary, b); err != nil {
		t.Errorf("a document that was written does not conform: %v", err)
	}
	bad := bytes.Replace(b, []byte(`"overall_availability":99.9`), []byte(`"overall_availability":"99.9"`), 1)
	if conforms(t, schema.KindGAKPISummary, bad) == nil {
		t.Error("text where a number belongs conforms")
	}
}
