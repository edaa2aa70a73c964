package tool

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress is a line on stderr that appears only on a terminal, and only when
// the work takes over a second. It is written here: the known packages bring an
// HTTP client along, four megabytes in each tool.
type Progress struct {
	mu    sync.Mutex
	timer *time.Timer
	// w is nil until the line is shown.
	w     io.Writer
	what  string
	steps int
}

// Progress starts to measure a piece of work; what names it.
func (s *Streams) Progress(what string) *Progress {
	p := &Progress{what: what}
	if !isTerminal(s.Err) {
		return p
	}
	p.timer = time.AfterFunc(time.Second, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.w = s.Err
		p.draw()
	})
	return p
}

// draw writes the line anew; a line that cannot be drawn is no reason to fail.
func (p *Progress) draw() {
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s: %d", p.what, p.steps)
}

// Step counts one finished part. It may be called from several goroutines.
func (p *Progress) Step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps++
	if p.w != nil {
		p.draw()
	}
}

// Done removes the line.
func (p *Progress) Done() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.w = nil
	}
}
