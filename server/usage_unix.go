//go:build unix

package server

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// meter turns the processor time used so far into a share of the time since it was asked last. It is safe for concurrent
// use.
type meter struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
	last float64
}

var processor meter

// usage is the resident memory in bytes and the processor use in per cent of one core.
func usage() (memory int64, percent float64) { return resident(), processor.percent() }

func (m *meter) percent() float64 {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	used := time.Duration(r.Utime.Nano() + r.Stime.Nano())
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if passed := now.Sub(m.at); passed > 100*time.Millisecond {
		if !m.at.IsZero() {
			m.last = float64(int(1000*float64(used-m.used)/float64(passed))) / 10
		}
		m.at, m.used = now, used
	}
	return m.last
}

// resident reads the resident memory where the system tells it in a file, and else takes what the runtime has got.
func resident() int64 {
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			if pages, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}
