// Package catalogdata carries the demo catalogue inside the program, so that one
// binary can import it and show its pictures.
package catalogdata

import "embed"

// Currency is the ISO 4217 code of the prices in products.csv.
const Currency = "EUR"

// Files holds products.csv, to be read with package catalog, and the pictures
// it names: images/*.svg, 800 × 600, each under 4 KiB, without text, script or
// references to other files.
//
//go:embed products.csv images/*.svg
var Files embed.FS
