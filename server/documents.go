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
		GitCommit: info.GitCommit, GoVersion: info.GoVersion, Host: c.Host, Port: info.Port,
		AuthRequired: info.AuthRequired, TLSRequired: info.TLSRequired, TLSVerify: info.TLSVerify,
		MaxConnections: c.Limits.MaxConnections, MaxSubscriptions: c.Limits.MaxSubscriptions,
		PingInterval: c.PingInterval, PingMax: c.PingMax,
		HTTPHost: monitorHost(c), HTTPPort: max(c.Monitor.Port, 0), HTTPSPort: max(c.Monitor.HTTPSPort, 0),
		HTTPBasePath: c.Monitor.BasePath, AuthTimeout: c.AuthTimeout().Seconds(),
		MaxControlLine: c.Limits.MaxControlLine, MaxPayload: int(c.Limits.MaxPayload), MaxPending: c.Limits.MaxPending,
		WriteDeadline: c.Limits.WriteDeadline, TLSTimeout: config.DefaultTLSTimeout.Seconds(),
		Start: s.start.UTC(), Now: now.UTC(), Uptime: status.Uptime(now.Sub(s.start)),
		Cores: runtime.NumCPU(), MaxProcs: runtime.GOMAXPROCS(0),
		ConfigLoadTime: loaded.UTC(), ConfigDigest: c.Digest, Tags: c.ServerTags, Metadata: c.ServerMetadata,
		FeatureFlags: featureFlags(c), SystemAccount: c.SystemAccount,
	}
	if s.monitor.find("http") != nil {
		v.HTTPPort = portOf(s.monitor.find("http").Addr())
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
	v.StaleConnections = h.Stale
	if h.Stale > 0 {
		v.StaleStats = &status.KindCounts{Clients: uint64(h.Stale)}
	}
	v.StalledClients = d.s.engine.Stats().Stalls
	v.DiskIOWaitStats = &status.DiskIOWait{}
	v.Subscriptions = uint32(h.Subscriptions)
}

// Connz tells of connections.
func (d documents) Connz(o status.ConnzOptions) (*status.Connz, error) {
	source := status.ConnzSource{ServerID: d.s.id, Now: time.Now()}
	source.HasAccount = func(name string) bool { return d.s.broker.Find(name) != nil }
	if o.State != status.ConnClosed {
		source.Open = func() []status.Connection { return rows(d.s.hub.Open()) }
	}
	if o.State != status.ConnOpen {
		source.Closed = func() []status.Connection { return rows(d.s.hub.ClosedConnections()) }
	}
	return o.Select(source)
}

func rows(snapshots []client.Snapshot) []status.Connection {
	list := make([]status.Connection, 0, len(snapshots))
	for i := range snapshots {
		list = append(list, row(&snapshots[i]))
	}
	return list
}

// subsWait is how long a connection's worker may take to tell its subscriptions.
const subsWait = 500 * time.Millisecond

func row(c *client.Snapshot) status.Connection {
	return status.Connection{
		ID: c.ID, Host: c.Host, Port: c.Port, Start: c.Start, LastActivity: c.LastActivity, Stop: c.Stop,
		Reason: string(c.Reason), RTT: c.RTT, Pending: c.Pending,
		InMsgs: c.InMsgs, InBytes: c.InBytes, OutMsgs: c.OutMsgs, OutBytes: c.OutBytes, NumSubs: c.NumSubs,
		Name: c.Name, Lang: c.Lang, Version: c.Version, Account: c.Account, User: c.User, JWT: c.JWT,
		TLS: c.TLS, TLSFirst: c.TLSFirst,
		Subscriptions: func() []status.SubDetail {
			var subs []status.SubDetail
			for _, sub := range c.Subscriptions(subsWait) {
				subs = append(subs, detail(c.Account, c.ID, sub))
			}
			return subs
		},
	}
}

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
func (d documents) Connections() []status.Connection { return rows(d.s.hub.Open()) }

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
