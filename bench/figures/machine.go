package figures

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine is where it was measured. What cannot be found out is empty.
type Machine struct {
	CPU        string
	Cores      int    // that this process may use
	Procs      int    // that Go uses: fewer where a container is limited
	Memory     uint64 // bytes
	OS, Arch   string
	Kernel     string
	FileSystem string // of the folder with the databases
	Go         string

	FsyncP50, FsyncP99 time.Duration // of writing 4 KB and fsync
	Fsyncs             int           // how many were measured
}

// fsyncFor is how long fsync is measured; block and ring are what is written: 4 KB at a time around 16 MB, so that even a disk
// that honours nothing is not filled.
const (
	fsyncFor   = time.Second
	fsyncBlock = 4 << 10
	fsyncRing  = 16 << 20
)

// Measure describes the machine; dir is the folder whose disk matters. It takes about a second.
func Measure(ctx context.Context, dir string) (Machine, error) {
	m := Machine{
		CPU:        cpuModel(readText("/proc/cpuinfo")),
		Cores:      runtime.NumCPU(),
		Procs:      runtime.GOMAXPROCS(0),
		Memory:     memTotal(readText("/proc/meminfo")),
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		Kernel:     strings.TrimSpace(readText("/proc/sys/kernel/osrelease")),
		FileSystem: fileSystem(readText("/proc/self/mountinfo"), realPath(dir)),
		Go:         runtime.Version(),
	}
	took, err := fsyncs(ctx, dir, fsyncFor)
	if err != nil {
		return m, fmt.Errorf("figures: fsync: %w", err)
	}
	slices.Sort(took)
	m.Fsyncs = len(took)
	m.FsyncP50, m.FsyncP99 = took[len(took)/2], took[len(took)*99/100]
	return m, nil
}

// fsyncs measures single writes with their fsync, at least one.
func fsyncs(ctx context.Context, dir string, length time.Duration) (took []time.Duration, err error) {
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = f.Close() // what was written is of no use to anybody
		_ = os.Remove(f.Name())
	}()
	block := make([]byte, fsyncBlock)
	for start, n := time.Now(), int64(0); n == 0 || time.Since(start) < length; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		block[0]++ // no two writes of a place are equal
		from := time.Now()
		if _, err := f.WriteAt(block, n*fsyncBlock%fsyncRing); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(from))
	}
	return took, nil
}

// readText returns a file of /proc; other systems have none.
func readText(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// realPath is dir as mountinfo names it.
func realPath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}

func cpuModel(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}

func memTotal(meminfo string) uint64 {
	for line := range strings.Lines(meminfo) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "MemTotal:" {
			kb, err := strconv.ParseUint(fields[1], 10, 64)
			if err != nil {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}

// fileSystem finds the mount that holds dir: the longest mount point that is a parent of it, the last one if several are equal.
// A line is "36 35 98:0 /root /mount/point options … - type source options".
func fileSystem(mountinfo, dir string) string {
	kind, length := "", -1
	for line := range strings.Lines(mountinfo) {
		head, tail, ok := strings.Cut(line, " - ")
		fields, after := strings.Fields(head), strings.Fields(tail)
		if !ok || len(fields) < 5 || len(after) == 0 {
			continue
		}
		point := strings.ReplaceAll(fields[4], `\040`, " ")
		inside := dir == point || strings.HasPrefix(dir, strings.TrimSuffix(point, "/")+"/")
		if inside && len(point) >= length {
			kind, length = after[0], len(point)
		}
	}
	return kind
}
