package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

const (
	mostBody    = 16 << 20 // bytes; a page is a thousandth of this
	mostHeaders = 200      // lines, also of trailers
)

var (
	errBadAnswer   = errors.New("not an HTTP/1.1 answer")
	errLongAnswer  = fmt.Errorf("answer is longer than %d bytes", mostBody)
	errManyHeaders = fmt.Errorf("answer has more than %d header lines", mostHeaders)

	nameLength     = []byte("Content-Length")
	nameEncoding   = []byte("Transfer-Encoding")
	nameConnection = []byte("Connection")
	valueChunked   = []byte("chunked")
	valueClose     = []byte("close")
)

// head is what of an answer's head decides how to read the rest.
type head struct {
	status  int
	length  int // of the body; -1: it was not said
	chunked bool
	closing bool // the server closes the connection after this answer
}

// readHead reads up to the empty line and skips interim answers.
func readHead(in *bufio.Reader) (head, error) {
	for {
		h, err := readOneHead(in)
		if err != nil || h.status >= 200 {
			return h, err
		}
		if h.status == 101 {
			return h, errBadAnswer // nobody asked for another protocol
		}
	}
}

func readOneHead(in *bufio.Reader) (head, error) {
	line, err := readLine(in)
	if err != nil {
		return head{}, err
	}
	h, err := parseStatus(line)
	if err != nil {
		return head{}, err
	}
	for range mostHeaders {
		line, err := readLine(in)
		if err != nil {
			return head{}, err
		}
		if len(line) == 0 {
			h.settle()
			return h, nil
		}
		if err := h.field(line); err != nil {
			return head{}, err
		}
	}
	return head{}, errManyHeaders
}

// readLine reads a line without its end. The bytes are good until the next read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // an answer never ends inside its head
		}
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// parseStatus reads "HTTP/1.1 200 OK". HTTP/1.0 closes after each answer.
func parseStatus(line []byte) (head, error) {
	const version, code = len("HTTP/1."), len("HTTP/1.1 ")
	if len(line) < code+3 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[code-1] != ' ' {
		return head{}, errBadAnswer
	}
	status, ok := number(line[code:code+3], 10)
	if !ok || status < 100 {
		return head{}, errBadAnswer
	}
	return head{status: status, length: -1, closing: line[version] == '0'}, nil
}

// field takes over the header fields that matter.
func (h *head) field(line []byte) error {
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok {
		return errBadAnswer
	}
	switch {
	case is(name, nameLength):
		n, ok := number(bytes.TrimSpace(value), 10)
		if !ok {
			return errBadAnswer
		}
		h.length = n
	case is(name, nameEncoding):
		if !is(bytes.TrimSpace(value), valueChunked) {
			return errBadAnswer // the requests ask for no other
		}
		h.chunked = true
	case is(name, nameConnection):
		h.closing = h.closing || is(bytes.TrimSpace(value), valueClose)
	}
	return nil
}

// is compares names as HTTP does. Most names already differ in length.
func is(a, b []byte) bool { return len(a) == len(b) && bytes.EqualFold(a, b) }

// settle applies what the status says about the body, and what the lack of a length says about the connection.
func (h *head) settle() {
	switch {
	case h.status == 204 || h.status == 304:
		h.chunked, h.length = false, 0 // a 304 may name the length of what it does not send
	case h.chunked:
		h.length = -1
	case h.length < 0 && h.status >= 200:
		h.closing = true
	}
}

// readBody appends the body to buffer, which it may have to enlarge once for the longest answer.
func readBody(in *bufio.Reader, h head, buffer []byte) ([]byte, error) {
	switch {
	case h.chunked:
		return readChunks(in, buffer)
	case h.length >= 0:
		return readExactly(in, h.length, buffer)
	default:
		return readToEnd(in, buffer)
	}
}

func readExactly(in *bufio.Reader, n int, buffer []byte) ([]byte, error) {
	have := len(buffer)
	if n > mostBody-have {
		return buffer, errLongAnswer
	}
	buffer = slices.Grow(buffer, n)[:have+n]
	_, err := io.ReadFull(in, buffer[have:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return buffer, err
}

// readChunks reads chunks, the empty chunk, and the trailer, which is dropped.
func readChunks(in *bufio.Reader, buffer []byte) ([]byte, error) {
	for {
		line, err := readLine(in)
		if err != nil {
			return buffer, err
		}
		size, _, _ := bytes.Cut(line, []byte{';'})
		n, ok := number(bytes.TrimSpace(size), 16)
		if !ok {
			return buffer, errBadAnswer
		}
		if n == 0 {
			return buffer, skipTrailer(in)
		}
		if buffer, err = readExactly(in, n, buffer); err != nil {
			return buffer, err
		}
		if line, err = readLine(in); err != nil || len(line) > 0 {
			return buffer, errors.Join(err, errBadAnswer)
		}
	}
}

func skipTrailer(in *bufio.Reader) error {
	for range mostHeaders {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			return err
		}
	}
	return errManyHeaders
}

func readToEnd(in *bufio.Reader, buffer []byte) ([]byte, error) {
	for {
		_, err := in.Peek(1) // waits until something is there
		if errors.Is(err, io.EOF) {
			return buffer, nil
		}
		if err != nil {
			return buffer, err
		}
		part, _ := in.Peek(in.Buffered()) // cannot fail: it is there
		if len(part) > mostBody-len(buffer) {
			return buffer, errLongAnswer
		}
		buffer = append(buffer, part...)
		_, _ = in.Discard(len(part)) // cannot fail: so much is in the buffer
	}
}

// number reads digits without garbage. It refuses what no length or status can be.
func number(digits []byte, base int) (int, bool) {
	n := 0
	for _, d := range digits {
		v := 99
		switch {
		case d >= '0' && d <= '9':
			v = int(d - '0')
		case d >= 'a' && d <= 'f':
			v = int(d-'a') + 10
		case d >= 'A' && d <= 'F':
			v = int(d-'A') + 10
		}
		if v >= base || n > mostBody {
			return 0, false
		}
		n = n*base + v
	}
	return n, len(digits) > 0
}
