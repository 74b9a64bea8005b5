package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// lookEvery is how often we see whether all has come. It is no part of what is measured: each client notes its own
	// times.
	lookEvery     = 2 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// wait returns when everything was sent and has come, when nothing more seems to come, or when ctx ends.
func (r *run) wait(ctx context.Context, sent <-chan struct{}) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	total := r.expected()
	for _, s := range r.senders {
		total += int64(s.messages)
	}
	var before int64
	moved, shown := time.Now(), time.Time{}
	sending := true
	for {
		select {
		case <-ctx.Done():
			return r.ended(ctx)
		case <-sent:
			sending, sent = false, nil
			moved = time.Now()
		case now := <-look.C:
			done := r.done()
			if done != before {
				before, moved = done, now
			}
			complete := !sending && done >= total
			if r.Progress != nil && (complete || now.Sub(shown) >= progressEvery) {
				r.Progress(done, total)
				shown = now
			}
			if complete {
				return r.ended(ctx)
			}
			if !sending && now.Sub(moved) > r.Timeout && (done > 0 || len(r.senders) > 0) {
				return r.silent(total - done)
			}
		}
	}
}

// ended is the error of a sender that failed, or that of the caller's context.
func (r *run) ended(ctx context.Context) error {
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}

// done is how many messages were sent and received so far.
func (r *run) done() int64 {
	var done int64
	for _, s := range r.senders {
		done += s.done.Load()
	}
	if r.Requesters == 0 {
		for _, s := range r.subscribers {
			done += s.done.Load()
		}
	}
	return done
}

// silent is the error when messages stopped coming though some are missing.
func (r *run) silent(missing int64) error {
	for _, s := range r.subscribers {
		if err := s.conn.LastError(); err != nil {
			return fmt.Errorf("%d messages are missing; a subscriber had: %w", missing, err)
		}
	}
	return fmt.Errorf("%d messages are missing; none came for %v", missing, r.Timeout)
}
