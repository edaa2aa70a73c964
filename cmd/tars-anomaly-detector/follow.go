package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/veleron-dev/tars/cmd/tars-anomaly-detector/detect"
	"github.com/veleron-dev/tars/lib/schema"
	"github.com/veleron-dev/tars/lib/tool"
)

// ahead is how far in the future a sample may be; one that is farther has a
// clock that is wrong, and would make all that follow look late.
const ahead = time.Hour

// follow reads samples as they come and writes each event at once. With a
// checkpoint, input that is fed again after a restart (tail -n +1 -f) tells
// nothing twice: samples that were judged are known by their time, and events
// that were written but not yet committed are known by their lines.
func (r *run) follow(ctx context.Context) error {
	path := "-"
	if len(r.Files) == 1 {
		path = r.Files[0]
	}
	in, err := tool.OpenInput(r.streams, path)
	if err != nil {
		return err
	}
	name := path
	if path == "-" {
		name = "stdin"
	}
	f, err := r.newFollower()
	if err != nil {
		return err
	}
	stop, err := f.board.serve(r.Listen, r.streams.Now, r.streams.Log)
	if err != nil {
		return err
	}
	defer stop()
	plain, err := schema.Plain(in)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- feedSamples(r.d, name, bufio.NewReaderSize(plain, peekSize), f.step) }()
	select {
	case <-ctx.Done():
		// A read from a pipe cannot be called off, so the process ends here,
		// once the block at hand is written.
		r.d.block.Lock()
		return f.commit()
	case err := <-ended:
		if err != nil && !errors.Is(err, errStopped) {
			return err
		}
		return f.end()
	}
}

// follower writes what is found in samples as they come.
type follower struct {
	*run
	journal *journal
	stream  *stream
	board   *board
	// written are the events beyond the checkpoint, by their beginning.
	written map[string]bool
}

func (r *run) newFollower() (*follower, error) {
	f := &follower{run: r, board: newBoard(r.release), written: map[string]bool{}}
	var err error
	if f.journal, err = openJournal(r.streams.Out, r.Output.Output, r.State); err != nil {
		return nil, err
	}
	f.stream = newStream(&f.journal.pending, r.What)
	r.d.onward = true
	r.d.horizon = func() int64 { return r.streams.Now().Add(ahead).UnixMilli() }
	if r.What == emitScores {
		r.d.point = f.score
	}
	r.d.event = f.take
	return f, f.resume()
}

// take writes a record, unless it was written before a kill.
func (f *follower) take(r *detect.Record) {
	f.stream.take(r, f.What == emitEvents && !f.wrote(r, true))
	if r.Event {
		f.board.event(r)
	}
}

// score writes a point with its score, unless it was written before a kill.
func (f *follower) score(r *detect.Record) {
	if !f.wrote(r, false) {
		f.stream.lines.score(r)
	}
}

// wrote reports whether the line of a point was written before a kill.
func (f *follower) wrote(r *detect.Record, whole bool) bool {
	if len(f.written) == 0 {
		return false
	}
	key := string(f.stream.lines.begin(r, whole))
	found := f.written[key]
	delete(f.written, key)
	return found
}

// lineKey is the part of a line that names its point: time and series.
func lineKey(line []byte) string {
	for _, next := range []string{`,"actual_value":`, `,"value":`} {
		if before, _, ok := bytes.Cut(line, []byte(next)); ok {
			return string(before)
		}
	}
	return string(line)
}

func (f *follower) resume() error {
	if f.State == "" {
		return nil
	}
	c, err := readCheckpoint(f.State, *settingsOf(f.d.settings))
	if err != nil {
		return err
	}
	if c == nil {
		return f.commit()
	}
	if err := f.d.load(c, f.stream.groups); err != nil {
		return err
	}
	beyond, err := f.journal.tail(c.Output)
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(beyond, '\n') + 1
	for line := range bytes.Lines(beyond[:whole]) {
		f.written[lineKey(line)] = true
	}
	return f.journal.resume(c.Output + int64(whole)) // a line that was cut off is written again
}

// step ends a block of samples.
func (f *follower) step() error {
	f.board.begun(f.streams.Now())
	end := f.d.cycle()
	f.d.forget(end, f.stream.groups)
	if err := f.commit(); err != nil {
		return err
	}
	f.board.open(len(f.stream.groups.Open()))
	f.board.done(f.streams.Now(), time.UnixMilli(end), len(f.d.series), f.d.late)
	return nil
}

// end writes what the end of the input settles.
func (f *follower) end() error {
	if len(f.d.series) == 0 && f.State == "" {
		return errNothing
	}
	return f.commit()
}

func (f *follower) commit() error {
	if err := f.stream.lines.flush(); err != nil {
		return err
	}
	return f.journal.commit(func(size int64) any {
		c := f.d.save(f.stream.groups)
		c.Output = size
		return c
	})
}
