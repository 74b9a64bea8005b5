package config

import (
	"math"
	"strings"
	"time"

	"sinew.dev/sinew/internal/config/lang"
)

// entry is one key of a file on its way into the configuration.
type entry struct {
	// block is the dotted name of the block it stands in, and name its own, both in canonical words.
	block, name string
	// key is the name as it was written, in lower case.
	key   string
	pos   Position
	value *lang.Value
}

// inside is the parent of what stands in a block.
func inside(block string) entry { return entry{block: block} }

// path is the whole dotted name, "authorization.users[].nkey". It is put together when it is asked for: a file may have
// very many entries.
func (e entry) path() string {
	if e.name == "" {
		return e.block
	}
	return join(e.block, e.name)
}

// setter takes one entry into the part of the configuration it belongs to.
type setter[T any] func(d *decoder, e entry, into *T)

// block is what a map of the file may hold: its keys, by canonical name, and their other names. A nil
// setter marks a key of a feature that is not here yet.
type block[T any] struct {
	fields  map[string]setter[T]
	aliases map[string]string
	// unknown is the message for other keys, with one %q.
	unknown string
}

// decode takes a map of the file into the configuration, key by key in the order of the text.
func decode[T any](d *decoder, b *block[T], parent entry, m *lang.Map, into *T) {
	path := parent.path()
	// Places are kept of what stands once in a file.
	place := !strings.Contains(path, "[]")
	for _, raw := range m.Entries() {
		key := strings.ToLower(raw.Key)
		name := key
		if canonical, ok := b.aliases[key]; ok {
			name = canonical
		}
		set, known := b.fields[name]
		e := entry{block: path, name: name, key: key, pos: raw.KeyPos, value: raw.Value}
		switch {
		case known && set == nil:
			if !inert(name, raw.Value) {
				d.fault(e.pos, "%q is not supported yet", e.path())
			}
		case known:
			if place {
				d.origins[e.path()] = e.pos
			}
			set(d, e, into)
		case !raw.Variable:
			d.unknown(b.unknown, e.pos, raw.Key, b.names())
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// inert reports whether a value turns the feature of its key off, or asks nothing of it. JetStream is on
// in an empty map too.
func inert(name string, v *lang.Value) bool {
	switch v.Kind {
	case lang.Bool:
		return !v.Truth
	case lang.String:
		return v.Text == "" || strings.EqualFold(v.Text, "disabled")
	case lang.List:
		return len(v.List) == 0
	case lang.Object:
		return v.Map.Len() == 0 && name != "jetstream"
	}
	return false
}

// names are all the words a block knows.
func (b *block[T]) names() []string {
	names := make([]string, 0, len(b.fields)+len(b.aliases))
	for name := range b.fields {
		names = append(names, name)
	}
	for name := range b.aliases {
		names = append(names, name)
	}
	return names
}

// unknown reports a key that nobody knows, and the known one it may have been meant for.
func (d *decoder) unknown(format string, at Position, key string, known []string) {
	if format == "" {
		format = "unknown field %q"
	}
	if near := nearest(strings.ToLower(key), known); near != "" {
		d.fault(at, format+" (did you mean %q?)", key, near)
		return
	}
	d.fault(at, format, key)
}

// wrong reports a value of the wrong type.
func (d *decoder) wrong(e entry, want string) {
	d.fault(e.pos, "invalid use of field %q: expected %s, got %s", e.key, want, e.value.Kind)
}

// is reports whether the value has a type, and records a fault if not.
func (d *decoder) is(e entry, kind lang.Kind) bool {
	if e.value.Kind == kind {
		return true
	}
	d.wrong(e, kind.String())
	return false
}

func boolean[T any](field func(*T) *bool) setter[T] {
	return func(d *decoder, e entry, into *T) {
		if d.is(e, lang.Bool) {
			*field(into) = e.value.Truth
		}
	}
}

func text[T any](field func(*T) *string) setter[T] {
	return func(d *decoder, e entry, into *T) {
		if d.is(e, lang.String) {
			*field(into) = e.value.Text
		}
	}
}

// number takes an integer of any size that fits the field.
func number[T any, N int | int32 | int64](field func(*T) *N) setter[T] {
	return func(d *decoder, e entry, into *T) {
		if !d.is(e, lang.Int) {
			return
		}
		n := N(e.value.Number)
		if int64(n) != e.value.Number {
			d.fault(e.pos, "%s value is too big", e.key)
			return
		}
		*field(into) = n
	}
}

// orDefault is number for limits where zero means the default.
func orDefault[T any, N int | int32 | int64](field func(*T) *N, zero N) setter[T] {
	set := number(field)
	return func(d *decoder, e entry, into *T) {
		set(d, e, into)
		if *field(into) == 0 {
			*field(into) = zero
		}
	}
}

func (d *decoder) parseDuration(e entry) (time.Duration, bool) {
	t, err := time.ParseDuration(e.value.Text)
	if err != nil {
		d.fault(e.pos, "error parsing %s: %v", e.key, err)
		return 0, false
	}
	return t, true
}

// seconds takes a duration string, or with a warning a number of seconds. Zero means the default.
func seconds[T any](field func(*T) *time.Duration, zero time.Duration) setter[T] {
	return func(d *decoder, e entry, into *T) {
		switch e.value.Kind {
		case lang.Int:
			d.warn(e.pos, "invalid use of field %q: %s should be converted to a duration", e.key, e.key)
			if t, ok := wholeSeconds(e.value.Number); ok {
				*field(into) = t
			} else {
				d.fault(e.pos, "%s value is too big", e.key)
			}
		case lang.String:
			if t, ok := d.parseDuration(e); ok {
				*field(into) = t
			}
		default:
			d.wrong(e, "a duration")
		}
		if *field(into) == 0 {
			*field(into) = zero
		}
	}
}

func wholeSeconds(n int64) (time.Duration, bool) {
	const most = math.MaxInt64 / int64(time.Second)
	return time.Duration(n) * time.Second, -most <= n && n <= most
}

// floatSeconds takes the timeouts of tls and authorization: a number of seconds, whole or not, or a
// duration string. what names the block in error messages.
func (d *decoder) floatSeconds(e entry, what string) (time.Duration, bool) {
	switch v := e.value; v.Kind {
	case lang.Int:
		if t, ok := wholeSeconds(v.Number); ok {
			return t, true
		}
	case lang.Float:
		if ns := v.Real * float64(time.Second); math.Abs(ns) < math.MaxInt64 {
			return time.Duration(ns), true
		}
	case lang.String:
		t, err := time.ParseDuration(v.Text)
		if err != nil {
			d.fault(e.pos, "error parsing %s config, 'timeout' %v", what, err)
		}
		return t, err == nil
	default:
		d.fault(e.pos, "error parsing %s config, 'timeout' wrong type", what)
		return 0, false
	}
	d.fault(e.pos, "error parsing %s config, 'timeout' is too big", what)
	return 0, false
}

// strings takes one string or a list of them. complain is called with the value that is neither.
func (d *decoder) strings(v *lang.Value, complain func(*lang.Value)) ([]string, bool) {
	if v.Kind == lang.String {
		return []string{v.Text}, true
	}
	if v.Kind != lang.List {
		complain(v)
		return nil, false
	}
	list := make([]string, 0, len(v.List))
	for _, item := range v.List {
		if item.Kind != lang.String {
			complain(item)
			return nil, false
		}
		list = append(list, item.Text)
	}
	return list, true
}
