package client

// closedRing remembers the connections closed last, the oldest giving way. Guarded by the hub's mutex.
type closedRing struct {
	rows []Snapshot
	next int // where the next one goes once the ring is full
	max  int

	reasons map[Reason]uint64 // how often each was why, of all that were ever closed
}

func (r *closedRing) resize(limit int) {
	rows := r.all()
	if len(rows) > limit {
		rows = rows[len(rows)-limit:]
	}
	r.rows, r.next, r.max = rows, 0, limit
}

func (r *closedRing) add(row Snapshot) {
	if r.reasons == nil {
		r.reasons = map[Reason]uint64{}
	}
	r.reasons[row.Reason]++
	switch {
	case r.max <= 0:
	case len(r.rows) < r.max:
		r.rows = append(r.rows, row)
	default:
		r.rows[r.next] = row
		r.next = (r.next + 1) % r.max
	}
}

// all returns the rows, oldest first.
func (r *closedRing) all() []Snapshot {
	rows := make([]Snapshot, 0, len(r.rows))
	return append(append(rows, r.rows[r.next:]...), r.rows[:r.next]...)
}
