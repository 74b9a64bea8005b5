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
	// settleWait is how long to wait after an interrupt for what is on its way.
	settleWait = 100 * time.Millisecond
)

// watcher sees how far a run is. It belongs to one goroutine.
type watcher struct {
	run     *run
	before  int64 // messages at the last look
	moved   time.Time
	shown   time.Time // when progress was told, and of how many messages
	showing int64
}

// wait returns when everything was sent and has come, when nothing more seems to come, or when ctx ends.
func (r *run) wait(ctx context.Context, sent <-chan struct{}) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	w := &watcher{run: r, moved: time.Now(), shown: time.Now()}
	var over <-chan time.Time
	if r.Duration > 0 && len(r.senders) == 0 {
		timer := time.NewTimer(r.Duration)
		defer timer.Stop()
		over = timer.C
	}
	sending := true
	for {
		select {
		case <-ctx.Done():
			return r.cause(ctx)
		case <-over:
			return nil
		case <-sent:
			sending, sent = false, nil
			w.moved = time.Now()
		case now := <-look.C:
			done, received := r.done()
			w.look(now, done)
			complete := !sending && over == nil && received >= r.expected()
			w.show(now, done, complete)
			if complete {
				return r.cause(ctx)
			}
			if !sending && over == nil && now.Sub(w.moved) > r.Timeout && (done > 0 || len(r.senders) > 0) {
				return r.silent(r.expected() - received)
			}
		}
	}
}

func (w *watcher) look(now time.Time, done int64) {
	if done != w.before {
		w.before, w.moved = done, now
	}
}

// show tells of progress when it is time.
func (w *watcher) show(now time.Time, done int64, complete bool) {
	since := now.Sub(w.shown)
	if w.run.Progress == nil || (!complete && since < progressEvery) {
		return
	}
	p := Progress{Done: done, Total: w.run.total(), Rate: float64(done-w.showing) / since.Seconds()}
	if w.run.Duration > 0 {
		p.Done, p.Total = int64(now.Sub(w.run.began)), int64(w.run.Duration)
	}
	w.run.Progress(p)
	w.shown, w.showing = now, done
}

// total is how many messages there will be to send and to receive.
func (r *run) total() int64 {
	total := int64(0)
	if len(r.senders) > 0 {
		total = int64(r.Messages)
	}
	switch {
	case r.Requesters > 0 || len(r.subscribers) == 0:
		return total
	case r.Queue != "":
		return total + int64(r.Messages)
	}
	return total + int64(r.Messages)*int64(len(r.subscribers))
}

// cause is the error of a sender that failed, or that of the caller's context.
func (r *run) cause(ctx context.Context) error {
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

var errInterrupted = errors.New("interrupted")

// done is how many messages were sent and received so far, and how many of them were received.
func (r *run) done() (all, received int64) {
	for _, s := range r.senders {
		all += s.done.Load() + s.timeouts.Load()
	}
	if r.Requesters == 0 {
		for _, s := range r.subscribers {
			received += s.came()
		}
	}
	return all + received, received
}

// settle waits a moment for messages that are on their way, so that they do not count as lost.
func (r *run) settle() {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for _, nc := range r.sending {
		if nc.IsConnected() {
			_ = nc.FlushTimeout(settleWait) // what was not taken shows as lost
		}
	}
	w := &watcher{run: r, moved: time.Now()}
	for now := range look.C {
		done, received := r.done()
		w.look(now, done)
		if received >= r.expected() || now.Sub(w.moved) > settleWait {
			return
		}
	}
}

// silent is the error when messages stopped coming though some are missing.
func (r *run) silent(missing int64) error {
	for _, s := range r.subscribers {
		if s.conn.IsClosed() {
			return fmt.Errorf("%d messages are missing: %w", missing, errServerGone{r.Timeout})
		}
		if err := objection(s.conn); err != nil {
			return fmt.Errorf("%d messages are missing; a subscriber had: %w", missing, err)
		}
	}
	for _, s := range r.subscribers {
		if s.conn.Stats().Reconnects > 0 {
			return fmt.Errorf("%d messages are missing; a subscriber lost the server, which cuts off those that "+
				"do not keep up: see its log, and give a --rate", missing)
		}
	}
	return fmt.Errorf("%d messages are missing; none came for %v", missing, r.Timeout)
}
