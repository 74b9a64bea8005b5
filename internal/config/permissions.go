package config

import (
	"strings"
	"time"

	"sinew.dev/sinew/internal/config/lang"
)

// Defaults of allow_responses.
const (
	DefaultResponseMessages = 1
	DefaultResponseExpires  = 2 * time.Minute
)

var permissionsBlock = &block[Permissions]{
	fields: map[string]setter[Permissions]{
		"publish":         setRule(func(p *Permissions) **Rule { return &p.Publish }, 1),
		"subscribe":       setRule(func(p *Permissions) **Rule { return &p.Subscribe }, 2),
		"allow_responses": setResponses,
	},
	aliases: map[string]string{
		"pub": "publish", "import": "publish", "sub": "subscribe", "export": "subscribe",
		"publish_allow_responses": "allow_responses",
	},
	unknown: "Unknown field %q parsing permissions",
}

var ruleBlock = &block[rule]{
	fields: map[string]setter[rule]{
		"allow": func(d *decoder, e entry, into *rule) { into.Allow = d.subjects(e, into.words) },
		"deny":  func(d *decoder, e entry, into *rule) { into.Deny = d.subjects(e, into.words) },
	},
	unknown: "Unknown field name %q parsing subject permissions, only 'allow' or 'deny' are permitted",
}

// rule is a Rule being read. Its entries have at most so many words: a subject, and for subscriptions a
// queue.
type rule struct {
	Rule
	words int
}

var responsesBlock = &block[Responses]{
	fields: map[string]setter[Responses]{
		"max":     number(func(r *Responses) *int { return &r.MaxMessages }),
		"expires": setExpires,
	},
	aliases: map[string]string{
		"max_msgs": "max", "max_messages": "max", "max_responses": "max",
		"expiration": "expires", "ttl": "expires",
	},
	unknown: "Unknown field %q parsing permissions",
}

// permissions reads a permissions block. It is nil when the block restricts nothing or is faulty.
func (d *decoder) permissions(e entry) *Permissions {
	if e.value.Kind != lang.Object {
		d.fault(e.pos, "Expected permissions to be a map/struct, got %s", e.value.Kind)
		return nil
	}
	p := &Permissions{Position: e.pos}
	decode(d, permissionsBlock, e, e.value.Map, p)
	if p.AllowResponses != nil {
		p.restrictPublish()
	}
	return p
}

// restrictPublish makes replies the only thing to publish when responses are allowed and no subject is.
func (p *Permissions) restrictPublish() {
	if p.Publish == nil {
		p.Publish = &Rule{}
	}
	if p.Publish.Allow == nil {
		p.Publish.Allow = []string{}
	}
}

// setRule takes a subject, a list of them, or a map of lists. What lists nothing restricts nothing.
func setRule(field func(*Permissions) **Rule, words int) setter[Permissions] {
	return func(d *decoder, e entry, into *Permissions) {
		r := rule{words: words}
		if e.value.Kind == lang.Object {
			decode(d, ruleBlock, e, e.value.Map, &r)
		} else {
			r.Allow = d.subjects(e, words)
		}
		*field(into) = nil
		if r.Allow != nil || r.Deny != nil {
			*field(into) = &r.Rule
		}
	}
}

// subjects takes a subject or a list of them; nil when there is none.
func (d *decoder) subjects(e entry, words int) []string {
	list, ok := d.strings(e.value, func(v *lang.Value) {
		if v != e.value {
			d.fault(v.Pos, "Subject in permissions array cannot be cast to string")
			return
		}
		d.fault(e.pos, "Expected subject permissions to be a subject, or array of subjects, got %s", v.Kind)
	})
	if !ok || len(list) == 0 {
		return nil
	}
	for _, subject := range list {
		if n := len(strings.Fields(subject)); n == 0 || n > words {
			d.fault(e.pos, "subject %q is not a valid subject", subject)
		}
	}
	return list
}

func setResponses(d *decoder, e entry, into *Permissions) {
	responses := &Responses{}
	switch e.value.Kind {
	case lang.Bool:
		if !e.value.Truth {
			into.AllowResponses = nil
			return
		}
	case lang.Object:
		decode(d, responsesBlock, e, e.value.Map, responses)
	default:
		d.fault(e.pos, "error parsing response permissions, expected a boolean or a map")
	}
	if responses.MaxMessages == 0 {
		responses.MaxMessages = DefaultResponseMessages
	}
	if responses.Expires == 0 {
		responses.Expires = DefaultResponseExpires
	}
	into.AllowResponses = responses
}

func setExpires(d *decoder, e entry, into *Responses) {
	if e.value.Kind != lang.String {
		d.fault(e.pos, "error parsing expires, not a duration string")
		return
	}
	if t, ok := d.parseDuration(e); ok {
		into.Expires = t
	}
}
