package client

// closedRing remembers the connections closed last, the oldest giving way. Guarded by the hub's mutex; the rows are
// immutable.
type closedRing struct {
	rows []*Snapshot
	next int // where the next one goes once the ring is full
	max  int

	reasons map[Reason]uint64 // how often each was why, of all that were ever closed

	// What the rows were subscribed to may take maxClosedSubs bytes: when it is more, the oldest forget it.
	subsBytes int
	forgotten int // how many of the oldest rows have forgotten it
}

// maxClosedSubs is how many bytes the subscriptions of all closed connections may take together.
const maxClosedSubs = 16 << 20

func (r *closedRing) resize(limit int) {
	rows := r.all()
	*r = closedRing{max: limit, reasons: r.reasons}
	if len(rows) > limit {
		rows = rows[len(rows)-limit:]
	}
	for _, row := range rows {
		r.keep(row)
	}
}

func (r *closedRing) add(row *Snapshot) {
	if r.reasons == nil {
		r.reasons = map[Reason]uint64{}
	}
	r.reasons[row.Reason]++
	r.keep(row)
}

// keep remembers the row for a while.
func (r *closedRing) keep(row *Snapshot) {
	switch {
	case r.max <= 0:
		return
	case len(r.rows) < r.max:
		r.rows = append(r.rows, row)
	default:
		r.subsBytes -= len(r.rows[r.next].subs)
		r.forgotten = max(0, r.forgotten-1)
		r.rows[r.next] = row
		r.next = (r.next + 1) % r.max
	}
	r.subsBytes += len(row.subs)
	for r.subsBytes > maxClosedSubs {
		r.forget((r.next + r.forgotten) % len(r.rows))
		r.forgotten++
	}
}

// forget drops what row i was subscribed to. Somebody may be reading it: the row is replaced.
func (r *closedRing) forget(i int) {
	r.subsBytes -= len(r.rows[i].subs)
	row := *r.rows[i]
	row.subs = ""
	r.rows[i] = &row
}

// all returns the rows, oldest first.
func (r *closedRing) all() []*Snapshot {
	rows := make([]*Snapshot, 0, len(r.rows))
	return append(append(rows, r.rows[r.next:]...), r.rows[:r.next]...)
}
