package netio

import "container/heap"

// timers is a heap of those that wait for a time, owned by a loop. Sixteen bytes each.
type timers struct{ rows timerRows }

type timerRow struct {
	at     int64
	socket *socket
}

type timerRows []timerRow

func (h timerRows) Len() int           { return len(h) }
func (h timerRows) Less(i, j int) bool { return h[i].at < h[j].at }
func (h timerRows) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].socket.heap, h[j].socket.heap = int32(i)+1, int32(j)+1
}

func (h *timerRows) Push(x any) {
	row := x.(timerRow)
	row.socket.heap = int32(len(*h)) + 1
	*h = append(*h, row)
}

func (h *timerRows) Pop() any {
	last := len(*h) - 1
	row := (*h)[last]
	(*h)[last] = timerRow{}
	*h = (*h)[:last]
	row.socket.heap = 0
	return row
}

// set makes s due at a time; zero: never.
func (t *timers) set(s *socket, at int64) {
	switch {
	case at == 0 && s.heap == 0:
	case at == 0:
		heap.Remove(&t.rows, int(s.heap)-1)
	case s.heap == 0:
		heap.Push(&t.rows, timerRow{at: at, socket: s})
	default:
		t.rows[s.heap-1].at = at
		heap.Fix(&t.rows, int(s.heap)-1)
	}
}

// next is when the first timer is due; 0: there is none.
func (t *timers) next() int64 {
	if len(t.rows) == 0 {
		return 0
	}
	return t.rows[0].at
}

// due takes out one timer that is due.
func (t *timers) due(now int64) *socket {
	if len(t.rows) == 0 || t.rows[0].at > now {
		return nil
	}
	return heap.Pop(&t.rows).(timerRow).socket
}
