package stream

import (
	"sinew.dev/sinew/internal/jetstream/jsapi"
	"sinew.dev/sinew/internal/subject"
)

// subjects checks what the stream listens to.
func (k *check) subjects() *jsapi.Error {
	if len(k.Subjects) == 0 {
		if k.Mirror == nil && len(k.Sources) == 0 {
			k.Subjects = []string{k.Name}
		}
		return nil
	}
	for i, s := range k.Subjects {
		if !subject.ValidConfig(s) {
			return invalid("invalid subject")
		}
		if !k.NoAck {
			if err := reserved(s); err != nil {
				return err
			}
		}
		for _, other := range k.Subjects[:i] {
			if subject.Overlap(s, other) {
				return invalid("subject %q overlaps with %q", s, other)
			}
		}
	}
	return nil
}

// reserved refuses what would acknowledge messages that nobody stored on purpose, and could go on doing so for ever.
func reserved(s string) *jsapi.Error {
	switch {
	case s == ">":
		return invalid("capturing all subjects requires no-ack to be true")
	case overlapsAPI(s):
		return invalid("subjects that overlap with jetstream api require no-ack to be true")
	case subject.Overlap(s, "$SYS.>") && !subject.IsSubset(s, "$SYS.ACCOUNT.>"):
		return invalid("subjects that overlap with system api require no-ack to be true")
	}
	return nil
}

func overlapsAPI(s string) bool {
	if subject.Overlap(s, "$JSC.>") || subject.Overlap(s, "$NRG.>") {
		return true
	}
	return subject.Overlap(s, "$JS.>") && !subject.IsSubset(s, "$JS.EVENT.>")
}

// transforms checks what becomes of the subjects of messages that come in, and where they are published once more.
func (k *check) transforms() *jsapi.Error {
	if t := k.SubjectTransform; t != nil && *t != (jsapi.SubjectTransform{}) {
		if t.Source != "" && !subject.Valid(t.Source) {
			return jsapi.ErrStreamTransformInvalidSource.Because("invalid subject " + t.Source)
		}
		if err := validTransform(t.Source, t.Destination); err != nil {
			return jsapi.ErrStreamTransformInvalidDestination.Because(err.Error())
		}
	}
	return k.republish()
}

func (k *check) republish() *jsapi.Error {
	r := k.Republish
	if r == nil {
		return nil
	}
	if r.Source == "" {
		if k.pedantic {
			return pedantic("republish source can not be empty")
		}
		r = &jsapi.Republish{Source: ">", Destination: r.Destination, HeadersOnly: r.HeadersOnly}
		k.Republish = r
	}
	for _, s := range k.Subjects {
		if s == ">" || (r.Destination != "" && subject.Overlap(r.Destination, s)) {
			return invalid("stream configuration for republish destination forms a cycle")
		}
	}
	if r.Destination == "" {
		return nil
	}
	if _, err := subject.NewTransform(r.Source, r.Destination); err != nil {
		return invalid("stream configuration for republish with transform from '%s' to '%s' not valid", r.Source, r.Destination)
	}
	return nil
}
