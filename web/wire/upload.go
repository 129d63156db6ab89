package wire

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"
)

// Multipart is the content type of a form with a file.
const Multipart = "multipart/form-data"

// maxField bounds a field beside a file.
const maxField = 4 << 10

// Upload is a file that came with a form.
type Upload struct {
	Name  string // as the browser sent it, which proves nothing
	Bytes []byte // empty: none was chosen
}

// ReadUpload reads a form with one file, in the field named file, and fields that must all be among names, each at most once. A file of more than most bytes is a
// *http.MaxBytesError, and so is a field that is longer than any form has; a form without the part of the file is ErrBad, because a browser sends it even when no
// file was chosen. CheckBody has bounded the length of the whole before.
func ReadUpload(r *http.Request, file string, most int64, names ...string) (Upload, url.Values, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != Multipart || params["boundary"] == "" {
		return Upload{}, nil, ErrType
	}
	var upload Upload
	fields, seen := url.Values{}, false
	for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Upload{}, nil, ErrBad
		}
		name := part.FormName()
		switch {
		case name == file && !seen:
			seen = true
			upload.Name = part.FileName()
			if upload.Bytes, err = readPart(part, most, r.ContentLength); err != nil {
				return Upload{}, nil, err
			}
		case slices.Contains(names, name) && !fields.Has(name) && part.FileName() == "":
			value, err := readPart(part, maxField, 0)
			if err != nil {
				return Upload{}, nil, err
			}
			if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
				return Upload{}, nil, ErrBad
			}
			fields.Set(name, string(value))
		default:
			return Upload{}, nil, ErrBad
		}
	}
	if !seen || !utf8.ValidString(upload.Name) {
		return Upload{}, nil, ErrBad
	}
	return upload, fields, nil
}

// readPart reads a part of at most so many bytes.
func readPart(part io.Reader, most, about int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(about, most) + 1))
	n, err := io.Copy(&b, io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return nil, ErrBad // cut off by the client
	case n > most:
		return nil, &http.MaxBytesError{Limit: most}
	}
	return b.Bytes(), nil
}
