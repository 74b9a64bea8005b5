package server

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// idleAfter is how long nothing must have happened before memory is given back to the system.
	idleAfter = 2 * time.Second
	// lateTicks is after how many idle ticks it is cleaned once more: the workers have let go by then what they keep for
	// speed, and with their match caches all subscriptions and sessions that have ended.
	lateTicks = 5
	// worthCleaning is how many bytes must have been allocated for it to be worth a garbage collection.
	worthCleaning = 1 << 20
)

// janitor gives memory back when the server has fallen idle: what a burst of connections or messages left behind would
// stay until the next burst otherwise. It ends with the server.
func (s *Server) janitor() {
	tick := time.NewTicker(idleAfter)
	defer tick.Stop()
	var last, soon, late uint64 // what had happened, and what had been allocated at the last cleanings
	for idle := 0; ; {
		select {
		case <-s.ending:
			return
		case <-tick.C:
		}
		t, h := &s.broker.Traffic, s.hub.Stats()
		now := uint64(t.InMsgs.Load()) + uint64(t.OutMsgs.Load()) + h.TotalConnections + uint64(h.Connections) + uint64(h.Subscriptions)
		if idle++; now != last {
			last, idle = now, 0
			continue
		}
		switch allocated := allocatedBytes(); {
		case idle == lateTicks && allocated-late > worthCleaning:
			debug.FreeOSMemory()
			soon, late = allocated, allocated
		case allocated-soon > worthCleaning:
			debug.FreeOSMemory()
			soon = allocated
		}
	}
}

// allocatedBytes is how much has been allocated since the process began.
func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
