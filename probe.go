package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type probeCmd struct {
	OpsAddress string        `help:"The operators' listener of the process to ask." default:"127.0.0.1:8081" env:"OPS_ADDRESS"`
	Timeout    time.Duration `help:"How long to wait for its answer." default:"2s"`
}

// Run asks /readyz and prints its answer. The exit code is 1 unless it is 200.
func (c *probeCmd) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.OpsAddress+"/readyz", nil)
	if err != nil {
		return usageError{err}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err != nil {
		return err
	}
	say(os.Stdout, "%s", strings.TrimSpace(string(text)))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}
