package client

import (
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/proto"
	"sinew.dev/sinew/internal/subject"
)

// systemQueue is a queue group's name that only the server uses.
const systemQueue = "_sys_"

func (s *Session) subscribe(t *Turn, op *proto.Op) {
	s.endRun(t)
	if have := s.subs.find(op.SID); have != nil {
		if !have.Ended() {
			s.acknowledge(t)
			return
		}
		s.drop(have)
	}
	filtered, ok := s.maySubscribe(t, op)
	if !ok {
		return
	}
	sub := broker.NewSubscription(s, op.Subject, op.Queue, op.SID, filtered)
	s.subs.add(sub)
	s.numSubs.Store(int32(s.subs.len()))
	s.hub.subscriptions.Add(1)
	s.account.Subscribe(sub)
	s.acknowledge(t)
}

// maySubscribe checks a SUB in the order in which clients see the errors. filtered: deliveries must be checked too.
func (s *Session) maySubscribe(t *Turn, op *proto.Op) (filtered, ok bool) {
	o := s.hub.options.Load()
	subj, queue := string(op.Subject), string(op.Queue)
	if s.atSubscriptionLimit(o) {
		s.hub.log.Errorf("%s - maximum subscriptions exceeded", s)
		s.warn(t, "maximum subscriptions exceeded")
		return false, false
	}
	if o.MaxSubTokens > 0 && subject.Tokens(subj) > o.MaxSubTokens {
		s.hub.log.Errorf("%s - Subscription Violation Too Many Tokens - Subject %q, SID %s", s, subj, op.SID)
		s.warn(t, `Permissions Violation for Subscription to "`+subj+`", too many tokens`)
		return false, false
	}
	filtered, allowed := s.permitted(subj, queue)
	if !allowed {
		s.hub.subscribeViolations.Add(1)
		s.hub.log.Errorf("%s - Subscription Violation - Subject %q, SID %s", s, subj, op.SID)
		s.warn(t, subscriptionViolation(subj, queue))
		return false, false
	}
	if !subject.Valid(subj) {
		s.warn(t, "Invalid Subject")
		return false, false
	}
	return filtered, true
}

func (s *Session) permitted(subj, queue string) (filtered, allowed bool) {
	if queue == systemQueue {
		return false, false
	}
	id := s.identity.Load()
	if id == nil || id.Permissions == nil {
		return false, true
	}
	allowed, filtered = id.Permissions.CanSubscribe(subj, queue)
	return filtered, allowed
}

func subscriptionViolation(subj, queue string) string {
	text := `Permissions Violation for Subscription to "` + subj + `"`
	if queue != "" {
		text += ` using queue "` + queue + `"`
	}
	return text
}

func (s *Session) atSubscriptionLimit(o *Options) bool {
	if o.MaxSubscriptions > 0 && s.subs.len() >= o.MaxSubscriptions {
		return true
	}
	limit := s.account.Limits().MaxSubscriptions
	return limit >= 0 && s.subs.len() >= limit
}

func (s *Session) unsubscribe(t *Turn, op *proto.Op) {
	s.endRun(t)
	sub := s.subs.find(op.SID)
	if sub != nil && (op.Max <= 0 || sub.SetLimit(int64(op.Max))) {
		s.drop(sub)
	}
	s.acknowledge(t)
}

// drop removes a subscription from the account and from the session.
func (s *Session) drop(sub *broker.Subscription) {
	before := s.subs.len()
	s.subs.remove(sub)
	s.numSubs.Store(int32(s.subs.len()))
	s.hub.subscriptions.Add(int64(s.subs.len() - before))
	s.account.Unsubscribe(sub)
}
