package netio

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

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

// shed moves every second of the connections that were active to the least busy loop, if there is a processor for it:
// where there is none, connections that talk to each other are better off on one loop.
func (l *loop) shed() {
	to := l.engine.idlest()
	if to == l || to.busy.Load() >= moveTo || !l.engine.system.spare.enough() {
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

// spare measures how much processor time the machine leaves unused. It is safe for concurrent use.
type spare struct {
	mu          sync.Mutex
	at          time.Time
	idle, total int64 // ticks
}

const (
	// sparePeriod is between which bounds two measurements must be apart to be compared.
	sparePeriod    = loadPeriod / 2
	maxSparePeriod = 3 * time.Second
	// spareCores is how many processors must be idle for another loop to be worth it.
	spareCores = 0.3
)

// enough reports whether there was enough unused since it was asked last. It is false when that is too long ago.
func (p *spare) enough() bool {
	idle, total, ok := processorTicks()
	if !ok {
		return true // not told: better too many loops than too few
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	apart := now.Sub(p.at)
	if apart < sparePeriod {
		return false
	}
	idleShare := float64(idle-p.idle) / float64(max(1, total-p.total))
	p.at, p.idle, p.total = now, idle, total
	return apart <= maxSparePeriod && idleShare*float64(runtime.NumCPU()) >= spareCores
}

// processorTicks reads the first line of /proc/stat: user nice system idle iowait irq softirq steal.
func processorTicks() (idle, total int64, ok bool) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, false
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) < 6 || string(fields[0]) != "cpu" {
		return 0, 0, false
	}
	for i, f := range fields[1:min(len(fields), 9)] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, 0, false
		}
		if total += n; i == 3 || i == 4 {
			idle += n
		}
	}
	return idle, total, true
}
