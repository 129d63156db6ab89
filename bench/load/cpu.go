package load

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of the times in /proc/<pid>/stat: Linux shows hundredths of a second on every platform of Go's.
const clockTick = 10 * time.Millisecond

// CPUOf is the user and system time that another process (the server, the database) has used so far, all of its threads
// together, in steps of 10 ms. Linux only.
func CPUOf(pid int) (time.Duration, error) {
	file := fmt.Sprintf("/proc/%d/stat", pid)
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("processor time of process %d: %w", pid, err)
	}
	d, err := parseStat(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// parseStat adds up fields 14 and 15. The second field is the program's name in brackets, which may hold spaces and
// brackets itself: the fields are counted from its last bracket.
func parseStat(text []byte) (time.Duration, error) {
	const firstAfterName, user, system = 3, 14, 15
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= system-firstAfterName {
		return 0, fmt.Errorf("too short: %q", text)
	}
	var ticks int64
	for _, i := range []int{user, system} {
		n, err := strconv.ParseInt(string(fields[i-firstAfterName]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("field %d: %w", i, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// IdleCPU is the time in which the cores of the machine had nothing to do so far, all of them together: their sum of idling and of waiting
// for a disk. Linux only.
func IdleCPU() (time.Duration, error) {
	const file = "/proc/stat"
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("idle time: %w", err)
	}
	d, err := parseIdle(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// parseIdle adds up the fourth and the fifth number of the first line, which is the sum of all cores.
func parseIdle(text []byte) (time.Duration, error) {
	const idle, disk = 4, 5
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) <= disk || string(fields[0]) != "cpu" {
		return 0, fmt.Errorf("not the sum of the cores: %q", line)
	}
	var ticks int64
	for _, i := range []int{idle, disk} {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("field %d: %w", i, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
