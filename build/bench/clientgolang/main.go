// Clientgolang decodes an answer to a range query as client_golang does, and
// nothing more, to hold the detector against: clientgolang FILE.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "clientgolang:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	client, err := api.NewClient(api.Config{Address: "http://file", RoundTripper: file(path)})
	if err != nil {
		return err
	}
	span := v1.Range{Start: time.Unix(0, 0), End: time.Unix(1, 0), Step: time.Second}
	value, _, _, err := v1.NewAPI(client).QueryRange(context.Background(), "q", span)
	if err != nil {
		return err
	}
	fmt.Println(value.Type())
	return nil
}

// file answers every request with a file.
type file string

func (f file) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := os.Open(string(f))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Header: http.Header{}, Request: r}, err
}
