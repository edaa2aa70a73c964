package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// browser is a headless Chromium that is told what to do over a pipe, by the
// DevTools protocol: messages of JSON that end with a zero byte.
type browser struct {
	cmd     *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Reader
	session string
	last    int
	profile string
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params any             `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
	SessionID string `json:"sessionId,omitempty"`
}

// start starts the browser with one empty page.
func start(program string) (*browser, error) {
	profile, err := os.MkdirTemp("", "screenshots")
	if err != nil {
		return nil, fmt.Errorf("making a profile: %w", err)
	}
	theirs, to, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	from, back, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	b := &browser{to: to, from: bufio.NewReader(from), profile: profile}
	b.cmd = exec.Command(program, "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic", //nolint:noctx // it is closed when the work is done
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+profile)
	b.cmd.ExtraFiles = []*os.File{theirs, back} // descriptors 3 and 4
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s (Debian's package chromium has it): %w", program, err)
	}
	_, _ = theirs.Close(), back.Close()
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, errors.Join(err, b.close())
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	if err := b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.session = attached.SessionID
	return b, b.call("Page.enable", nil, nil)
}

// close ends the browser and removes its profile.
func (b *browser) close() error {
	_ = b.call("Browser.close", nil, nil) // it may be gone before it answers
	_ = b.to.Close()
	_ = b.cmd.Wait()
	return os.RemoveAll(b.profile)
}

// call sends a command and reads its answer into result.
func (b *browser) call(method string, params, result any) error {
	b.last++
	m := message{ID: b.last, Method: method, Params: params}
	if b.session != "" && method != "Browser.close" {
		m.SessionID = b.session
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if _, err := b.to.Write(append(body, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	answer, err := b.read(func(m *message) bool { return m.ID == b.last })
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", method, err)
	case answer.Error != nil:
		return fmt.Errorf("%s: %s", method, answer.Error.Message)
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// read reads messages until one is the wanted one.
func (b *browser) read(wanted func(*message) bool) (*message, error) {
	for {
		body, err := b.from.ReadBytes(0)
		if err != nil {
			return nil, fmt.Errorf("reading from the browser: %w", err)
		}
		var m message
		if err := json.Unmarshal(body[:len(body)-1], &m); err != nil {
			return nil, fmt.Errorf("reading from the browser: %w", err)
		}
		if wanted(&m) {
			return &m, nil
		}
	}
}

// open loads a page and waits until it is there.
func (b *browser) open(url string) error {
	var to struct {
		ErrorText string `json:"errorText"`
	}
	if err := b.call("Page.navigate", map[string]any{"url": url}, &to); err != nil {
		return err
	}
	if to.ErrorText != "" {
		return fmt.Errorf("opening %s: %s", url, to.ErrorText)
	}
	_, err := b.read(func(m *message) bool { return m.Method == "Page.loadEventFired" })
	return err
}
