//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// lockState makes this process the only one that writes a checkpoint, until it
// ends, however it ends.
func lockState(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the checkpoint: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("locking the checkpoint: another process works with %s; stop it, or name another --state", path)
	}
	return f, nil // the lock lasts as long as the file is open
}
