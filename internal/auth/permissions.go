package auth

import (
	"fmt"
	"strings"
	"time"

	"sinew.dev/sinew/internal/subject"
)

// PermissionOptions is what a configuration says of a user's permissions. A nil rule allows everything.
type PermissionOptions struct {
	Publish, Subscribe *Rule
	// Responses lets the user publish to the reply subjects of what it gets.
	Responses *Responses
}

// Rule lists subjects. A nil Allow allows all, an empty one that is not nil none. Deny wins. In subscribe rules an entry
// may be "<subject> <queue>"; the queue may have wildcards.
type Rule struct {
	Allow, Deny []string
}

// Responses bounds allow_responses.
type Responses struct {
	MaxMessages int           // for each request; 0: one; negative: any number
	Expires     time.Duration // after the request; 0: two minutes; negative: never
}

const (
	defaultResponses       = 1
	defaultResponseExpires = 2 * time.Minute
)

// Permissions is what somebody may publish and subscribe to. It is immutable and safe for concurrent use.
type Permissions struct {
	mayPublish, notPublish     *patterns // mayPublish nil: all
	maySubscribe, notSubscribe []entry
	subscribeAll               bool // there is no list of what is allowed
	responses                  *Responses
}

// entry is one line of a subscribe rule.
type entry struct{ subject, queue string }

// NewPermissions checks and compiles permissions.
func NewPermissions(o PermissionOptions) (*Permissions, error) {
	p := &Permissions{subscribeAll: true}
	if r := o.Publish; r != nil {
		var err error
		if r.Allow != nil {
			if p.mayPublish, err = newPatterns(r.Allow); err != nil {
				return nil, err
			}
		}
		if len(r.Deny) > 0 {
			if p.notPublish, err = newPatterns(r.Deny); err != nil {
				return nil, err
			}
		}
	}
	if r := o.Subscribe; r != nil {
		var err error
		if p.maySubscribe, err = newEntries(r.Allow); err != nil {
			return nil, err
		}
		if p.notSubscribe, err = newEntries(r.Deny); err != nil {
			return nil, err
		}
		p.subscribeAll = r.Allow == nil
	}
	if o.Responses != nil {
		p.setResponses(*o.Responses)
	}
	return p, nil
}

// setResponses grants responses. Whoever may answer may publish nothing else, unless that was said.
func (p *Permissions) setResponses(r Responses) {
	if r.MaxMessages == 0 {
		r.MaxMessages = defaultResponses
	}
	if r.Expires == 0 {
		r.Expires = defaultResponseExpires
	}
	p.responses = &r
	if p.mayPublish == nil {
		p.mayPublish = &patterns{}
	}
}

func newEntries(lines []string) ([]entry, error) {
	var list []entry
	for _, line := range lines {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || len(fields) > 2 || !subject.ValidConfig(fields[0]):
			return nil, fmt.Errorf("subject %q is not a valid subject", strings.Join(fields[:min(1, len(fields))], ""))
		case len(fields) == 1:
			list = append(list, entry{subject: fields[0]})
		case !subject.ValidConfig(fields[1]):
			return nil, fmt.Errorf("queue %q is not a valid queue", fields[1])
		default:
			list = append(list, entry{fields[0], fields[1]})
		}
	}
	return list, nil
}

// CanPublish reports whether messages on subj may be published. It does not allocate.
func (p *Permissions) CanPublish(subj []byte) bool {
	return (p.mayPublish == nil || p.mayPublish.match(subj)) && (p.notPublish == nil || !p.notPublish.match(subj))
}

// CanSubscribe reports whether a subscription, of a queue group if queue is not empty, is allowed; and whether what it
// delivers must be asked for with CanReceive, because some of the subjects it covers are denied.
func (p *Permissions) CanSubscribe(subj, queue string) (allowed, filtered bool) {
	if !p.subscribeAll && !p.allowsSubscription(subj, queue) {
		return false, false
	}
	for i := range p.notSubscribe {
		d := &p.notSubscribe[i]
		if d.queue != "" && (queue == "" || !subject.Match(d.queue, queue)) {
			continue
		}
		if subject.IsSubset(subj, d.subject) {
			return false, false
		}
		filtered = filtered || subject.Overlap(subj, d.subject)
	}
	return true, filtered
}

// allowsSubscription looks through the list of what is allowed. Where an entry names a queue for the subject, a queue
// group must be one that is named.
func (p *Permissions) allowsSubscription(subj, queue string) bool {
	plain, named := false, false
	for i := range p.maySubscribe {
		e := &p.maySubscribe[i]
		if !subject.IsSubset(subj, e.subject) {
			continue
		}
		switch {
		case e.queue == "":
			plain = true
		case queue == "":
		case subject.Match(e.queue, queue):
			return true
		default:
			named = true
		}
	}
	return plain && !named
}

// CanReceive reports whether a message on subj may be delivered to a subscription that is filtered. It does not allocate.
func (p *Permissions) CanReceive(subj []byte, queue string) bool {
	for i := range p.notSubscribe {
		d := &p.notSubscribe[i]
		if d.queue != "" && (queue == "" || !subject.Match(d.queue, queue)) {
			continue
		}
		if subject.Match(d.subject, subj) {
			return false
		}
	}
	return true
}

// Responses is how answers to what is delivered are allowed: how many, and for how long; negative numbers mean no bound.
func (p *Permissions) Responses() (limit int, expires time.Duration, ok bool) {
	if p.responses == nil {
		return 0, 0, false
	}
	return p.responses.MaxMessages, p.responses.Expires, true
}

// patterns is a set of patterns.
type patterns struct {
	literals map[string]struct{}
	wild     []string
}

func newPatterns(list []string) (*patterns, error) {
	p := &patterns{literals: map[string]struct{}{}}
	for _, s := range list {
		switch {
		case !subject.ValidConfig(s):
			return nil, fmt.Errorf("subject %q is not a valid subject", s)
		case subject.IsLiteral(s):
			p.literals[s] = struct{}{}
		default:
			p.wild = append(p.wild, s)
		}
	}
	return p, nil
}

func (p *patterns) match(subj []byte) bool {
	if _, ok := p.literals[string(subj)]; ok {
		return true
	}
	for _, pattern := range p.wild {
		if subject.Match(pattern, subj) {
			return true
		}
	}
	return false
}
