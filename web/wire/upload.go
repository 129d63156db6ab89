package wire

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Multipart is the content type of a form with a file.
const Multipart = "multipart/form-data"

// maxValue bounds a field beside the file, in bytes.
const maxValue = 4 << 10

// ReadUpload reads a form with one file, which the part called file holds, at most most bytes of it. The other fields must all be among names, each at most
// once. A file of no bytes is no file. CheckBody has bounded the whole before.
func ReadUpload(r *http.Request, most int64, file string, names ...string) (fields url.Values, content []byte, err error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != Multipart {
		return nil, nil, ErrType
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, ErrBad
	}
	fields = url.Values{}
	seen := map[string]bool{}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, content, nil
		}
		if err != nil {
			return nil, nil, ErrBad // garbled, or cut off by the client
		}
		name := part.FormName()
		if seen[name] || (name != file && !slices.Contains(names, name)) {
			return nil, nil, ErrBad
		}
		seen[name] = true
		if name == file {
			content, err = readPart(part, most)
		} else {
			var value []byte
			value, err = readPart(part, maxValue)
			fields.Set(name, string(value))
		}
		if err != nil {
			return nil, nil, err
		}
		if value := fields.Get(name); !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return nil, nil, ErrBad
		}
	}
}

// readPart reads a part of at most most bytes.
func readPart(part *multipart.Part, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return nil, ErrBad
	case int64(len(content)) > most:
		return nil, &http.MaxBytesError{Limit: most}
	default:
		return content, nil
	}
}
