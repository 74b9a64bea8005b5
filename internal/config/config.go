package config

import (
	"errors"
	"strings"
	"time"

	"sinew.dev/sinew/internal/config/lang"
)

// Position is where in a configuration file a value was written. It is the zero value for what came from
// a default or from the command line.
type Position = lang.Position

// Defaults of the reference server, except DefaultLoopback.
const (
	// DefaultHost is bound when a configuration file is given that names no host.
	DefaultHost = "0.0.0.0"
	// DefaultLoopback is bound when there is no configuration file: a server started by hand should not
	// be open to the network by accident.
	DefaultLoopback = "127.0.0.1"
	// DefaultPort is the client port.
	DefaultPort = 4222
	// RandomPort asks the system for a free port.
	RandomPort = -1

	// DefaultMaxConnections is the limit of client connections.
	DefaultMaxConnections = 65536
	// DefaultMaxControlLine is the limit of one protocol line in bytes.
	DefaultMaxControlLine = 4096
	// DefaultMaxPayload is the limit of one message in bytes, headers included.
	DefaultMaxPayload = 1 << 20
	// MaxPayloadWarn is the size above which a max_payload is warned about.
	MaxPayloadWarn = 8 << 20
	// DefaultMaxPending is the limit of bytes waiting for one client.
	DefaultMaxPending = 64 << 20
	// DefaultMaxClosedClients is how many closed connections are remembered.
	DefaultMaxClosedClients = 10000

	// DefaultWriteDeadline is how long one flush may take.
	DefaultWriteDeadline = 10 * time.Second
	// DefaultPingInterval is the time between two PINGs of the server.
	DefaultPingInterval = 2 * time.Minute
	// DefaultPingMax is how many PINGs may be unanswered.
	DefaultPingMax = 2
	// DefaultLameDuckDuration is the whole time of a lame-duck shutdown.
	DefaultLameDuckDuration = 2 * time.Minute
	// MinLameDuckDuration is the shortest lame_duck_duration a file may ask for.
	MinLameDuckDuration = 30 * time.Second
	// DefaultLameDuckGrace is how long lame duck waits before it closes the first client.
	DefaultLameDuckGrace = 10 * time.Second
	// DefaultAuthTimeout is how long a client may take to log in without TLS.
	DefaultAuthTimeout = 2 * time.Second
	// DefaultTLSTimeout is how long a TLS handshake may take.
	DefaultTLSTimeout = 2 * time.Second
	// AutoHandshakeFallback is how long handshake_first "auto" waits for the client's first byte.
	AutoHandshakeFallback = 50 * time.Millisecond

	// DefaultConnectErrorReports logs every nth failed first connect to another server.
	DefaultConnectErrorReports = 3600
	// DefaultReconnectErrorReports logs every nth failed reconnect to another server.
	DefaultReconnectErrorReports = 1

	// GlobalAccount holds the clients of a server without accounts.
	GlobalAccount = "$G"
	// DefaultSystemAccount is the system account when none is configured.
	DefaultSystemAccount = "$SYS"
)

// Config is one complete configuration. It is immutable once Load, and Apply if there is a command line,
// have returned; everything may read it at the same time.
type Config struct {
	// File is the configuration file as it was named, and Digest the "sha256:<hex>" of its content.
	// Both are empty without a file.
	File, Digest string

	// Host and Port are the client listener. RandomPort asks for a free port.
	Host string
	Port int
	// ClientAdvertise is the host[:port] clients are told to use, empty for the listener's own.
	ClientAdvertise string

	// ServerName is empty when the server shall use its id.
	ServerName string
	// ServerTags are lower-cased.
	ServerTags     []string
	ServerMetadata map[string]string
	// FeatureFlags are carried and reported; none has an effect yet.
	FeatureFlags map[string]bool

	Log     Log
	Limits  Limits
	Monitor Monitor

	// PidFile and PortsFileDir are empty when nothing shall be written.
	PidFile, PortsFileDir string
	// ProfPort serves Go profiles over HTTP; zero is off, RandomPort any.
	ProfPort int
	// ProfBlockRate is handed to runtime.SetBlockProfileRate.
	ProfBlockRate int

	// NoHeaderSupport turns message headers off.
	NoHeaderSupport bool
	// DisableSublistCache is accepted for files that have it. It changes nothing here.
	DisableSublistCache bool
	// PingInterval is the time between two PINGs of the server, and PingMax how many may be unanswered.
	PingInterval time.Duration
	PingMax      int
	// LameDuckDuration is the whole lame-duck time, LameDuckGrace the part of it before the first close.
	LameDuckDuration, LameDuckGrace time.Duration
	// ConnectErrorReports and ReconnectErrorReports log every nth failure; accepted, without effect until
	// servers connect to servers.
	ConnectErrorReports, ReconnectErrorReports int

	// TLS is nil when the client listener has none. AllowNonTLS accepts plain clients beside it.
	TLS         *TLS
	AllowNonTLS bool

	Authorization Authorization
	// NoAuthUser is the user name or nkey of clients that bring no credentials.
	NoAuthUser string

	// Accounts are the configured accounts in the order of the file, without GlobalAccount and without an
	// automatic system account.
	Accounts []Account
	// SystemAccount is the configured name, or DefaultSystemAccount, or empty with NoSystemAccount.
	SystemAccount   string
	NoSystemAccount bool

	// Mappings are the subject mappings of GlobalAccount, in the order of the file: the first match wins.
	Mappings []Mapping

	origins map[string]Position
}

// Log is what is logged, and where to.
type Log struct {
	Debug bool
	// Trace logs the protocol; TraceVerbose also that of the system account; TraceHeaders shows only the
	// headers of messages. The last two imply the first.
	Trace, TraceVerbose, TraceHeaders bool
	// Time puts a timestamp on each entry, in UTC with TimeUTC.
	Time, TimeUTC bool
	// File, RemoteSyslog and Syslog say where to: the first that is set, or standard error. RemoteSyslog is a URL such as
	// udp://host:514.
	File, RemoteSyslog string
	Syslog             bool
	// Format is text or JSON; the reference server knows only text.
	Format LogFormat
	// SizeLimit in bytes rotates the file; zero never does.
	SizeLimit int64
	// MaxFiles is how many rotated files are kept; zero keeps all.
	MaxFiles int
	// MaxTracedBytes is how much of a payload a trace shows; zero is all of it.
	MaxTracedBytes int
}

// LogFormat is how a line of the log looks.
type LogFormat uint8

// The formats of log_format and --log_format.
const (
	LogText LogFormat = iota
	LogJSON
)

// String is the word of the file.
func (f LogFormat) String() string {
	if f == LogJSON {
		return "json"
	}
	return "text"
}

// Set takes the word of the file or the flag, as flag.Value.
func (f *LogFormat) Set(word string) error {
	switch strings.ToLower(word) {
	case "text":
		*f = LogText
	case "json":
		*f = LogJSON
	default:
		return errors.New("log_format must be 'text' or 'json'")
	}
	return nil
}

// Limits bound what clients may take.
type Limits struct {
	// MaxConnections is -1 when every client shall be refused: the reference reads 0 so.
	MaxConnections int
	// MaxSubscriptions is per connection; zero is unlimited.
	MaxSubscriptions int
	// MaxSubTokens is the limit of tokens in a subscription's subject, 1 to 255; zero is unlimited.
	MaxSubTokens int
	// MaxControlLine and MaxPayload are in bytes.
	MaxControlLine, MaxPayload int32
	// MaxPending is the limit of bytes waiting for one client.
	MaxPending int64
	// MaxClosedClients is how many closed connections monitoring remembers.
	MaxClosedClients int
	// WriteDeadline is how long one flush may take, WriteTimeout what happens after it.
	WriteDeadline time.Duration
	WriteTimeout  WriteTimeout
	// NoFastProducerStall drops messages for slow consumers rather than slow their producers down.
	NoFastProducerStall bool
}

// WriteTimeout says what happens to a client that did not take its data in time.
type WriteTimeout uint8

// The policies of write_timeout. For clients the default is to close.
const (
	WriteTimeoutDefault WriteTimeout = iota
	WriteTimeoutClose
	WriteTimeoutRetry
)

// Monitor is the HTTP monitoring listener.
type Monitor struct {
	// Host is the address to bind; empty means the client listener's host.
	Host string
	// Port and HTTPSPort are zero when off, RandomPort for any. At most one is set.
	Port, HTTPSPort int
	// BasePath prefixes every path. It begins with a slash; "/" is no prefix.
	BasePath string
}

// Authorization is the authorization block.
type Authorization struct {
	// User and Password, or Token alone, are the one identity of a server without a list of users.
	// Password and Token may be bcrypt hashes.
	User, Password, Token string
	// Timeout is zero when the file gives none: see Config.AuthTimeout.
	Timeout time.Duration
	// Users belong to GlobalAccount.
	Users []User
	// DefaultPermissions hold for users without permissions of their own. They are already filled in in
	// Users.
	DefaultPermissions *Permissions
	Position           Position
}

// User is one identity that may connect. It has either Name, with or without a Password, or NKey.
type User struct {
	Name, Password string
	// NKey is a public user key, "U...".
	NKey string
	// Permissions is nil when everything is allowed.
	Permissions *Permissions
	// ConnectionTypes are upper-case names such as "STANDARD"; empty allows all.
	ConnectionTypes []string
	Position        Position
}

// Permissions restrict the subjects of one user. A nil rule allows everything.
type Permissions struct {
	Publish, Subscribe *Rule
	// AllowResponses grants publishing to the reply subjects of messages received.
	AllowResponses *Responses
	Position       Position
}

// Rule lists subjects. A nil Allow allows all; an empty one that is not nil allows none. Deny wins.
// Subscribe entries may be "<subject> <queue>".
type Rule struct {
	Allow, Deny []string
}

// Responses bound a granted reply subject. Negative values are unlimited.
type Responses struct {
	MaxMessages int
	Expires     time.Duration
}

// Account is one entry of accounts.
type Account struct {
	Name string
	// NKey is a public account key, "A...", or empty.
	NKey  string
	Users []User
	// DefaultPermissions are already filled in in Users.
	DefaultPermissions *Permissions
	Mappings           []Mapping
	Limits             AccountLimits
	Position           Position
}

// AccountLimits bound one account; -1 is unlimited.
type AccountLimits struct {
	MaxConnections, MaxSubscriptions, MaxPayload, MaxLeafNodes int64
}

// Mapping sends messages published to Source elsewhere.
type Mapping struct {
	Source       string
	Destinations []Destination
	Position     Position
}

// Destination is one share of a mapping.
type Destination struct {
	Subject string
	// Weight is in percent, 0 to 100.
	Weight int
	// Cluster restricts the entry to servers of that cluster; empty is every server.
	Cluster  string
	Position Position
}

// AuthTimeout is how long a client may take to log in: what the file says, or the default, which leaves
// time for a TLS handshake before.
func (c *Config) AuthTimeout() time.Duration {
	if c.Authorization.Timeout > 0 {
		return c.Authorization.Timeout
	}
	if c.TLS != nil {
		return c.TLS.Timeout + time.Second
	}
	return DefaultAuthTimeout
}

// AuthRequired reports whether clients must show credentials.
func (c *Config) AuthRequired() bool {
	a := &c.Authorization
	return a.User != "" || a.Token != "" || c.hasUsers()
}
