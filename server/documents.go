package server

import (
	"iter"
	"math"
	"runtime"
	"runtime/debug"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/edge/client"
	"sinew.dev/sinew/internal/observe/metrics"
	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/internal/version"
)

// documents makes the monitoring documents of a server, as monitor.Source.
type documents struct{ s *Server }

// Varz tells of the server, its options and its counters.
func (d documents) Varz() *status.Varz {
	s := d.s
	s.mu.Lock()
	c, loaded := s.config, s.loaded
	s.mu.Unlock()
	now := time.Now()
	info := s.hub.Info()
	v := &status.Varz{
		ServerID: s.id, ServerName: info.ServerName, Version: version.Speaks, Proto: 1,
		GitCommit: info.GitCommit, GoVersion: info.GoVersion, Host: info.Host, Port: info.Port,
		AuthRequired: info.AuthRequired, TLSRequired: info.TLSRequired, TLSVerify: info.TLSVerify,
		MaxConnections: c.Limits.MaxConnections, MaxSubscriptions: c.Limits.MaxSubscriptions,
		PingInterval: c.PingInterval, PingMax: c.PingMax,
		HTTPHost: monitorHost(c), HTTPPort: max(c.Monitor.Port, 0), HTTPSPort: max(c.Monitor.HTTPSPort, 0),
		HTTPBasePath: basePath(c), AuthTimeout: c.AuthTimeout().Seconds(),
		MaxControlLine: c.Limits.MaxControlLine, MaxPayload: int(c.Limits.MaxPayload), MaxPending: c.Limits.MaxPending,
		WriteDeadline: c.Limits.WriteDeadline, WriteTimeout: writeTimeout(c), TLSTimeout: config.DefaultTLSTimeout.Seconds(),
		Start: s.start.UTC(), Now: now.UTC(), Uptime: status.Uptime(now.Sub(s.start)),
		Cores: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0),
		ConfigLoadTime: loaded.UTC(), ConfigDigest: c.Digest, Tags: c.ServerTags, Metadata: c.ServerMetadata,
		FeatureFlags: featureFlags(c), SystemAccount: c.SystemAccount,
	}
	if l := s.monitor.find("http"); l != nil {
		v.HTTPPort = portOf(l.Addr())
	}
	if l := s.monitor.find("https"); l != nil {
		v.HTTPSPort = portOf(l.Addr())
	}
	if c.TLS != nil {
		v.TLSTimeout = c.TLS.Timeout.Seconds()
		v.TLSCertNotAfter = s.certificateEnd()
	}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		v.MemLimit = limit
	}
	v.Mem, v.CPU = usage()
	d.traffic(v)
	return v
}

// writeTimeout is what the file says of write_timeout.
func writeTimeout(c *config.Config) string {
	if c.Limits.WriteTimeout == config.WriteTimeoutDefault {
		return ""
	}
	return c.Limits.WriteTimeout.String()
}

// basePath is what the file says of http_base_path.
func basePath(c *config.Config) string {
	if c.Monitor.BasePath == "/" {
		return ""
	}
	return c.Monitor.BasePath
}

func monitorHost(c *config.Config) string {
	if c.Monitor.Host != "" {
		return c.Monitor.Host
	}
	return c.Host
}

// traffic fills in what was counted.
func (d documents) traffic(v *status.Varz) {
	t, h := &d.s.broker.Traffic, d.s.hub.Stats()
	v.InMsgs, v.InBytes = t.InMsgs.Load(), t.InBytes.Load()
	v.OutMsgs, v.OutBytes = t.OutMsgs.Load(), t.OutBytes.Load()
	v.InClientMsgs, v.InClientBytes, v.OutClientMsgs, v.OutClientBytes = v.InMsgs, v.InBytes, v.OutMsgs, v.OutBytes
	v.Connections, v.TotalConnections = h.Connections, h.TotalConnections
	v.SlowConsumers = h.SlowPending + h.SlowDeadline
	v.SlowConsumerStats = &status.KindCounts{Clients: uint64(v.SlowConsumers)}
	v.StaleConnections, v.StaleStats = h.Stale, &status.KindCounts{Clients: uint64(h.Stale)}
	v.StalledClients = d.s.engine.Stats().Stalls
	v.DiskIOWaitStats = &status.DiskIOWait{}
	for _, a := range d.s.broker.Accounts() { // the server's own among them, as tools are used to
		v.Subscriptions += uint32(a.Interest().Len())
	}
}

// Connz tells of connections.
func (d documents) Connz(o status.ConnzOptions) (*status.Connz, error) {
	page, err := d.ConnzPage(o)
	if err != nil {
		return nil, err
	}
	return page.Document(), nil
}

// ConnzPage chooses the connections that Connz tells of.
func (d documents) ConnzPage(o status.ConnzOptions) (*status.ConnzPage, error) {
	return o.Select(status.ConnzSource{
		ServerID: d.s.id, Now: time.Now(),
		HasAccount: func(name string) bool { return d.s.broker.Find(name) != nil },
		Open: func() []status.Row {
			sessions := d.s.hub.Sessions()
			rows := make([]status.Row, len(sessions))
			for i, s := range sessions {
				rows[i] = openRow{s}
			}
			return rows
		},
		Closed: func() []status.Row {
			closed := d.s.hub.ClosedConnections()
			rows := make([]status.Row, len(closed))
			for i, c := range closed {
				rows[i] = closedRow{c}
			}
			return rows
		},
	})
}

// openRow and closedRow are connections as rows of a document.
type (
	openRow   struct{ *client.Session }
	closedRow struct{ *client.Snapshot }
)

func (r openRow) Number() uint64   { return r.ID() }
func (r closedRow) Number() uint64 { return r.ID }

func (r openRow) Describe() status.Connection {
	c := r.Snapshot()
	return connection(&c)
}

func (r closedRow) Describe() status.Connection { return connection(r.Snapshot) }

func connection(c *client.Snapshot) status.Connection {
	return status.Connection{
		ID: c.ID, Host: c.Host, Port: c.Port, Start: c.Start, LastActivity: c.LastActivity, Stop: c.Stop,
		Reason: string(c.Reason), RTT: c.RTT, Pending: c.Pending, Stalls: c.Stalls,
		InMsgs: c.InMsgs, InBytes: c.InBytes, OutMsgs: c.OutMsgs, OutBytes: c.OutBytes, NumSubs: c.NumSubs,
		Name: c.Name, Lang: c.Lang, Version: c.Version, Account: c.Account, User: c.User, JWT: c.JWT,
		TLS: c.TLS, TLSFirst: c.TLSFirst, Subscriptions: c.Subscriptions,
	}
}

// detail describes one subscription.
func detail(account string, cid uint64, sub *broker.Subscription) status.SubDetail {
	return status.SubDetail{
		Account: account, Subject: sub.Subject(), Queue: sub.Queue(), SID: sub.SID(), CID: cid,
		Msgs: sub.Delivered(), Max: sub.Limit(),
	}
}

// Subsz tells of the interest.
func (d documents) Subsz(o status.SubszOptions) (*status.Subsz, error) {
	accounts := d.s.broker.Accounts()
	if o.Account != "" {
		accounts = nil
		if a := d.s.broker.Find(o.Account); a != nil {
			accounts = []*broker.Account{a}
		}
	}
	source := status.SubszSource{ServerID: d.s.id, Now: time.Now(), Subscriptions: subscriptions(accounts)}
	for _, a := range accounts {
		source.Interest.Add(interestOf(a))
	}
	return o.Select(source)
}

// subscriptions yields those of some accounts.
func subscriptions(accounts []*broker.Account) iter.Seq[status.SubDetail] {
	return func(yield func(status.SubDetail) bool) {
		for _, a := range accounts {
			for _, sub := range a.Interest().All() {
				cid := uint64(0)
				if s, ok := sub.Sink().(*client.Session); ok {
					cid = s.ID()
				}
				if !yield(detail(a.Name(), cid, sub)) {
					return
				}
			}
		}
	}
}

// Healthz tells whether clients are served.
func (d documents) Healthz(o status.HealthzOptions) *status.Healthz {
	return o.Select(status.Health{NotReady: d.s.notReady()})
}

// Connections are the open ones, for metrics.Source.
func (d documents) Connections() []status.Connection {
	open := d.s.hub.Open()
	list := make([]status.Connection, len(open))
	for i := range open {
		list[i] = connection(&open[i])
	}
	return list
}

// Operations is what metrics has besides the documents.
func (d documents) Operations() metrics.Operations {
	h := d.s.hub.Operations()
	o := metrics.Operations{
		LameDuck:          d.s.inLameDuck(),
		Closed:            make(map[string]uint64, len(h.Closed)),
		PublishViolations: uint64(h.PublishViolations), SubscribeViolations: uint64(h.SubscribeViolations),
	}
	for reason, n := range h.Closed {
		o.Closed[string(reason)] = n
	}
	o.Reloads, o.FailedReloads, o.LastReloadFailed = d.s.reloads.counts()
	return o
}
