package sysevents

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
)

// service is one of the documents that can be asked for: of this server, of all servers, or of one account.
type service struct {
	name    string
	options func() filtered // a new body, to be filled
	// make makes the document. account is the token of the subject, or the requester's account; empty: the whole server.
	make func(s *System, o filtered, account string) (any, error)
}

// errSilent: the request is not answered.
var errSilent = errors.New("no answer")

// of makes a service whose options are of one type.
func of[T any, P interface {
	*T
	filtered
}](name string, document func(s *System, o P, account string) (any, error),
) service {
	return service{
		name:    name,
		options: func() filtered { return P(new(T)) },
		make:    func(s *System, o filtered, account string) (any, error) { return document(s, o.(P), account) },
	}
}

// serverServices are asked for with $SYS.REQ.SERVER.PING.<name> and $SYS.REQ.SERVER.<id>.<name>.
var serverServices = []service{
	of("VARZ", func(s *System, _ *VarzEventOptions, _ string) (any, error) { return s.source.Varz(), nil }),
	of("CONNZ", connz),
	of("SUBSZ", func(s *System, o *SubszEventOptions, _ string) (any, error) {
		return some(s.source.Subsz(o.SubszOptions))
	}),
	of("ROUTEZ", func(s *System, _ *RoutezEventOptions, _ string) (any, error) {
		info := s.info.Load()
		return status.NoRoutes(info.ID, info.Name, time.Now()), nil
	}),
	of("GATEWAYZ", func(s *System, _ *GatewayzEventOptions, _ string) (any, error) {
		return status.NoGateways(s.info.Load().ID, time.Now()), nil
	}),
	of("LEAFZ", leafz),
	of("ACCOUNTZ", func(s *System, o *AccountzEventOptions, _ string) (any, error) {
		return some(s.source.Accountz(o.AccountzOptions))
	}),
	of("JSZ", func(s *System, _ *JszEventOptions, _ string) (any, error) {
		return status.NoJetStream(s.info.Load().ID, time.Now()), nil
	}),
	of("HEALTHZ", func(s *System, o *HealthzEventOptions, _ string) (any, error) {
		doc := s.source.Healthz(o.HealthzOptions)
		doc.StatusCode = doc.Code()
		return doc, nil
	}),
	of("EXPVARZ", func(s *System, _ *ExpvarzEventOptions, _ string) (any, error) { return s.variables(), nil }),
	of("IPQUEUESZ", func(s *System, o *IpqueueszEventOptions, _ string) (any, error) { return s.queues(o), nil }),
	of("RAFTZ", func(*System, *RaftzEventOptions, string) (any, error) { return struct{}{}, nil }),
}

// accountServices are asked for with $SYS.REQ.ACCOUNT.<account>.<name>.
var accountServices = []service{
	of("CONNZ", connz),
	of("SUBSZ", func(s *System, o *SubszEventOptions, account string) (any, error) {
		o.Account, o.Subscriptions = account, true
		return some(s.source.Subsz(o.SubszOptions))
	}),
	of("LEAFZ", leafz),
	of("JSZ", func(*System, *JszEventOptions, string) (any, error) { return nil, errors.New("jetstream not enabled") }),
	of("INFO", func(s *System, _ *AccInfoEventOptions, account string) (any, error) {
		doc, err := s.source.Accountz(status.AccountzOptions{Account: account})
		if err != nil {
			return nil, err
		}
		return doc.Account, nil
	}),
	of("STATZ", func(s *System, o *AccountStatzEventOptions, account string) (any, error) {
		if account != everyAccount {
			o.Accounts = []string{account}
		}
		return statz(s, o)
	}),
}

// tenantServices are asked for by clients in their own account, of which alone the documents tell.
var tenantServices = map[string]service{
	"$SYS.REQ.ACCOUNT.PING.CONNZ": of("CONNZ", connz),
	"$SYS.REQ.SERVER.PING.CONNZ":  of("CONNZ", connz),
	"$SYS.REQ.ACCOUNT.PING.STATZ": of("STATZ", func(s *System, o *AccountStatzEventOptions, account string) (any, error) {
		o.Accounts = []string{account}
		return statz(s, o)
	}),
}

// everyAccount stands in place of an account's name in requests for all of them.
const everyAccount = "PING"

func connz(s *System, o *ConnzEventOptions, account string) (any, error) {
	if account != "" {
		o.Account = account
	}
	return some(s.source.Connz(o.ConnzOptions))
}

func leafz(s *System, _ *LeafzEventOptions, _ string) (any, error) {
	return status.NoLeafs(s.info.Load().ID, time.Now()), nil
}

// statz answers for accounts that are used. A server where none is stays silent, unless it is to tell of unused ones.
func statz(s *System, o *AccountStatzEventOptions) (any, error) {
	doc := s.source.AccountStatz(o.AccountStatzOptions)
	if len(doc.Accounts) == 0 && !o.IncludeUnused {
		return nil, errSilent
	}
	return doc, nil
}

// some makes a nil document, which comes with an error, a nil any.
func some[T any](doc *T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// serve answers requests in accounts where they are not answered yet. The lock is held.
func (s *System) serve(accounts []*broker.Account) {
	for _, a := range accounts {
		if s.served[a] {
			continue
		}
		s.served[a] = true
		s.tenants.Subscribe(a, "$SYS.REQ.USER.INFO", "", s.userInfo)
		if a == s.account {
			s.serveSystem()
			continue
		}
		for subject, one := range tenantServices {
			s.tenants.Subscribe(a, subject, "", func(m *broker.Received) { s.reply(s.tenants, m, one, a.Name()) })
		}
	}
}

// serveSystem answers requests in the system account.
func (s *System) serveSystem() {
	on := func(subject string, handle func(*broker.Received)) {
		s.services.Subscribe(s.account, subject, "", handle)
	}
	server := "$SYS.REQ.SERVER." + s.info.Load().ID + "."
	both := func(name string, handle func(*broker.Received)) {
		on(server+name, handle)
		on("$SYS.REQ.SERVER.PING."+name, handle)
	}
	on("$SYS.REQ.SERVER.PING", s.statsz)
	both("STATSZ", s.statsz)
	both("IDZ", s.identify)
	both("PROFILEZ", s.profilez)
	for _, one := range serverServices {
		both(one.name, func(m *broker.Received) { s.reply(s.services, m, one, "") })
	}
	for _, one := range accountServices {
		on("$SYS.REQ.ACCOUNT.*."+one.name, func(m *broker.Received) { s.reply(s.services, m, one, accountToken(m.Subject)) })
	}
	on("$SYS.REQ.ACCOUNT.*.CONNS", s.connections)
	on("$SYS.REQ.ACCOUNT.NSUBS", s.countSubscriptions)
	on("$SYS.REQ.USER.*.INFO", func(m *broker.Received) { s.send(m, &answer{Data: UserInfo{}}) })
	on("$SYS.DEBUG.SUBSCRIBERS", s.debugSubscribers)
	on(server+"RELOAD", s.reload)
	on(server+"KICK", s.kick)
	on(server+"LDM", s.lameDuckOne)
}

// accountToken is the account in a subject of accountServices.
func accountToken(subj string) string {
	_, rest, _ := strings.Cut(subj, "$SYS.REQ.ACCOUNT.")
	return rest[:strings.LastIndexByte(rest, '.')]
}

// reply answers a request for a document.
func (s *System) reply(from *broker.Local, m *broker.Received, one service, account string) {
	o := one.options()
	if !s.meant(from, m, o) {
		return
	}
	doc, err := one.make(s, o, account)
	switch {
	case errors.Is(err, errSilent):
	case err != nil:
		refused := &answer{Data: json.RawMessage("null"), Error: &apiError{http.StatusInternalServerError, err.Error()}}
		s.sendFrom(from, m, refused)
	default:
		s.deliver(from, m, doc)
	}
}

// deliver answers a request with a document, compressed if that is asked for.
func (s *System) deliver(from *broker.Local, m *broker.Received, doc any) {
	if m.Reply == "" {
		return
	}
	if body := s.encode(&answer{Server: s.stamp(time.Now()), Data: doc}); body != nil {
		header, body := compress(m.Header, body)
		from.Answer(m, header, body)
	}
}

// meant reads a request's options and reports whether it is for this server. Options that make no sense are answered.
func (s *System) meant(from *broker.Local, m *broker.Received, o filtered) bool {
	if err := parse(m.Payload, o); err != nil {
		s.sendFrom(from, m, &answer{Error: &apiError{http.StatusBadRequest, describe(err)}})
		return false
	}
	return o.filter().fits(s.info.Load())
}

// send answers a request of the system account.
func (s *System) send(m *broker.Received, a *answer) { s.sendFrom(s.services, m, a) }

func (s *System) sendFrom(from *broker.Local, m *broker.Received, a *answer) {
	a.Server = s.stamp(time.Now())
	if body := s.encode(a); body != nil {
		from.Answer(m, nil, body)
	}
}
