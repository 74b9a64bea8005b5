package client

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

// Apply makes o what the hub follows from now on. Sessions that exist are looked at again, each on its own worker, a few in
// a turn, so that messages are not held up: who may not connect any more is closed, who belongs to another account now is
// moved there, subscriptions that are no longer allowed end. When there are too many connections some are closed. INFO is
// sent again if it names another address. It returns when that is done, and must not be called by a worker.
func (h *Hub) Apply(o *Options) {
	old := h.options.Load()
	h.compareSecrets(o)
	h.follow(o)
	sessions := h.all()
	rand.Shuffle(len(sessions), func(i, j int) { sessions[i], sessions[j] = sessions[j], sessions[i] })
	news := old.Info.Host != o.Info.Host || old.Info.Port != o.Info.Port || !slices.Equal(old.Info.ConnectURLs, o.Info.ConnectURLs)
	crowded := h.crowded(sessions)
	end := time.Now().Add(applyPatience)
	for i, group := 0, 0; i < len(sessions); i += group {
		group = min(applyAtOnce, len(sessions)-i)
		done := make([]chan struct{}, group)
		for j, s := range sessions[i : i+group] {
			done[j] = s.follow(o, i+j >= o.MaxConnections, crowded[s], news)
		}
		awaitSessions(sessions[i:i+group], done, end)
	}
}

// compareSecrets lets the new options find out, away from the workers, which passwords fit the hashes that they are replaced
// by: they keep the answers, which cost much.
func (h *Hub) compareSecrets(o *Options) {
	if o.Auth == nil {
		return
	}
	for _, s := range h.all() {
		if id := s.identity.Load(); id != nil {
			o.Auth.Renew(id)
		}
	}
}

// follow makes the session's worker apply new options to it, and returns what is closed when that is done.
func (s *Session) follow(o *Options, surplus, crowds, news bool) chan struct{} {
	done := make(chan struct{})
	s.conn.Post(func(w *netio.Worker) {
		defer close(done)
		t := turnOf(w)
		s.conn.SetOptions(o.Conn)
		if surplus {
			s.refuse(t, "maximum connections exceeded", MaxConnections)
			return
		}
		if crowds {
			s.refuse(t, accountFull, MaxAccountConnections)
			return
		}
		s.reconsider(t, o)
		if news && s.phase == ready && s.has(asyncInfo) && s.has(greeted) {
			s.sendInfo(t, o)
		}
	})
	return done
}

const (
	// applyAtOnce is how many sessions are looked at in one turn of all workers together: fractions of a millisecond.
	applyAtOnce = 64
	// applyPatience bounds the wait for all sessions to follow new options. Workers answer in milliseconds.
	applyPatience = 5 * time.Second
	// closedEvery is how often it is looked whether a session that does not answer has ended: then it never will.
	closedEvery = 20 * time.Millisecond
)

// awaitSessions returns when each session has done its part, or has ended, or it is too late.
func awaitSessions(sessions []*Session, done []chan struct{}, end time.Time) {
	tick := time.NewTicker(closedEvery)
	defer tick.Stop()
	for i, s := range sessions {
		for waiting := true; waiting && !s.conn.Closing(); {
			select {
			case <-done[i]:
				waiting = false
			case now := <-tick.C:
				if now.After(end) {
					return
				}
			}
		}
	}
}

// crowded are the sessions that came last in accounts which may not have so many any more.
func (h *Hub) crowded(sessions []*Session) map[*Session]bool {
	byAccount := map[string][]*Session{}
	for _, s := range sessions {
		if s.has(counted) {
			byAccount[s.accountName()] = append(byAccount[s.accountName()], s)
		}
	}
	crowded := map[*Session]bool{}
	for name, list := range byAccount {
		limit := h.broker.Account(name).Limits().MaxConnections
		if limit < 0 || len(list) <= limit {
			continue
		}
		slices.SortFunc(list, func(a, b *Session) int { return cmp.Compare(a.id, b.id) })
		for _, s := range list[limit:] {
			crowded[s] = true
		}
	}
	return crowded
}

// accountName is the account that the session is bound to, or would be. Safe for concurrent use.
func (s *Session) accountName() string {
	if id := s.identity.Load(); id != nil {
		return id.Account
	}
	return s.hub.options.Load().DefaultAccount
}

// reconsider applies new options to a session that exists.
func (s *Session) reconsider(t *Turn, o *Options) {
	if s.phase != ready {
		return // it logs in with the new options
	}
	id, ok := s.renewed(o)
	if !ok {
		if old := s.identity.Load(); old != nil && (o.Auth == nil || !o.Auth.Knows(old)) {
			s.close(ClientClosed) // who it was let in as does not exist any more
		} else {
			s.refuse(t, "Authorization Violation", AuthFailure)
		}
		return
	}
	from := s.account
	if !s.bind(t, id) {
		return
	}
	if from != s.account {
		s.moveSubscriptions(from)
	}
	s.checkSubscriptions(t)
	s.schedulePing()
}

// renewed is who the client is by new options; nil is who connects without authentication. ok is false if it may not stay.
func (s *Session) renewed(o *Options) (id *auth.Identity, ok bool) {
	old := s.identity.Load()
	switch {
	case o.Auth == nil || !o.Auth.Required():
		return nil, old == nil
	case old == nil:
		return o.Auth.NoAuthUser()
	}
	id, ok = o.Auth.Renew(old)
	return id, ok && id.AllowsConnection(auth.Standard)
}

// moveSubscriptions makes the session's subscriptions ones of its new account.
func (s *Session) moveSubscriptions(from *broker.Account) {
	old := s.subs.all()
	from.UnsubscribeAll(old)
	s.subs.clear()
	for _, was := range old {
		sub := broker.NewSubscription(s, []byte(was.Subject()), []byte(was.Queue()), []byte(was.SID()), was.Filtered())
		if limit := was.Limit(); limit > 0 {
			if limit <= was.Delivered() {
				continue
			}
			sub.SetLimit(limit - was.Delivered())
		}
		s.subs.add(sub)
		s.account.Subscribe(sub)
	}
	s.hub.subscriptions.Add(int64(s.subs.len() - len(old)))
	s.numSubs.Store(int32(s.subs.len()))
}

// checkSubscriptions ends the subscriptions that the session may not have any more.
func (s *Session) checkSubscriptions(t *Turn) {
	for _, sub := range s.subs.all() {
		filtered, allowed := s.permitted(sub.Subject(), sub.Queue())
		if allowed {
			sub.SetFiltered(filtered)
			continue
		}
		s.drop(sub)
		text := subscriptionViolation(sub.Subject(), sub.Queue()) + ` (sid "` + sub.SID() + `")`
		s.hub.log.Infof("%s - Removed subscription on %q: no longer allowed", s, sub.Subject())
		s.sendBytes(t, proto.AppendErr(nil, text))
	}
}
