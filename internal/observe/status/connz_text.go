package status

// ConnzText writes a page of connections as json.MarshalIndent writes its document, in pieces, each made when it is asked
// for: neither the connections nor their text are ever in memory as a whole.
type ConnzText struct {
	page *ConnzPage
	next int // row
	info ConnInfo
	text []byte
	done bool
}

// Text returns the text of the page.
func (p *ConnzPage) Text() *ConnzText { return &ConnzText{page: p} }

// The bounds of a piece: it takes a fraction of a millisecond to make one.
const (
	pieceBytes = 32 << 10
	pieceRows  = 64
)

// Next returns the next piece, valid until the call after; nil: there is no more. A piece is larger than 32 KiB only if
// one connection's subscriptions are.
func (t *ConnzText) Next() []byte {
	if t.done {
		return nil
	}
	t.text = t.text[:0]
	if cap(t.text) > 8*pieceBytes {
		t.text = nil
	}
	if t.next == 0 {
		t.begin()
	}
	for n := 0; t.next < len(t.page.rows) && n < pieceRows && len(t.text) < pieceBytes; n++ {
		if t.next > 0 {
			t.text = append(t.text, ',')
		}
		t.page.describe(t.next, &t.info)
		t.text = append(t.text, "\n    "...)
		t.text = appendConnInfo(t.text, "\n      ", &t.info)
		t.next++
	}
	if t.next == len(t.page.rows) {
		t.end()
	}
	return t.text
}

func (t *ConnzText) begin() {
	p := t.page
	o := object{text: t.text}
	o.open("\n  ")
	o.string("server_id", p.ServerID)
	o.time("now", p.Now)
	o.int("num_connections", int64(p.NumConns))
	o.int("total", int64(p.Total))
	o.int("offset", int64(p.Offset))
	o.int("limit", int64(p.Limit))
	o.name("connections")
	t.text = o.text
	if p.rows != nil {
		t.text = append(t.text, '[')
	}
}

func (t *ConnzText) end() {
	switch {
	case t.page.rows == nil:
		t.text = append(t.text, "null"...)
	case len(t.page.rows) == 0:
		t.text = append(t.text, ']')
	default:
		t.text = append(t.text, "\n  ]"...)
	}
	t.text = append(t.text, "\n}"...)
	t.done = true
}

func appendConnInfo(text []byte, indent string, c *ConnInfo) []byte {
	o := object{text: text}
	o.open(indent)
	o.uint("cid", c.CID)
	o.stringSome("kind", c.Kind)
	o.stringSome("type", c.Type)
	o.string("ip", c.IP)
	o.int("port", int64(c.Port))
	o.time("start", c.Start)
	o.time("last_activity", c.LastActivity)
	if !c.Stop.IsZero() {
		o.time("stop", c.Stop)
	}
	o.stringSome("reason", c.Reason)
	o.stringSome("rtt", c.RTT)
	o.string("uptime", c.Uptime)
	o.string("idle", c.Idle)
	o.int("pending_bytes", c.Pending)
	o.int("in_msgs", c.InMsgs)
	o.int("out_msgs", c.OutMsgs)
	o.int("in_bytes", c.InBytes)
	o.int("out_bytes", c.OutBytes)
	o.intSome("stalls", c.Stalls)
	o.uint("subscriptions", uint64(c.NumSubs))
	o.stringSome("name", c.Name)
	o.stringSome("lang", c.Lang)
	o.stringSome("version", c.Version)
	o.stringSome("tls_version", c.TLSVersion)
	o.stringSome("tls_cipher_suite", c.TLSCipher)
	listSome(&o, "tls_peer_certs", c.TLSPeerCerts, appendPeerCert)
	o.boolSome("tls_first", c.TLSFirst)
	o.stringSome("authorized_user", c.AuthorizedUser)
	o.stringSome("account", c.Account)
	listSome(&o, "subscriptions_list", c.Subs, stringItem)
	listSome(&o, "subscriptions_list_detail", c.SubsDetail, appendSubDetail)
	o.stringSome("jwt", c.JWT)
	o.stringSome("issuer_key", c.IssuerKey)
	o.stringSome("name_tag", c.NameTag)
	listSome(&o, "tags", c.Tags, stringItem)
	o.stringSome("mqtt_client", c.MQTTClient)
	o.close()
	return o.text
}

func appendPeerCert(text []byte, indent string, c **TLSPeerCert) []byte {
	o := object{text: text}
	o.open(indent + "  ")
	o.stringSome("subject", (*c).Subject)
	o.stringSome("spki_sha256", (*c).SPKISha256)
	o.stringSome("cert_sha256", (*c).CertSha256)
	o.close()
	return o.text
}

func appendSubDetail(text []byte, indent string, s *SubDetail) []byte {
	o := object{text: text}
	o.open(indent + "  ")
	o.stringSome("account", s.Account)
	o.stringSome("account_tag", s.AccountTag)
	o.string("subject", s.Subject)
	o.stringSome("qgroup", s.Queue)
	o.string("sid", s.SID)
	o.int("msgs", s.Msgs)
	o.intSome("max", s.Max)
	o.uint("cid", s.CID)
	o.close()
	return o.text
}
