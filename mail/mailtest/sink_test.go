package mailtest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// verdict is a test that keeps its errors to itself.
type verdict struct {
	testing.TB
	errors chan string
}

func (v *verdict) Errorf(format string, args ...any) { v.errors <- fmt.Sprintf(format, args...) }

// send says these lines to a sink, then ends its side of the connection, as the system does for a process that was killed, and returns all
// answers once the sink has given its last.
func send(t *testing.T, sink *Sink, lines ...string) (answers string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", sink.port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // it was said whatever there was
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")); err != nil {
		t.Error(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Error(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(all)
}

// A mail whose sender was killed in the middle has not arrived and fails no test; one that is whole and cannot be read fails it.
func TestCutMail(t *testing.T) {
	t.Parallel()
	v := &verdict{TB: t, errors: make(chan string, 9)}
	sink := Serve(v)
	begin := []string{"EHLO localhost", "MAIL FROM:<orders@shop.example>", "RCPT TO:<ann@example.com>", "DATA", "Subject: Your order", "Content-Type: text/plain"}
	for _, rest := range [][]string{nil, {"", "Thank y"}, {"", "Thank you.", "."}} { // the last lacks the end of its last line
		if answers := send(t, sink, append(begin, rest...)...); !strings.Contains(answers, "354") || strings.Count(answers, "\n250 2.0.0") > 2 {
			t.Errorf("cut off after %q: %s", rest, answers)
		}
	}
	if len(v.errors) > 0 || len(sink.Mails()) > 0 {
		t.Errorf("mails that were cut off: %d errors, %d mails", len(v.errors), len(sink.Mails()))
	}
	send(t, sink, append(begin, "", "Thank you.", ".", "")...)
	if len(v.errors) != 1 || len(sink.Mails()) > 0 {
		t.Errorf("a mail that is not text and HTML: %d errors, %d mails", len(v.errors), len(sink.Mails()))
	}
}
