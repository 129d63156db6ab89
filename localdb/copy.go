package localdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// copyBlock is the unit of copying in bytes. Blocks of zeros become holes: a
// new database is mostly zeros, so far less is written than its size.
const copyBlock = 64 << 10

// copyTree copies the regular files and folders of src to the new folder dst,
// with their modes, except files with the given names. Sockets, which a server
// leaves behind, are passed over.
func copyTree(ctx context.Context, src, dst string, except ...string) error {
	return filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rest, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rest)
		switch {
		case entry.IsDir():
			return os.Mkdir(to, info.Mode().Perm())
		case !entry.Type().IsRegular() || slices.Contains(except, entry.Name()):
			return nil
		default:
			return copyFile(path, to, info)
		}
	})
}

func copyFile(from, to string, info fs.FileInfo) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := copySparse(out, in); err != nil {
		return err
	}
	// The last block may have been zeros.
	return out.Truncate(info.Size())
}

// copySparse writes what is not zero and steps over the rest.
func copySparse(out io.WriteSeeker, in io.Reader) error {
	block, zeros := make([]byte, copyBlock), make([]byte, copyBlock)
	for {
		n, err := io.ReadFull(in, block)
		if n > 0 {
			if bytes.Equal(block[:n], zeros[:n]) {
				if _, err := out.Seek(int64(n), io.SeekCurrent); err != nil {
					return err
				}
			} else if _, err := out.Write(block[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
