package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// defaultListen is where --check-health looks when --listen does not say.
const defaultListen = ":9464"

// checkHealth asks a watch on this machine whether it is healthy: for
// containers without a shell or curl.
func checkHealth(ctx context.Context, address string) error {
	if address == "" {
		address = defaultListen
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("checking health: %w", err)
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, port) + "/-/healthy"
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("checking health: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("checking health: %w", err)
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("checking health: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("checking health: %s answers %s", url, response.Status)
	}
	return nil
}
