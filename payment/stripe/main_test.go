package stripe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// mockURL is where stripe-mock listens: Stripe's own program that knows every parameter and expansion of the API and refuses what is not
// one. It keeps no state, so the states are those of the tests' own server (server_test.go), which shows stripe-mock every request first.
var mockURL string

func TestMain(m *testing.M) {
	stop, err := startMock(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "stripe-mock:", err)
		os.Exit(1)
	}
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stripe-mock:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines are left:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// leash runs a program until the shell's input ends, which the tests hold: a test that panics takes stripe-mock along.
const leash = `"$0" "$@" </dev/null & exec >/dev/null; cat; kill $!; wait`

var listening = regexp.MustCompile(`Listening for HTTP at address: (\S+)`)

// startMock starts stripe-mock on free ports of loopback (without -https-addr it wants a fixed one) and waits until it listens.
func startMock(ctx context.Context) (stop func() error, err error) {
	path, err := exec.CommandContext(ctx, "go", "tool", "-n", "stripe-mock").Output() // builds it once
	if err != nil {
		return nil, err
	}
	mock := exec.CommandContext(ctx, "sh", "-c", leash, strings.TrimSpace(string(path)), "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	mock.Stderr = os.Stderr
	in, err := mock.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := mock.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := mock.Start(); err != nil {
		return nil, err
	}
	stop = func() error { return errors.Join(in.Close(), mock.Wait()) }
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			mockURL = "http://" + m[1]
			return stop, nil
		}
	}
	return nil, errors.Join(errors.New("it ended before it listened"), stop())
}
