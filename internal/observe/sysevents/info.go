package sysevents

import "time"

// ServerInfo says in each event and answer which server it comes from.
type ServerInfo struct {
	Name         string            `json:"name"`
	Host         string            `json:"host"`
	ID           string            `json:"id"`
	Cluster      string            `json:"cluster,omitempty"`
	Domain       string            `json:"domain,omitempty"`
	Version      string            `json:"ver"`
	Tags         []string          `json:"tags,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	FeatureFlags map[string]bool   `json:"feature_flags,omitempty"`
	JetStream    bool              `json:"jetstream"`
	Flags        uint64            `json:"flags"` // what the server can do: 1 JetStream, 2 binary snapshots, 4 Raft in accounts
	Sequence     uint64            `json:"seq"`   // grows with each message of this server
	Time         time.Time         `json:"time"`  // when the message was made
}

// serverID is the answer to IDZ.
type serverID struct {
	Name string `json:"name"`
	Host string `json:"host"`
	ID   string `json:"id"`
}

// stamp is the server's description for the next message.
func (s *System) stamp(now time.Time) *ServerInfo {
	info := *s.info.Load()
	info.Sequence, info.Time = s.sequence.Add(1), now.UTC()
	return &info
}

// answer is the envelope of most answers.
type answer struct {
	Server *ServerInfo `json:"server"`
	Data   any         `json:"data,omitempty"`
	Error  *apiError   `json:"error,omitempty"`
}

// apiError says why there is no answer. Code is an HTTP status.
type apiError struct {
	Code        int    `json:"code"`
	Description string `json:"description"`
}
