package catalog

import (
	"net/url"
	"strconv"
	"strings"
)

const (
	maxImageURL      = 500 // bytes
	maxImagePosition = 10_000
)

// image reads the image of a row. A product has the one with the lowest
// position; among equals, and where no position is given, the first in the file.
func (f *file) image(p *product, line int) {
	address := f.header.get(colImage)
	if address == "" {
		return
	}
	if complaint := checkImage(address); complaint.Code != "" {
		f.problem(line, colImage, complaint)
		return
	}
	position := maxImagePosition + 1
	if cell := f.header.get(colPosition); cell != "" {
		n, err := strconv.Atoi(cell)
		if err != nil || !allDigits(cell) || n < 1 || n > maxImagePosition {
			f.problem(line, colPosition, say(noPosition, show(cell)))
			return
		}
		position = n
	}
	if p.image == "" || position < p.position {
		p.image, p.position = f.keep(address), position
	}
}

// checkImage allows https addresses and relative paths of plain characters.
// All else (http, javascript:, data:, //host, /root, ..) would be mixed content, a
// script, or a file outside the folder of images.
func checkImage(address string) Reason {
	switch {
	case len(address) > maxImageURL:
		return say(bytesMany, len(address), maxImageURL)
	case strings.HasPrefix(strings.ToLower(address), "https://"):
		return checkAddress(address)
	case strings.Contains(address, ":"), strings.HasPrefix(address, "//"):
		return say(imageScheme, show(address))
	}
	for segment := range strings.SplitSeq(address, "/") {
		if segment == "" || strings.HasPrefix(segment, ".") || !plainSegment(segment) {
			return say(imagePath, show(address))
		}
	}
	return Reason{}
}

func checkAddress(address string) Reason {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return say(noAddress, show(address))
	}
	for _, r := range address {
		if r <= ' ' || r > '~' || strings.ContainsRune("\"'<>\\^`{|}", r) {
			return say(addressCharacter, show(address), show(string(r)))
		}
	}
	return Reason{}
}

func plainSegment(s string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r) {
			return false
		}
	}
	return true
}
