package monitor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

// The world stands still while goroutines are listed: with more than maxStacks of them, those that stand at the same place
// are counted instead. A list longer than maxStackBytes is cut.
const (
	maxStacks     = 2000
	maxStackBytes = 8 << 20
)

// stacks answers what the server's goroutines are doing.
func (h *Handler) stacks(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, func() ([]byte, error) {
		if n := runtime.NumGoroutine(); n > maxStacks {
			return countedStacks(n)
		}
		for size := 64 << 10; ; size *= 2 {
			list := make([]byte, size)
			if n := runtime.Stack(list, true); n < size || size >= maxStackBytes {
				return list[:n], nil
			}
		}
	})
}

func countedStacks(n int) ([]byte, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%d goroutines, counted by where they are:\n\n", n)
	if err := pprof.Lookup("goroutine").WriteTo(&text, 1); err != nil {
		return nil, fmt.Errorf("list goroutines: %w", err)
	}
	return text.Bytes(), nil
}

// memory reads the memory statistics, for which the world stands still, at most once in a second. It is safe for
// concurrent use.
type memory struct {
	mu    sync.Mutex
	at    time.Time
	stats runtime.MemStats
}

func (m *memory) read() runtime.MemStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.at) >= time.Second {
		runtime.ReadMemStats(&m.stats)
		m.at = now
	}
	return m.stats
}

// vars answers as package expvar does, but knows what not to show of the command line.
func (h *Handler) vars(w http.ResponseWriter, r *http.Request) {
	var body []byte
	err := h.turn(r, func() error {
		cmdline, err := json.Marshal(h.options.CommandLine)
		if err != nil {
			return fmt.Errorf("encode the command line: %w", err)
		}
		stats, err := json.Marshal(h.memory.read())
		if err != nil {
			return fmt.Errorf("encode the memory statistics: %w", err)
		}
		body = fmt.Appendf(nil, "{\n\"cmdline\": %s,\n\"memstats\": %s\n}\n", cmdline, stats)
		return nil
	})
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8") // and no other origin's business
	_, _ = w.Write(body)                                              // the client is gone: nobody is left to tell
}
