package client

import (
	"sync"
	"time"
)

// replyGrants is the reply subjects that a client may publish to because a request was delivered to it
// (allow_responses). It is safe for concurrent use: deliveries add, the session's worker uses.
type replyGrants struct {
	max     int           // messages to one reply subject; negative: any number
	expires time.Duration // after the request; negative: never

	mu     sync.Mutex
	grants map[string]grant
	sweep  time.Time // when to look for expired grants next
}

type grant struct {
	left  int // messages; negative: any number
	until time.Time
}

// sweepEvery is how often expired grants are looked for, and sweepAbove how many there must be.
const (
	sweepEvery = time.Second
	sweepAbove = 1024
)

func newReplyGrants(limit int, expires time.Duration) *replyGrants {
	return &replyGrants{max: limit, expires: expires, grants: map[string]grant{}}
}

// allow lets the client answer at reply.
func (g *replyGrants) allow(reply string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.grants) >= sweepAbove && now.After(g.sweep) {
		for subj, old := range g.grants {
			if !old.until.IsZero() && now.After(old.until) {
				delete(g.grants, subj)
			}
		}
		g.sweep = now.Add(sweepEvery)
	}
	fresh := grant{left: g.max}
	if g.expires >= 0 {
		fresh.until = now.Add(g.expires)
	}
	g.grants[reply] = fresh
}

// use takes one message to subj from its grant and reports whether there was one left.
func (g *replyGrants) use(subj string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	have, ok := g.grants[subj]
	if !ok {
		return false
	}
	if !have.until.IsZero() && now.After(have.until) {
		delete(g.grants, subj)
		return false
	}
	switch {
	case have.left < 0:
		return true
	case have.left == 1:
		delete(g.grants, subj)
	default:
		have.left--
		g.grants[subj] = have
	}
	return true
}
