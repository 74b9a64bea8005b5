package sysevents

import (
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
)

// ServerStats is the server's load in short. Sizes are bytes, counters are since the start.
type ServerStats struct {
	Start            time.Time          `json:"start"`
	Mem              int64              `json:"mem"` // resident
	Cores            int                `json:"cores"`
	CPU              float64            `json:"cpu"` // per cent of one core
	Connections      int                `json:"connections"`
	TotalConnections uint64             `json:"total_connections"`
	ActiveAccounts   int                `json:"active_accounts"` // those with connections
	NumSubs          uint32             `json:"subscriptions"`
	Sent             status.DataStats   `json:"sent"`
	SentToClients    status.DataStats   `json:"sent_to_clients"`
	Received         status.DataStats   `json:"received"`
	ReceivedClients  status.DataStats   `json:"received_from_clients"`
	SlowConsumers    int64              `json:"slow_consumers"`
	SlowStats        *status.KindCounts `json:"slow_consumer_stats,omitempty"`
	Stale            int64              `json:"stale_connections,omitempty"`
	StaleStats       *status.KindCounts `json:"stale_connection_stats,omitempty"`
	StalledClients   int64              `json:"stalled_clients,omitempty"`
	ActiveServers    int                `json:"active_servers,omitempty"`
	MemLimit         int64              `json:"gomemlimit,omitempty"`
	MaxProcs         int                `json:"gomaxprocs,omitempty"`
}

// statsMessage is the event that tells of the load, and the answer to STATSZ.
type statsMessage struct {
	Server *ServerInfo  `json:"server"`
	Stats  *ServerStats `json:"statsz"`
}

// The load is told of soon after the start, then at growing intervals, so that whoever starts with the server sees it
// quickly.
const (
	firstStats = 250 * time.Millisecond
	thenStats  = time.Second
	lastStats  = 10 * time.Second
)

// publishStats tells of the load if anybody listens, and asks to be called again.
func (s *System) publishStats(next time.Duration) {
	if s.interested(s.statsSubject) {
		s.publish(s.statsSubject, s.statsDocument())
	}
	s.reportDropped()
	s.schedule(&s.statsTimer, next, func() { s.publishStats(min(2*next, lastStats)) })
}

// reportDropped logs that queues were full. It is called by the events' goroutine.
func (s *System) reportDropped() {
	for i, queue := range []struct {
		local *broker.Local
		what  string
	}{
		{s.events, "events"}, {s.services, "requests of the system account"}, {s.tenants, "requests of other accounts"},
	} {
		if now := queue.local.Stats().Dropped; now != s.dropped[i] {
			s.log.Warnf("SYSTEM - too many %s at once, %d dropped", queue.what, now-s.dropped[i])
			s.dropped[i] = now
		}
	}
}

func (s *System) statsDocument() *statsMessage {
	stats := s.source.Statsz()
	return &statsMessage{s.stamp(time.Now()), stats}
}
