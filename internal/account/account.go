// Package account says what an account may do and share, as plain values.
package account

// The names of the accounts that every server has.
const (
	Global = "$G"   // who connects without an account of its own
	System = "$SYS" // the server's own events and services, unless configured otherwise
)

// Limits is what an account may use. Negative values mean no limit. It is immutable once shared.
type Limits struct {
	MaxConnections   int
	MaxSubscriptions int // of each connection
	MaxPayload       int // bytes
	MaxLeafNodes     int
}

// Unlimited is the limits of an account for which none are configured.
var Unlimited = Limits{MaxConnections: -1, MaxSubscriptions: -1, MaxPayload: -1, MaxLeafNodes: -1}
