package client

import (
	"runtime"
	"sync"
)

// logins runs the checks of credentials that take long, on all processors but one, so that a flood of them does not slow
// those who are connected. The newest comes first: when more come than can be checked the old ones are about to time out
// anyway. Each connection has one check at most, so the connections bound how many wait. It is safe for concurrent use.
type logins struct {
	mu      sync.Mutex
	waiting []func()
	running int
	done    sync.WaitGroup
}

func (l *logins) add(check func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, check)
	if l.running < max(1, runtime.GOMAXPROCS(0)-1) {
		l.running++
		l.done.Go(l.run)
	}
}

// run checks until nobody waits.
func (l *logins) run() {
	for {
		l.mu.Lock()
		k := len(l.waiting) - 1
		if k < 0 {
			l.running--
			l.waiting = nil
			l.mu.Unlock()
			return
		}
		check := l.waiting[k]
		l.waiting[k] = nil
		l.waiting = l.waiting[:k]
		l.mu.Unlock()
		check()
	}
}

// close waits until the checks that were begun are over; those that wait are dropped.
func (l *logins) close() {
	l.mu.Lock()
	l.waiting = nil
	l.mu.Unlock()
	l.done.Wait()
}
