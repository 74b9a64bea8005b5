//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the processor time, user and system, that a process has used so far, ended threads included.
func cpuTime(pid int) (time.Duration, error) {
	// The kernel's clock of another process (CPUCLOCK_SCHED) counts nanoseconds; /proc/<pid>/stat has the same
	// sum, cut to ticks of 10 ms.
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err == nil {
		return time.Duration(now.Nano()), nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the server's processor time: %w", err)
	}
	return parseStat(stat)
}

// parseStat adds utime and stime, fields 14 and 15 of /proc/<pid>/stat, in the ticks of 10 ms that every
// Linux port of Go has.
func parseStat(stat []byte) (time.Duration, error) {
	// The second field is a name in parentheses that may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("read /proc/<pid>/stat: only %d fields in %q", len(fields), stat)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc/<pid>/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// residentBytes reads one of the memory lines of /proc/<pid>/status: VmRSS is all that is resident, RssAnon
// leaves out the pages of the binary and other files.
func residentBytes(pid int, name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the server's memory: %w", err)
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name+":" {
			kilobytes, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("read the server's memory: no %s in /proc/%d/status", name, pid)
}

// Memory is taken to be settled when it has moved by less than settledBytes for settledFor, and after
// settleLimit as it is: a Go program gives memory back over minutes, and how soon is part of the comparison.
const (
	settledBytes = 64 << 10
	settledFor   = 5 * time.Second
	settleLimit  = 20 * time.Second
)

// settledMemory waits until a memory figure of a process rests, and returns it.
func settledMemory(ctx context.Context, pid int, name string) (int64, error) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	begin := time.Now()
	since, reference := begin, int64(-1<<62)
	for {
		now, err := residentBytes(pid, name)
		if err != nil {
			return 0, err
		}
		if moved := now - reference; moved > settledBytes || moved < -settledBytes {
			since, reference = time.Now(), now
		}
		if time.Since(since) >= settledFor || time.Since(begin) >= settleLimit {
			return now, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-ticker.C:
		}
	}
}
