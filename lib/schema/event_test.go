package schema_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/veleron-dev/tars/lib/schema"
)

func TestReadEvents(t *testing.T) {
	for _, x := range []struct {
		name, in string
		want     int
		err      string
	}{
		{"lines, and empty ones", `{"timestamp": "2025-11-20T14:00:00Z", "name": "a"}` + "\n\n" + `{"timestamp": 1763647200, "name": "b", "service": "api"}`, 2, ""},
		{"nothing", "", 0, ""},
		{"no name", `{"timestamp": "2025-11-20T14:00:00Z"}`, 0, "line 1: an event needs a timestamp and a name"},
		{"no JSON", `{"timestamp": "2025-11-20T14:00:00Z", "name": "a"}` + "\nnope", 0, "line 2: invalid character"},
		{"a line too long", "{" + strings.Repeat(" ", 2<<20) + "}", 0, "line 1: bufio.Scanner: token too long"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, err := schema.ReadEvents(strings.NewReader(x.in))
			if len(got) != x.want || (err == nil) != (x.err == "") || err != nil && !strings.HasPrefix(err.Error(), x.err) {
				t.Errorf("%d events, error %v; want %d, %q", len(got), err, x.want, x.err)
			}
		})
	}
}

// FuzzReadEvents: what is accepted survives write and read.
func FuzzReadEvents(f *testing.F) {
	f.Add([]byte(`{"timestamp": "2025-11-20T14:00:00Z", "kind": "deploy", "name": "checkout 1.4.2", "service": "checkout"}` + "\n"))
	f.Add([]byte("\n{\"timestamp\": 1763647200.5, \"name\": \"a\"}\n\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		events, err := schema.ReadEvents(bytes.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		for _, e := range events {
			line, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(line, '\n'))
		}
		again, err := schema.ReadEvents(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events, again); diff != "" {
			t.Errorf("written and read again (-want +got):\n%s", diff)
		}
	})
}
