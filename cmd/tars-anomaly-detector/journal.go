package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// journal writes lines and the checkpoint that belongs to them, so that no
// event is lost or told twice, whenever the process is killed.
//
// A commit goes: the new checkpoint, with the length that the output will
// have, into a file beside the old one, synced; the lines, synced; the new
// checkpoint renamed over the old one. After a kill the output may be longer
// than the checkpoint says: what lies beyond is cut off, and is found again
// from where the checkpoint stands. On a pipe nothing can be cut off: a kill in
// the instant between writing and renaming tells the same lines again.
type journal struct {
	out  io.Writer
	file *os.File // out, where it is a regular file
	path string   // of the checkpoint; empty for none
	// lock keeps other processes from the checkpoint; nil without one.
	lock *os.File
	// size is the length of the output that is committed.
	size int64
	// pending are the lines since the last commit.
	pending bytes.Buffer
}

// openJournal opens the output: a file is appended to. statePath may be empty.
func openJournal(stdout io.Writer, output, statePath string) (*journal, error) {
	j := &journal{out: stdout, path: statePath}
	if statePath != "" {
		lock, err := lockState(statePath)
		if err != nil {
			return nil, err
		}
		j.lock = lock
	}
	if output != "" && output != "-" {
		if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil { //nolint:gosec // events are meant to be read by others
			return nil, fmt.Errorf("opening the output: %w", err)
		}
		f, err := os.OpenFile(output, os.O_RDWR|os.O_CREATE, 0o644) //nolint:gosec // the same
		if err != nil {
			return nil, fmt.Errorf("opening the output: %w", err)
		}
		j.out, j.file = f, f
	} else if f, ok := stdout.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			j.file = f
		}
	}
	if j.file != nil {
		end, err := j.file.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, fmt.Errorf("opening the output: %w", err)
		}
		j.size = end
	}
	return j, nil
}

// resume goes back to the length that the checkpoint says. A file that is
// shorter is another one, which is continued at its end.
func (j *journal) resume(size int64) error {
	if j.file == nil || size >= j.size {
		return nil
	}
	if err := j.file.Truncate(size); err != nil {
		return fmt.Errorf("cutting off lines that were not committed: %w", err)
	}
	if _, err := j.file.Seek(size, io.SeekStart); err != nil {
		return fmt.Errorf("cutting off lines that were not committed: %w", err)
	}
	j.size = size
	return nil
}

// tail returns what lies beyond the length that the checkpoint says.
func (j *journal) tail(size int64) ([]byte, error) {
	if j.file == nil || size >= j.size {
		return nil, nil
	}
	b := make([]byte, j.size-size)
	n, err := j.file.ReadAt(b, size)
	if err != nil && !errors.Is(err, io.EOF) {
		// An output that cannot be read (stdout opened for writing alone) is
		// taken as it is.
		return nil, nil //nolint:nilerr // see above
	}
	return b[:n], nil
}

// commit writes the pending lines and the checkpoint, which make returns for
// the length of the output afterwards.
func (j *journal) commit(checkpoint func(size int64) any) error {
	size := j.size + int64(j.pending.Len())
	var next string
	if j.path != "" {
		var err error
		if next, err = j.prepare(checkpoint(size)); err != nil {
			return err
		}
	}
	if j.pending.Len() > 0 {
		if _, err := j.out.Write(j.pending.Bytes()); err != nil {
			return fmt.Errorf("writing events: %w", err)
		}
		j.pending.Reset()
		if j.file != nil && j.path != "" {
			if err := j.file.Sync(); err != nil {
				return fmt.Errorf("writing events: %w", err)
			}
		}
	}
	j.size = size
	if next == "" {
		return nil
	}
	if err := os.Rename(next, j.path); err != nil {
		return fmt.Errorf("writing the checkpoint: %w", err)
	}
	return nil
}

// prepare writes a checkpoint beside the one in force.
func (j *journal) prepare(checkpoint any) (path string, err error) {
	path = j.path + ".next"
	body, err := json.Marshal(checkpoint)
	if err != nil {
		return "", fmt.Errorf("writing the checkpoint: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", fmt.Errorf("writing the checkpoint: %w", err)
	}
	_, err = f.Write(body)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("writing the checkpoint: %w", err)
	}
	return path, nil
}
