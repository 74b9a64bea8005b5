package auth

import "time"

// Defaults of ResponseOptions.
const (
	DefaultResponseMessages = 1
	DefaultResponseExpires  = 2 * time.Minute
)

// PermissionOptions is what a user may do. An empty allow list allows everything, a deny entry wins over all allows.
// Subjects may have wildcards.
type PermissionOptions struct {
	PublishAllow, PublishDeny []string
	// Subscribe entries are "subject", or "subject queue" for members of the queue groups that queue matches; it may
	// have wildcards too.
	SubscribeAllow, SubscribeDeny []string
	// Responses, if not nil, lets the client answer at the reply subjects of messages it gets. Without PublishAllow
	// it may then publish nothing else.
	Responses *ResponseOptions
}

// ResponseOptions bounds the answers to one message.
type ResponseOptions struct {
	Max     int           // messages; 0: DefaultResponseMessages; negative: any number
	Expires time.Duration // after delivery; 0: DefaultResponseExpires; negative: never
}

// Permissions answers what a user may do. It is immutable, and safe for concurrent use.
type Permissions struct {
	publishAllow, publishDeny     subjectSet
	subscribeAllow, subscribeDeny subjectSet
	publishLimited                bool // only publishAllow
	subscribeLimited              bool // only subscribeAllow
	responses                     *ResponseOptions
	options                       PermissionOptions
}

// NewPermissions checks and compiles o. The error names the first entry that is no subject or queue.
func NewPermissions(o PermissionOptions) (*Permissions, error) {
	p := &Permissions{
		publishLimited:   len(o.PublishAllow) > 0 || o.Responses != nil,
		subscribeLimited: len(o.SubscribeAllow) > 0,
		options:          o,
	}
	for _, list := range []struct {
		set     *subjectSet
		entries []string
		parse   func(string) (subj, queue string, err error)
	}{
		{&p.publishAllow, o.PublishAllow, parsePublish},
		{&p.publishDeny, o.PublishDeny, parsePublish},
		{&p.subscribeAllow, o.SubscribeAllow, parseSubscribe},
		{&p.subscribeDeny, o.SubscribeDeny, parseSubscribe},
	} {
		for _, entry := range list.entries {
			subj, queue, err := list.parse(entry)
			if err != nil {
				return nil, err
			}
			list.set.add(subj, queue)
		}
	}
	if o.Responses != nil {
		p.responses = o.Responses.withDefaults()
	}
	return p, nil
}

func (o ResponseOptions) withDefaults() *ResponseOptions {
	if o.Max == 0 {
		o.Max = DefaultResponseMessages
	}
	if o.Expires == 0 {
		o.Expires = DefaultResponseExpires
	}
	return &o
}

// Options is what the permissions were made of; defaults of Responses are filled in. It must not be changed.
func (p *Permissions) Options() PermissionOptions {
	o := p.options
	o.Responses = p.responses
	return o
}

// CanPublish reports whether subj may be published to, answers under Responses aside. It does not allocate.
func (p *Permissions) CanPublish(subj []byte) bool {
	if covers(&p.publishDeny, subj, "") {
		return false
	}
	return !p.publishLimited || covers(&p.publishAllow, subj, "")
}

// CanSubscribe reports whether a subscription is allowed; queue is empty for one without a group. A subject with
// wildcards needs to match an entry as if it were a literal. What it covers beyond its entry, or within a deny entry,
// is then not delivered: when filtered is true CanReceive must be asked about each message.
func (p *Permissions) CanSubscribe(subj, queue string) (allowed, filtered bool) {
	if p.subscribeLimited && !p.subscribeAllow.grants(subj, queue) {
		return false, false
	}
	if covers(&p.subscribeDeny, subj, queue) {
		return false, false
	}
	filtered = p.subscribeDeny.overlaps(subj, queue) || (p.subscribeLimited && !p.subscribeAllow.contains(subj, queue))
	return true, filtered
}

// CanReceive reports whether a message on subj may be delivered to a subscription that CanSubscribe allowed. It does
// not allocate.
func (p *Permissions) CanReceive(subj []byte, queue string) bool {
	if covers(&p.subscribeDeny, subj, queue) {
		return false
	}
	return !p.subscribeLimited || covers(&p.subscribeAllow, subj, queue)
}

// Responses returns how many messages may answer each one delivered, and for how long; negative values are no limit.
// It reports false when answers need permission like any other message.
func (p *Permissions) Responses() (limit int, expires time.Duration, ok bool) {
	if p.responses == nil {
		return 0, 0, false
	}
	return p.responses.Max, p.responses.Expires, true
}

// unrestricted reports whether asking is a waste of time.
func (p *Permissions) unrestricted() bool {
	return !p.publishLimited && !p.subscribeLimited && p.publishDeny.empty() && p.subscribeDeny.empty() && p.responses == nil
}
