package tool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/veleron-dev/tars/lib/schema"
)

// errNoInput is a command without files whose stdin is a terminal: it shows
// its usage instead of waiting in silence.
var errNoInput = errors.New("no input: name files, or pipe documents to stdin")

// ReadDocuments reads every document of the named files, in order. A directory
// stands for the documents (*.json, *.json.gz) in it and in its canonical
// sub-folders; "-" and no names at all stand for stdin. It is an error when
// there is no document.
func ReadDocuments(s *Streams, paths []string) ([]schema.Document, error) {
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	var docs []schema.Document
	for _, path := range paths {
		files, err := Expand(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			found, err := readFile(s, file)
			if err != nil {
				return nil, err
			}
			docs = append(docs, found...)
		}
	}
	return docs, nil
}

// ReadOne reads the single document of type T in the file (or, of a directory,
// the single one in it). what names it in errors, e.g. "the baseline".
func ReadOne[T schema.Document](s *Streams, path, what string) (T, error) {
	var zero T
	docs, err := ReadDocuments(s, []string{path})
	if err != nil {
		return zero, err
	}
	var found []T
	for _, doc := range docs {
		if d, ok := doc.(T); ok {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		return zero, fmt.Errorf("reading %s: %s: %d documents of the kind wanted, want 1", what, path, len(found))
	}
	return found[0], nil
}

// CanonicalFolders are the folders that --output-dir makes under a data root.
var CanonicalFolders = []string{"ga_kpis", "stability", "anomalies", "health", "regression", "output"}

// Expand returns the files that a path stands for: itself, or the documents in
// a directory and its canonical sub-folders, sorted.
func Expand(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, cause(err))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	for _, dir := range append([]string{path}, subfolders(path)...) {
		for _, pattern := range []string{"*.json", "*.json.gz"} {
			found, err := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
			if err != nil {
				return nil, fmt.Errorf("reading directory %s: %w", dir, err)
			}
			files = append(files, found...)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("reading %s: it is a directory without documents (*.json); name a file or a data directory", path)
	}
	slices.Sort(files)
	return files, nil
}

func subfolders(root string) []string {
	var dirs []string
	for _, name := range CanonicalFolders {
		dirs = append(dirs, filepath.Join(root, name))
	}
	return dirs
}

// escapeGlob makes a directory's name stand for itself in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(dir)
}

// OpenInput opens the named file, or stdin for "-". A terminal on stdin is
// refused, so that no command waits in silence.
func OpenInput(s *Streams, path string) (io.ReadCloser, error) {
	if path == "-" {
		if isTerminal(s.In) {
			return nil, errNoInput
		}
		return io.NopCloser(s.In), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, cause(err))
	}
	return f, nil
}

func readFile(s *Streams, path string) ([]schema.Document, error) {
	f, err := OpenInput(s, path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	name := path
	if path == "-" {
		name = "stdin"
	}
	r := schema.NewReader(name, f)
	var docs []schema.Document
	for {
		doc, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("reading %s: it is empty; want at least one JSON document", name)
	}
	return docs, nil
}

// cause drops the repeated operation and path of a file error.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
