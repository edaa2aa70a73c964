package tool

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// Output is the flags that say where a result goes and in which form.
type Output struct {
	Output    string `short:"o" aliases:"output-file" help:"Write to this file instead of stdout, whole or not at all; - is stdout." placeholder:"FILE"`
	OutputDir string `help:"Write under the canonical names in this directory instead; with --format also print that format." placeholder:"DIR"`
	Format    string `short:"f" help:"Output format: {formats}; left out: by the ending of --output, else the first." placeholder:"FORMAT"`
}

func (o *Output) output() *Output { return o }

// Form is one way to write a result.
type Form struct {
	// Format is json, markdown, openmetrics, ndjson or html.
	Format string
	// Path is the canonical name under a data root, "health/day_01_HEALTH.md";
	// empty when --output-dir does not write this form.
	Path string
	// Write writes the form whole.
	Write func(io.Writer) error
}

// JSON returns a writer of doc as indented JSON.
func JSON(doc any) func(io.Writer) error {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(doc); err != nil {
			return fmt.Errorf("writing JSON: %w", err)
		}
		return nil
	}
}

var formatOfEnding = map[string]string{
	".json": "json", ".md": "markdown", ".markdown": "markdown", ".prom": "openmetrics",
	".ndjson": "ndjson", ".jsonl": "ndjson", ".html": "html", ".htm": "html",
}

// check refuses a format the tool does not offer, before any work is done.
func (o *Output) check(formats []string) error {
	if f := o.format(); f != "" && !slices.Contains(formats, f) {
		return Usagef("choosing the output format: %q is not one of %s", f, strings.Join(formats, ", "))
	}
	return nil
}

// format returns the format asked for by flag or by the output's ending; empty
// when neither says.
func (o *Output) format() string {
	if o.Format != "" {
		return o.Format
	}
	return formatOfEnding[strings.ToLower(filepath.Ext(o.Output))]
}

// ToFile reports whether --output names a file.
func (o *Output) ToFile() bool { return o.Output != "" && o.Output != "-" }

// Emit writes a result where the flags say. The first form is the default.
// Everything is rendered before anything is written.
func (o *Output) Emit(s *Streams, forms ...Form) error {
	var files []file
	if o.OutputDir != "" {
		for _, form := range forms {
			if form.Path != "" {
				files = append(files, file{path: Canonical(o.OutputDir, form.Path), form: form})
			}
		}
	}
	if o.Output != "" || o.OutputDir == "" || o.Format != "" {
		form, err := pick(o.format(), forms)
		if err != nil {
			return err
		}
		files = append(files, file{path: o.Output, form: form})
	}
	for i := range files {
		var b bytes.Buffer
		if err := files[i].form.Write(&b); err != nil {
			return err
		}
		files[i].body = b.Bytes()
	}
	for _, f := range files {
		if err := f.write(s); err != nil {
			return err
		}
	}
	return nil
}

type file struct {
	path string
	form Form
	body []byte
}

func (f file) write(s *Streams) error {
	if f.path == "" || f.path == "-" {
		if _, err := s.Out.Write(f.body); err != nil {
			return fmt.Errorf("writing stdout: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil { //nolint:gosec // reports are meant to be read by others
		return fmt.Errorf("writing %s: making its directory: %w", f.path, cause(err))
	}
	if err := WriteFile(f.path, f.body); err != nil {
		return err
	}
	s.Log.Info("wrote", "file", f.path, "bytes", len(f.body))
	return nil
}

func pick(format string, forms []Form) (Form, error) {
	if format == "" {
		return forms[0], nil
	}
	for _, form := range forms {
		if form.Format == format {
			return form, nil
		}
	}
	return Form{}, Usagef("choosing the output format: this document has no form %q", format)
}

// Canonical joins a canonical name to a directory: a data root gets the
// sub-folder, a directory that already bears the sub-folder's name does not.
func Canonical(dir, name string) string {
	folder, base := filepath.Split(filepath.FromSlash(name))
	abs, err := filepath.Abs(dir)
	if err == nil && filepath.Base(abs) == filepath.Clean(folder) {
		return filepath.Join(dir, base)
	}
	return filepath.Join(dir, folder, base)
}

// WriteFile writes a file whole or not at all: a temporary file beside it is
// synced and renamed over it. Written here since the known libraries for this
// leave out Windows. What is not a regular file (a pipe, /dev/stderr) is
// written in place.
func WriteFile(path string, body []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing %s: %w", path, cause(err))
		}
	}()
	if target, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
		path = target
	}
	mode := os.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		if info.IsDir() {
			return errors.New("it is a directory; name a file, or use --output-dir")
		}
		if !info.Mode().IsRegular() {
			return os.WriteFile(path, body, mode)
		}
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // the first error is the one to tell
		}
	}()
	if _, err := tmp.Write(body); err != nil {
		_ = tmp.Close()
		return err
	}
	if err := errors.Join(tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// WriteDocument writes a document as JSON to a file, gzipped when the name
// ends in .gz.
func WriteDocument(path string, doc schema.Document) error {
	var b bytes.Buffer
	if err := JSON(doc)(&b); err != nil {
		return err
	}
	if !strings.HasSuffix(path, ".gz") {
		return WriteFile(path, b.Bytes())
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := b.WriteTo(z); err != nil {
		return fmt.Errorf("packing %s: %w", path, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("packing %s: %w", path, err)
	}
	return WriteFile(path, packed.Bytes())
}
