package schema

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// ReadEvents reads what happened to the system, as JSON lines. An event needs
// a timestamp and a name; the error names the line.
func ReadEvents(r io.Reader) ([]SystemEvent, error) {
	var events []SystemEvent
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	n := 1
	for ; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var e SystemEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if e.Timestamp.IsZero() || e.Name == "" {
			return nil, fmt.Errorf("line %d: an event needs a timestamp and a name", n)
		}
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	return events, nil
}
