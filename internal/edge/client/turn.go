package client

import (
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

// Turn is what a worker keeps for the sessions whose turns it runs: netio.Worker.State. It is owned by the worker.
type Turn struct {
	worker  *netio.Worker
	ingress *broker.Ingress
	found   proto.Found  // the publish scanned last
	op      proto.Op     // the operation parsed last
	tail    []byte       // the message built last, when its bytes could not be forwarded as they came
	rest    *broker.Rest // one to be used again, or nil
	work    int          // bytes delivered in this turn of the session, all subscribers together

	// The run encoded last and for whom, so that subscriptions with the same sid share one encoding.
	block    []byte
	blockRun uint64
	blockSID string
}

// NewTurn makes a worker's state.
func NewTurn(w *netio.Worker) *Turn {
	return &Turn{worker: w, ingress: broker.NewIngress(w)}
}

// Trim gives back what is kept for speed, as netio.Trimmer.
func (t *Turn) Trim() {
	t.ingress.Trim()
	t.tail, t.block, t.blockRun = nil, nil, 0
}

// takeRest returns an empty Rest.
func (t *Turn) takeRest() *broker.Rest {
	if r := t.rest; r != nil {
		t.rest = nil
		return r
	}
	return &broker.Rest{}
}

// giveRest takes a Rest back.
func (t *Turn) giveRest(r *broker.Rest) {
	*r = broker.Rest{}
	t.rest = r
}

// turnOf returns the state of w.
func turnOf(w *netio.Worker) *Turn { return w.State.(*Turn) }

// encode returns the run as MSG lines for sid. The block is valid until the next call.
func (t *Turn) encode(run *broker.Run, sid string) []byte {
	if run.ID != 0 && run.ID == t.blockRun && sid == t.blockSID {
		return t.block
	}
	size := runSize(run, sid)
	if cap(t.block) < size {
		t.block = make([]byte, size+size/4)
	}
	t.block = t.block[:size]
	putRun(t.block, run, sid)
	t.blockRun, t.blockSID = run.ID, sid
	return t.block
}

// runSize is the length of the run encoded for sid.
func runSize(run *broker.Run, sid string) int {
	return len(run.Messages)*(len("MSG ")+len(run.Subject)+1+len(sid)) + run.Headers + run.TailBytes
}

// putRun encodes the run into dst, which has exactly runSize bytes.
func putRun(dst []byte, run *broker.Run, sid string) {
	for i := range run.Messages {
		dst = dst[proto.PutMsg(dst, run.Subject, sid, &run.Messages[i]):]
	}
}
