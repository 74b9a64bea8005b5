package netio

import "time"

// load measures how busy a loop is. Owned by the loop; busy is read by others.
type load struct {
	slept   int64 // ns of the period spent asleep
	since   int64 // when the loop fell asleep
	began   int64 // when the period began
	watched int64
}

const (
	loadPeriod = 100 * time.Millisecond
	fullFrom   = 60 // percent: from here on new connections go elsewhere
	moveFrom   = 80 // percent: from here on connections move to a loop below moveTo
	moveTo     = 50
)

func (d *load) sleep() { d.since = time.Now().UnixNano() }

func (d *load) wake() { d.slept += time.Now().UnixNano() - d.since }

// tick ends a period and, if the loop is overloaded while another is not, moves some of its connections there.
func (d *load) tick(l *loop, now int64) {
	length := now - d.began
	if length < int64(loadPeriod) {
		return
	}
	busy := 100 - 100*min(d.slept, length)/length
	if length > 20*int64(loadPeriod) {
		busy = 0 // the loop slept through many periods
	}
	d.began, d.slept = now, 0
	l.busy.Store(int32((int64(l.busy.Load()) + busy + 1) / 2))
	if l.busy.Load() > moveFrom {
		l.shed()
	}
}

// shed moves every second of the connections that were active to the least busy loop.
func (l *loop) shed() {
	to := l.engine.idlest()
	if to == l || to.busy.Load() >= moveTo {
		return
	}
	moved, second := 0, false
	for _, s := range l.table {
		if s == nil || s.conn.closing.Load() || s.queued || !s.active {
			continue
		}
		s.active = false
		if second = !second; second {
			continue
		}
		l.move(s, to)
		moved++
	}
	if moved > 0 {
		to.busy.Store(fullFrom) // until it was measured
	}
}
