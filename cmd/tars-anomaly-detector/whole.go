package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// wholeFile is an output file that is written as it comes and appears only
// when it is whole.
type wholeFile struct {
	*os.File
	path string // empty for what is written in place
}

// createWhole begins to write the file at path.
func createWhole(path string) (*wholeFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // reports are meant to be read by others
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	switch info, err := os.Stat(path); {
	case err != nil || info.Mode().IsRegular():
	case info.IsDir():
		return nil, fmt.Errorf("writing %s: it is a directory; name a file, or use --output-dir", path)
	default: // a pipe or a device is written in place
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", path, err)
		}
		return &wholeFile{File: f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	return &wholeFile{File: f, path: path}, nil
}

// commit puts the file in its place.
func (w *wholeFile) commit() error {
	if w.path == "" {
		return w.Close()
	}
	err := errors.Join(w.Chmod(0o644), w.Sync(), w.Close())
	if err == nil {
		err = os.Rename(w.Name(), w.path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.path, err)
	}
	return nil
}

// discard removes what was written of a file that will not be whole.
func (w *wholeFile) discard() {
	_ = w.Close()
	if w.path == "" {
		return
	}
	_ = os.Remove(w.Name()) // there is nothing more to do about it
}
