package status

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"math"
	"time"
)

// globalAccount is where clients are that were bound to no other account. It is not told of, but as a tag.
const globalAccount = "$G"

// Connection is a connection as the server knows it, the row that a ConnInfo is made of.
type Connection struct {
	ID           uint64
	Kind, Type   string // empty: "Client" and "nats"
	Host         string
	Port         int
	Start        time.Time
	LastActivity time.Time
	Stop         time.Time // zero while it is open
	Reason       string    // why it was closed
	RTT          time.Duration
	Pending      int64 // bytes queued for it

	InMsgs, InBytes, OutMsgs, OutBytes, Stalls int64

	NumSubs             int
	Name, Lang, Version string
	Account             string
	User                string // a name or public key; "[REDACTED]" for a token
	JWT, IssuerKey      string
	Tags                []string
	MQTTClient          string
	TLS                 *tls.ConnectionState // nil without TLS; version and cipher suite are enough once it is closed
	TLSFirst            bool

	// Subscriptions returns what it subscribed to, Account and CID included. It is called for rows that are shown, or
	// that are filtered by subject. Nil means none.
	Subscriptions func() []SubDetail
}

func (c *Connection) closed() bool { return !c.Stop.IsZero() }

// until is the time up to which a duration of the connection counts.
func (c *Connection) until(now time.Time) time.Time {
	if c.closed() {
		return c.Stop
	}
	return now
}

func (c *Connection) subscriptions() []SubDetail {
	if c.Subscriptions == nil {
		return nil
	}
	return c.Subscriptions()
}

// account is the account a connection is found by. Once it is closed the global account counts as none.
func (c *Connection) account() string {
	if c.closed() && c.Account == globalAccount {
		return ""
	}
	return c.Account
}

// info makes in info what o asks for of the connection.
func (c *Connection) info(info *ConnInfo, now time.Time, o *ConnzOptions) {
	until := c.until(now)
	*info = ConnInfo{
		CID: c.ID, Kind: c.Kind, Type: c.Type, IP: c.Host, Port: c.Port,
		Start: c.Start.UTC(), LastActivity: c.LastActivity.UTC(), Stop: c.Stop, Reason: c.Reason,
		RTT: roundTrip(c.RTT), Uptime: Uptime(until.Sub(c.Start)), Idle: Uptime(until.Sub(c.LastActivity)),
		Pending: c.Pending, InMsgs: c.InMsgs, OutMsgs: c.OutMsgs, InBytes: c.InBytes, OutBytes: c.OutBytes,
		Stalls: c.Stalls, NumSubs: uint32(min(uint64(max(c.NumSubs, 0)), math.MaxUint32)),
		Name: c.Name, Lang: c.Lang, Version: c.Version, TLSFirst: c.TLSFirst, MQTTClient: c.MQTTClient,
	}
	if c.closed() {
		info.Stop = c.Stop.UTC()
	}
	if info.Kind == "" {
		info.Kind = "Client"
	}
	if info.Type == "" && info.Kind == "Client" {
		info.Type = "nats"
	}
	if c.TLS != nil {
		info.TLSVersion, info.TLSCipher = tlsVersion(c.TLS.Version), tls.CipherSuiteName(c.TLS.CipherSuite)
	}
	if o.Auth {
		c.identify(info)
	}
	if o.Subscriptions || o.SubsDetail {
		c.subscribe(info, o.SubsDetail)
	}
}

func (c *Connection) identify(info *ConnInfo) {
	info.AuthorizedUser, info.NameTag = c.User, c.account()
	info.JWT, info.IssuerKey, info.Tags = c.JWT, c.IssuerKey, c.Tags
	if c.Account != globalAccount {
		info.Account = c.Account
	}
	if c.TLS != nil && !c.closed() {
		info.TLSPeerCerts = peerCertificates(c.TLS.PeerCertificates)
	}
}

func (c *Connection) subscribe(info *ConnInfo, detail bool) {
	subs := c.subscriptions()
	if !c.closed() && len(subs) > 0 {
		info.NumSubs = uint32(len(subs)) // it may have subscribed since it was counted
	}
	if detail {
		info.SubsDetail = make([]SubDetail, len(subs))
		for i, sub := range subs {
			if c.closed() {
				sub.AccountTag, sub.Max = sub.Account, 0 // the reference does not remember it
			} else {
				sub.Account, sub.AccountTag = "", ""
			}
			info.SubsDetail[i] = sub
		}
		return
	}
	info.Subs = make([]string, len(subs))
	for i := range subs {
		info.Subs[i] = subs[i].Subject
	}
}

func tlsVersion(version uint16) string {
	switch version {
	case tls.VersionTLS10:
		return "1.0"
	case tls.VersionTLS11:
		return "1.1"
	case tls.VersionTLS12:
		return "1.2"
	case tls.VersionTLS13:
		return "1.3"
	}
	return "Unknown [0x" + hex.EncodeToString([]byte{byte(version >> 8), byte(version)}) + "]"
}

func peerCertificates(certificates []*x509.Certificate) []*TLSPeerCert {
	list := make([]*TLSPeerCert, 0, len(certificates))
	for _, c := range certificates {
		key, whole := sha256.Sum256(c.RawSubjectPublicKeyInfo), sha256.Sum256(c.Raw)
		list = append(list, &TLSPeerCert{
			Subject: c.Subject.String(), SPKISha256: hex.EncodeToString(key[:]), CertSha256: hex.EncodeToString(whole[:]),
		})
	}
	return list
}
