package status

import "time"

// Varz is the document of /varz: the server, its options and its counters.
//
// Durations are in nanoseconds, except the timeouts of type float64, which are seconds. Sizes are in bytes.
type Varz struct {
	ServerID           string            `json:"server_id"` // the server's public nkey
	ServerName         string            `json:"server_name"`
	Version            string            `json:"version"`
	Proto              int               `json:"proto"`
	GitCommit          string            `json:"git_commit,omitempty"`
	GoVersion          string            `json:"go"`
	Host               string            `json:"host"`
	Port               int               `json:"port"`
	AuthRequired       bool              `json:"auth_required,omitempty"`
	TLSRequired        bool              `json:"tls_required,omitempty"`
	TLSVerify          bool              `json:"tls_verify,omitempty"`
	TLSOCSPPeerVerify  bool              `json:"tls_ocsp_peer_verify,omitempty"`
	IP                 string            `json:"ip,omitempty"`
	ConnectURLs        []string          `json:"connect_urls,omitempty"`
	WSConnectURLs      []string          `json:"ws_connect_urls,omitempty"`
	MaxConnections     int               `json:"max_connections"`
	MaxSubscriptions   int               `json:"max_subscriptions,omitempty"`
	PingInterval       time.Duration     `json:"ping_interval"`
	PingMax            int               `json:"ping_max"`
	HTTPHost           string            `json:"http_host"`
	HTTPPort           int               `json:"http_port"`
	HTTPBasePath       string            `json:"http_base_path"`
	HTTPSPort          int               `json:"https_port"`
	AuthTimeout        float64           `json:"auth_timeout"` // seconds
	MaxControlLine     int32             `json:"max_control_line"`
	MaxPayload         int               `json:"max_payload"`
	MaxPending         int64             `json:"max_pending"`
	Cluster            Feature           `json:"cluster"`
	Gateway            Feature           `json:"gateway"`
	Leaf               Feature           `json:"leaf"`
	MQTT               Feature           `json:"mqtt"`
	WebSocket          Feature           `json:"websocket"`
	JetStream          Feature           `json:"jetstream"`
	TLSTimeout         float64           `json:"tls_timeout"` // seconds
	WriteDeadline      time.Duration     `json:"write_deadline"`
	WriteTimeout       string            `json:"write_timeout,omitempty"`
	Start              time.Time         `json:"start"`
	Now                time.Time         `json:"now"`
	Uptime             string            `json:"uptime"` // as Uptime writes it
	Mem                int64             `json:"mem"`    // resident bytes
	Cores              int               `json:"cores"`
	MaxProcs           int               `json:"gomaxprocs"`
	MemLimit           int64             `json:"gomemlimit,omitempty"`
	CPU                float64           `json:"cpu"` // per cent of one core
	Connections        int               `json:"connections"`
	TotalConnections   uint64            `json:"total_connections"`
	Routes             int               `json:"routes"`
	Remotes            int               `json:"remotes"`
	Leafs              int               `json:"leafnodes"`
	InMsgs             int64             `json:"in_msgs"`
	InBytes            int64             `json:"in_bytes"`
	InClientMsgs       int64             `json:"in_client_msgs"`
	InClientBytes      int64             `json:"in_client_bytes"`
	OutMsgs            int64             `json:"out_msgs"`
	OutBytes           int64             `json:"out_bytes"`
	OutClientMsgs      int64             `json:"out_client_msgs"`
	OutClientBytes     int64             `json:"out_client_bytes"`
	SlowConsumers      int64             `json:"slow_consumers"`
	StaleConnections   int64             `json:"stale_connections"`
	StalledClients     int64             `json:"stalled_clients"`
	Subscriptions      uint32            `json:"subscriptions"`
	HTTPReqStats       map[string]uint64 `json:"http_req_stats"` // filled by the monitor
	ConfigLoadTime     time.Time         `json:"config_load_time"`
	ConfigDigest       string            `json:"config_digest"` // "sha256:<hex>", empty without a file
	Tags               []string          `json:"tags,omitempty"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	FeatureFlags       map[string]bool   `json:"feature_flags,omitempty"`
	TrustedOperators   []string          `json:"trusted_operators_jwt,omitempty"`
	SystemAccount      string            `json:"system_account,omitempty"`
	PinnedAccountFails uint64            `json:"pinned_account_fails,omitempty"`
	SlowConsumerStats  *KindCounts       `json:"slow_consumer_stats"`
	StaleStats         *KindCounts       `json:"stale_connection_stats,omitempty"`
	DiskIOWaitStats    *DiskIOWait       `json:"disk_io_wait_stats"`
	TLSCertNotAfter    time.Time         `json:"tls_cert_not_after,omitzero"`
}

// Feature is a part of the server that is not configured; it shows as {}.
type Feature struct{}

// KindCounts counts by kind of connection.
type KindCounts struct {
	Clients  uint64 `json:"clients"`
	Routes   uint64 `json:"routes"`
	Gateways uint64 `json:"gateways"`
	Leafs    uint64 `json:"leafs"`
}

// DiskIOWait tells how long work waited for its turn at the disk; times are in nanoseconds.
type DiskIOWait struct {
	Waiters     int64  `json:"waiters"`
	Waits       uint64 `json:"waits"`
	WaitTime    uint64 `json:"wait_time"`
	MaxWaitTime uint64 `json:"max_wait_time"`
}
