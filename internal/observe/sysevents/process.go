package sysevents

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
)

// slowTasks runs what takes seconds beside the goroutines that answer requests. It is safe for concurrent use.
type slowTasks struct {
	mu      sync.Mutex
	running int
	closed  bool
	done    sync.WaitGroup
}

// maxSlow is how many slow tasks may run at once.
const maxSlow = 4

// do runs f on a goroutine of its own, or refuse here if too many run already.
func (t *slowTasks) do(f, refuse func()) {
	t.mu.Lock()
	room := t.running < maxSlow && !t.closed
	if room {
		t.running++
		t.done.Go(func() {
			f()
			t.mu.Lock()
			defer t.mu.Unlock()
			t.running--
		})
	}
	t.mu.Unlock()
	if !room {
		refuse()
	}
}

// wait returns when all is done. Nothing is begun afterwards.
func (t *slowTasks) wait() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.done.Wait()
}

func busy() *answer {
	return &answer{Error: &apiError{http.StatusServiceUnavailable, "too many slow requests at once, try again later"}}
}

// processVariables is the answer to EXPVARZ.
type processVariables struct {
	MemStats *runtime.MemStats `json:"memstats"`
	Cmdline  []string          `json:"cmdline"`
}

func (s *System) variables() *processVariables {
	v := &processVariables{MemStats: &runtime.MemStats{}, Cmdline: s.commandLine}
	runtime.ReadMemStats(v.MemStats)
	return v
}

// queues answers IPQUEUESZ, by the names that tools know.
func (s *System) queues(o *IpqueueszEventOptions) map[string]status.IPQueue {
	found := map[string]status.IPQueue{}
	for name, local := range map[string]*broker.Local{
		"System recvQ": s.services, "System recvQ Pings": s.tenants, "System sendQ": s.events,
	} {
		st := local.Stats()
		one := status.IPQueue{Pending: st.Pending}
		if st.Busy {
			one.InProgress = 1
		}
		if (o.All || one != status.IPQueue{}) && strings.Contains(name, o.Filter) {
			found[name] = one
		}
	}
	return found
}

// maxProfile is how long a CPU profile may take.
const maxProfile = 15 * time.Second

// profile is the answer to PROFILEZ.
type profile struct {
	Profile []byte `json:"profile"`
	Error   string `json:"error"`
}

// profilez answers with one of Go's profiles.
func (s *System) profilez(m *broker.Received) {
	var o ProfilezEventOptions
	if !s.meant(s.services, m, &o) {
		return
	}
	s.slow.do(func() {
		doc := &profile{}
		var err error
		if doc.Profile, err = takeProfile(&o.ProfilezOptions, s.closing); err != nil {
			doc.Error = err.Error()
		}
		s.deliver(s.services, m, doc)
	}, func() { s.send(m, busy()) })
}

// takeProfile takes a profile; one of the CPU ends early when stop is closed.
func takeProfile(o *ProfilezOptions, stop <-chan struct{}) ([]byte, error) {
	var b bytes.Buffer
	switch {
	case o.Name == "":
		return nil, errors.New("Profile name not specified")
	case o.Name == "cpu" && (o.Duration <= 0 || o.Duration > maxProfile):
		return nil, fmt.Errorf("Duration %s should be between 0s and %s", o.Duration, maxProfile)
	case o.Name == "cpu":
		if err := pprof.StartCPUProfile(&b); err != nil {
			return nil, fmt.Errorf("Failed to start CPU profile: %w", err)
		}
		timer := time.NewTimer(o.Duration)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-stop:
		}
		pprof.StopCPUProfile()
		return b.Bytes(), nil
	}
	p := pprof.Lookup(o.Name)
	if p == nil {
		return nil, fmt.Errorf("Profile %q not found", o.Name)
	}
	if err := p.WriteTo(&b, o.Debug); err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	return b.Bytes(), nil
}
