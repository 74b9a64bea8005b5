package client

import (
	"sync"
	"sync/atomic"
	"time"
)

// strangers counts the bytes that connections which have not logged in have sent and that wait for the rest of their
// line. Honest clients send CONNECT at once, so hardly anything waits; a crowd that sends half lines must not fill the
// memory. It is safe for concurrent use.
type strangers struct{ bytes atomic.Int64 }

// maxStrangerBytes is how much may wait. A connection whose half line comes on top is closed.
const maxStrangerBytes = 8 << 20

// holds notes that a session leaves n bytes unhandled, and reports false when all strangers together hold too much.
func (p *strangers) holds(s *Session, n int) bool {
	if n == int(s.held) {
		return true
	}
	total := p.bytes.Add(int64(n) - int64(s.held))
	s.held = int32(n)
	return total <= maxStrangerBytes
}

// rate limits how often something happens in a second. It is safe for concurrent use.
type rate struct {
	mu     sync.Mutex
	second int64
	count  int
}

// allow counts one and reports whether the limit, if it is above zero, lets it be.
func (r *rate) allow(limit int, now time.Time) bool {
	if limit <= 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Unix(); s != r.second {
		r.second, r.count = s, 0
	}
	r.count++
	return r.count <= limit
}
