package auth

import (
	"fmt"
	"strings"

	"sinew.dev/sinew/internal/subject"
)

// subjectSet is a list of permission entries: a subject is looked up, then those with wildcards are tried in turn.
type subjectSet struct {
	entries   []*entry          // in the order they were named
	index     map[string]*entry // by pattern; nil while there are few
	literals  int               // entries without wildcards: zero saves looking a subject up
	wildcards []*entry
}

// few is how many entries are compared one by one. Most lists are that short, and there may be very many lists.
const few = 4

// entry is all that one list says about one subject.
type entry struct {
	pattern string
	prefix  string   // of a pattern with wildcards, before the first: most subjects differ there already
	rest    bool     // all with this prefix match: only > follows it
	plain   bool     // named without a queue: for any subscription
	queues  []string // patterns of the queue groups named with it
}

func parsePublish(text string) (subj, queue string, err error) {
	if !subject.ValidConfig(text) {
		return "", "", fmt.Errorf("subject %q is not a valid subject", text)
	}
	return text, "", nil
}

func parseSubscribe(text string) (subj, queue string, err error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return parsePublish(text)
	}
	if _, _, err := parsePublish(fields[0]); err != nil {
		return "", "", err
	}
	if !subject.ValidConfig(fields[1]) {
		return "", "", fmt.Errorf("queue %q is not a valid queue", fields[1])
	}
	return fields[0], fields[1], nil
}

func (s *subjectSet) add(subj, queue string) {
	e := s.entry(subj)
	if queue == "" {
		e.plain = true
		return
	}
	e.queues = append(e.queues, queue)
}

// entry returns the one for pattern, a new one if need be.
func (s *subjectSet) entry(pattern string) *entry {
	if e := find(s, pattern); e != nil {
		return e
	}
	e := &entry{pattern: pattern}
	s.entries = append(s.entries, e)
	switch {
	case s.index != nil:
		s.index[pattern] = e
	case len(s.entries) > few:
		s.index = make(map[string]*entry)
		for _, e := range s.entries {
			s.index[e.pattern] = e
		}
	}
	if subject.IsLiteral(pattern) {
		s.literals++
		return e
	}
	e.prefix = literalPrefix(pattern)
	e.rest = pattern[len(e.prefix):] == ">"
	s.wildcards = append(s.wildcards, e)
	return e
}

// find is the entry whose pattern is subj, or nil. It does not allocate.
func find[S string | []byte](s *subjectSet, subj S) *entry {
	if s.index != nil {
		return s.index[string(subj)]
	}
	for _, e := range s.entries {
		if e.pattern == string(subj) {
			return e
		}
	}
	return nil
}

func (s *subjectSet) empty() bool { return len(s.entries) == 0 }

// covers reports whether an entry is about this subject and queue; an entry without a queue is about all queues, and
// only such are about "", no queue. Wildcards in a subscription's subject are taken literally.
func covers[S string | []byte](s *subjectSet, subj S, queue string) bool {
	if s.literals > 0 {
		if e := find(s, subj); e != nil && e.isFor(queue) {
			return true
		}
	}
	for _, e := range s.wildcards {
		if matches(e, subj) && e.isFor(queue) {
			return true
		}
	}
	return false
}

// grants reports whether the set, as an allow list, lets a subscription be made. When matching entries name queues, a
// member of a queue group has to be in one of those, whatever entries without a queue say.
func (s *subjectSet) grants(subj, queue string) bool {
	plain, named := false, false
	see := func(e *entry) (done bool) {
		plain = plain || e.plain
		named = named || len(e.queues) > 0
		return e.names(queue)
	}
	if e := find(s, subj); e != nil && see(e) {
		return true
	}
	for _, e := range s.wildcards {
		if matches(e, subj) && see(e) {
			return true
		}
	}
	return plain && (queue == "" || !named)
}

// contains reports whether all that a subscription can get is within one entry.
func (s *subjectSet) contains(subj, queue string) bool {
	if e := find(s, subj); e != nil && e.isFor(queue) {
		return true
	}
	for _, e := range s.wildcards {
		if e.isFor(queue) && subject.IsSubset(subj, e.pattern) {
			return true
		}
	}
	return false
}

// overlaps reports whether a subscription can get something that an entry is about.
func (s *subjectSet) overlaps(subj, queue string) bool {
	for _, e := range s.entries {
		if e.isFor(queue) && subject.Overlap(subj, e.pattern) {
			return true
		}
	}
	return false
}

// isFor reports whether the entry is about subscriptions of this queue; "" is none.
func (e *entry) isFor(queue string) bool { return e.plain || e.names(queue) }

// names reports whether one of the entry's queues matches.
func (e *entry) names(queue string) bool {
	if queue == "" {
		return false
	}
	for _, pattern := range e.queues {
		if matchQueue(pattern, queue) {
			return true
		}
	}
	return false
}

// matches reports whether the entry's pattern has wildcards that match subj. A subject with an empty token matches none.
func matches[S string | []byte](e *entry, subj S) bool {
	n := len(e.prefix)
	return len(subj) > n && string(subj[:n]) == e.prefix && (e.rest || subject.Match(e.pattern, subj)) && wellFormed(subj)
}

// wellFormed reports whether no token is empty.
func wellFormed[S string | []byte](subj S) bool {
	start := 0 // of a token
	for i := 0; i < len(subj); i++ {
		if subj[i] == '.' {
			if i == start {
				return false
			}
			start = i + 1
		}
	}
	return start < len(subj)
}

// literalPrefix returns the tokens before the first wildcard, with the dot after them.
func literalPrefix(pattern string) string {
	for start := 0; ; {
		token, _, more := strings.Cut(pattern[start:], ".")
		if token == "*" || token == ">" || !more {
			return pattern[:start]
		}
		start += len(token) + 1
	}
}

// matchQueue matches a queue group's name, token by token. A name may be anything, also one with wildcards, which are
// then within the pattern or not, or with empty tokens, which only > matches.
func matchQueue(pattern, queue string) bool {
	for {
		want, restPattern, morePattern := strings.Cut(pattern, ".")
		have, restQueue, moreQueue := strings.Cut(queue, ".")
		if want == ">" && !morePattern {
			return true
		}
		if want != have && (want != "*" || have == "" || have == ">") {
			return false
		}
		if !morePattern || !moreQueue {
			return morePattern == moreQueue
		}
		pattern, queue = restPattern, restQueue
	}
}
