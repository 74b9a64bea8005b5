package netio

import (
	"context"
	"fmt"
)

// Probe returns nil when every event loop has taken a turn after the call, and an error when ctx ends before: what a
// watchdog wants to know.
func (e *Engine) Probe(ctx context.Context) error {
	e.mu.Lock() // taken by every connection that comes or goes: it must not be stuck either
	closed := e.closed
	e.mu.Unlock()
	if closed {
		return ErrEngineClosed
	}
	turned := make(chan struct{}, e.system.size())
	e.system.everywhere(func(*Worker) { turned <- struct{}{} })
	for missing := cap(turned); missing > 0; missing-- {
		select {
		case <-turned:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d event loops do not turn: %w", missing, cap(turned), context.Cause(ctx))
		}
	}
	return nil
}
