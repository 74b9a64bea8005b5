package stream

import (
	"cmp"
	"fmt"
	"strings"

	"sinew.dev/sinew/internal/jetstream/jsapi"
	"sinew.dev/sinew/internal/subject"
)

// origins checks where messages come from when not from publishers.
func (k *check) origins() *jsapi.Error {
	if k.Mirror != nil {
		if err := k.mirror(); err != nil {
			return err
		}
	}
	if len(k.Sources) > 0 && k.AllowMsgSchedules {
		return jsapi.ErrSourceWithMsgSchedules
	}
	seen := map[string]bool{}
	for _, source := range k.Sources {
		if err := k.source(source, seen); err != nil {
			return err
		}
	}
	return nil
}

func (k *check) mirror() *jsapi.Error {
	m := k.Mirror
	switch {
	case k.FirstSeq > 0:
		return jsapi.ErrMirrorWithFirstSeq
	case len(k.Subjects) > 0:
		return jsapi.ErrMirrorWithSubjects
	case len(k.Sources) > 0:
		return jsapi.ErrMirrorWithSources
	case k.AllowMsgCounter:
		return jsapi.ErrMirrorWithCounters
	case k.AllowAtomicPublish:
		return jsapi.ErrMirrorWithAtomicPublish
	case k.AllowBatchPublish:
		return jsapi.ErrMirrorWithBatchPublish
	case k.AllowMsgSchedules:
		return jsapi.ErrMirrorWithMsgSchedules
	case m.FilterSubject != "" && len(m.SubjectTransforms) > 0:
		return jsapi.ErrMirrorMultipleFiltersNotAllowed
	case !validConsumer(m):
		return jsapi.ErrMirrorDurableConsumerCfgInvalid
	case k.SubjectDeleteMarkerTTL > 0:
		return invalid("subject delete markers forbidden on mirrors")
	}
	if err := transforms(m.SubjectTransforms, originErrors{
		jsapi.ErrMirrorInvalidSubjectFilter, jsapi.ErrMirrorInvalidTransformDestination, jsapi.ErrMirrorOverlappingSubjectFilters,
	}); err != nil {
		return err
	}
	if m.External == nil {
		switch {
		case !ValidName(m.Name):
			return jsapi.ErrMirrorInvalidStreamName
		case m.Name == k.Name:
			return invalid("detected cycle")
		}
		return nil
	}
	return k.external(m.External)
}

func (k *check) source(s *jsapi.StreamSource, seen map[string]bool) *jsapi.Error {
	if id := sourceID(s); seen[id] {
		return jsapi.ErrSourceDuplicateDetected
	} else {
		seen[id] = true
	}
	switch {
	case s.FilterSubject != "" && len(s.SubjectTransforms) > 0:
		return jsapi.ErrSourceMultipleFiltersNotAllowed
	case !validConsumer(s):
		return jsapi.ErrSourceDurableConsumerCfgInvalid
	}
	if err := transforms(s.SubjectTransforms, originErrors{
		jsapi.ErrSourceInvalidSubjectFilter, jsapi.ErrSourceInvalidTransformDestination, jsapi.ErrSourceOverlappingSubjectFilters,
	}); err != nil {
		return err
	}
	if s.External != nil {
		return k.external(s.External)
	}
	switch {
	case !ValidName(s.Name):
		return jsapi.ErrSourceInvalidStreamName
	case s.Name == k.Name:
		return invalid("detected cycle")
	}
	return nil
}

// originFilters checks the subjects that are wanted of others.
func (k *check) originFilters() *jsapi.Error {
	if m := k.Mirror; m != nil && m.FilterSubject != "" && !subject.Valid(m.FilterSubject) {
		return jsapi.ErrStreamCreate.Because(fmt.Sprintf("subject filter '%s' for the mirror invalid subject", m.FilterSubject))
	}
	for _, s := range k.Sources {
		if s.FilterSubject != "" && !subject.Valid(s.FilterSubject) {
			return jsapi.ErrStreamCreate.Because(fmt.Sprintf("subject filter '%s' for the source: invalid subject", s.FilterSubject))
		}
	}
	return nil
}

// sourceID is what tells sources of one stream apart.
func sourceID(s *jsapi.StreamSource) string {
	id := []string{s.Name, s.FilterSubject}
	for _, t := range s.SubjectTransforms {
		id = append(id, t.Source, t.Destination)
	}
	if s.External != nil {
		id = append(id, s.External.API, s.External.Deliver)
	}
	return strings.Join(id, "\x00")
}

// validConsumer reports whether what is said of a durable consumer makes sense: it has a name and a place, and begins where
// it is.
func validConsumer(s *jsapi.StreamSource) bool {
	c := s.Consumer
	if c == nil {
		return true
	}
	return ValidName(c.Name) && subject.ValidLiteral(c.DeliverSubject) &&
		s.OptStartSeq == 0 && s.OptStartTime == nil && s.FilterSubject == ""
}

// originErrors are the words for the same faults of a mirror and of a source.
type originErrors struct{ filter, destination, overlap *jsapi.Error }

// transforms checks the transforms of a mirror or a source.
func transforms(list []jsapi.SubjectTransform, words originErrors) *jsapi.Error {
	for i, t := range list {
		if t.Source != "" && !subject.Valid(t.Source) {
			return words.filter.Because("invalid subject " + t.Source)
		}
		if t.Destination != "" {
			if err := validTransform(t.Source, t.Destination); err != nil {
				return words.destination.Because(err.Error())
			}
		}
		for _, other := range list[:i] {
			if subject.Overlap(cmp.Or(t.Source, ">"), cmp.Or(other.Source, ">")) {
				return words.overlap
			}
		}
	}
	return nil
}

func (k *check) external(e *jsapi.External) *jsapi.Error {
	switch {
	case e.Deliver != "" && !subject.IsLiteral(e.Deliver):
		return jsapi.ErrStreamInvalidExternalDeliverySubj.With("prefix", e.Deliver)
	case e.API != "" && !subject.ValidLiteral(e.API), strings.ContainsAny(e.API, " \t\r\n\f"):
		return invalid("stream external api prefix %q must be a valid subject without wildcards", e.API)
	case e.API != "" && subject.Overlap(e.API, "$JS.API"):
		return jsapi.ErrStreamExternalApiOverlap.With("prefix", e.API, "subject", "$JS.API")
	}
	for _, s := range k.Subjects {
		if e.Deliver != "" && subject.Overlap(s, e.Deliver+".>") && subject.IsLiteral(s) {
			return jsapi.ErrStreamExternalDelPrefixOverlaps.With("prefix", e.Deliver, "subject", s)
		}
	}
	return nil
}
