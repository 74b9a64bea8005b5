package server

import (
	"os"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/edge/client"
	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/internal/observe/sysevents"
	"sinew.dev/sinew/internal/version"
)

// newSystem makes the server's part of the system account, and lets it hear of the clients; nil: there is no system
// account.
func newSystem(s *Server, c *config.Config) *sysevents.System {
	if c.SystemAccount == "" {
		return nil
	}
	system := sysevents.New(sysevents.Options{
		Account: s.broker.Account(c.SystemAccount), Global: account.Global, Info: s.systemInfo(c),
		Source: systemDocuments{documents{s}}, Control: control{s}, Log: s.log,
		CommandLine: redactedArgs(os.Args),
	})
	s.hub.Listen(client.Events{
		Connected: func(session *client.Session) {
			system.Connected(session.AccountName(), openRow{session}.Describe)
		},
		Disconnected: func(closed *client.Snapshot) {
			system.Disconnected(closed.Account, closedRow{closed}.Describe)
		},
		AuthFailed: func(session *client.Session) {
			var in *broker.Account
			if session.Introduced() {
				in = s.broker.Account(session.AccountName())
			}
			system.AuthFailed(in, openRow{session}.Describe)
		},
		Counted: system.Counted,
	})
	return system
}

// systemInfo is how the server describes itself in the system account.
func (s *Server) systemInfo(c *config.Config) sysevents.ServerInfo {
	info := s.hub.Info()
	return sysevents.ServerInfo{
		Name: info.ServerName, Host: info.Host, ID: s.id, Version: version.Speaks,
		Tags: c.ServerTags, Metadata: c.ServerMetadata, FeatureFlags: featureFlags(c),
	}
}

// systemDocuments makes what can be asked for in the system account, as sysevents.Source.
type systemDocuments struct{ documents }

// Varz is that of the monitor, with how often it was asked.
func (d systemDocuments) Varz() *status.Varz {
	v := d.documents.Varz()
	v.HTTPReqStats = d.s.monitor.documents.Requests()
	return v
}

// Statsz tells of the load in short.
func (d systemDocuments) Statsz() *sysevents.ServerStats {
	v := d.documents.Varz()
	sent := status.DataStats{MsgBytes: status.MsgBytes{Msgs: v.OutMsgs, Bytes: v.OutBytes}}
	received := status.DataStats{MsgBytes: status.MsgBytes{Msgs: v.InMsgs, Bytes: v.InBytes}}
	stats := &sysevents.ServerStats{
		Start: v.Start, Mem: v.Mem, Cores: v.Cores, CPU: v.CPU, Connections: v.Connections,
		TotalConnections: v.TotalConnections, ActiveAccounts: d.activeAccounts(), NumSubs: v.Subscriptions,
		Sent: sent, SentToClients: sent, Received: received, ReceivedClients: received,
		SlowConsumers: v.SlowConsumers, Stale: v.StaleConnections, StalledClients: v.StalledClients,
		ActiveServers: 1, MemLimit: v.MemLimit, MaxProcs: v.MaxProcs,
	}
	if stats.SlowConsumers > 0 {
		stats.SlowStats = v.SlowConsumerStats
	}
	if stats.Stale > 0 {
		stats.StaleStats = v.StaleStats
	}
	return stats
}

// activeAccounts is how many accounts have connections.
func (d systemDocuments) activeAccounts() (n int) {
	for _, a := range d.s.broker.Accounts() {
		if a.Connections() > 0 {
			n++
		}
	}
	return n
}

// control is what can be done to the server in the system account, as sysevents.Control.
type control struct{ s *Server }

func (c control) Reload() error             { return c.s.Reload() }
func (c control) Kick(cid uint64) error     { return c.s.hub.Kick(cid) }
func (c control) LameDuck(cid uint64) error { return c.s.hub.LameDuckOne(cid) }

// UserInfo says who a client is, by what it may do now.
func (c control) UserInfo(from broker.Sink) sysevents.UserInfo {
	session, ok := from.(*client.Session)
	if !ok {
		return sysevents.UserInfo{}
	}
	snapshot := session.Snapshot()
	info := sysevents.UserInfo{User: snapshot.User, Account: snapshot.Account, AccountName: snapshot.Account}
	id := session.Identity()
	if id == nil || id.Permissions == nil {
		return info
	}
	o := id.Permissions.Options()
	info.Permissions = &sysevents.Permissions{
		Publish:   subjectPermission(o.PublishAllow, o.PublishDeny),
		Subscribe: subjectPermission(o.SubscribeAllow, o.SubscribeDeny),
	}
	if r := o.Responses; r != nil {
		info.Permissions.Responses = &sysevents.ResponsePermission{MaxMsgs: r.Max, Expires: r.Expires}
	}
	return info
}

func subjectPermission(allow, deny []string) *sysevents.SubjectPermission {
	if len(allow) == 0 && len(deny) == 0 {
		return nil
	}
	return &sysevents.SubjectPermission{Allow: allow, Deny: deny}
}
