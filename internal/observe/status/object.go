package status

import (
	"encoding/json"
	"strconv"
	"time"
)

// object appends a JSON object to text the way json.MarshalIndent does with two spaces, many times faster: for documents
// with very many rows. Members are written in the order of the calls; those of the methods that end in "Some" are left out
// when they are empty.
type object struct {
	text   []byte
	indent string // of the members, with a line feed before
	used   bool
}

func (o *object) open(indent string) {
	o.text = append(o.text, '{')
	o.indent = indent
}

func (o *object) close() {
	if o.used {
		o.text = append(o.text, o.indent[:len(o.indent)-2]...)
	}
	o.text = append(o.text, '}')
}

func (o *object) name(name string) {
	if o.used {
		o.text = append(o.text, ',')
	}
	o.used = true
	o.text = append(append(append(o.text, o.indent...), '"'), name...)
	o.text = append(o.text, `": `...)
}

func (o *object) string(name, value string) {
	o.name(name)
	o.text = appendString(o.text, value)
}

func (o *object) stringSome(name, value string) {
	if value != "" {
		o.string(name, value)
	}
}

func (o *object) int(name string, value int64) {
	o.name(name)
	o.text = strconv.AppendInt(o.text, value, 10)
}

func (o *object) intSome(name string, value int64) {
	if value != 0 {
		o.int(name, value)
	}
}

func (o *object) uint(name string, value uint64) {
	o.name(name)
	o.text = strconv.AppendUint(o.text, value, 10)
}

func (o *object) boolSome(name string, value bool) {
	if value {
		o.name(name)
		o.text = append(o.text, "true"...)
	}
}

func (o *object) time(name string, value time.Time) {
	o.name(name)
	o.text = append(o.text, '"')
	o.text = value.AppendFormat(o.text, time.RFC3339Nano)
	o.text = append(o.text, '"')
}

// listSome writes the items of a list; item appends one, which begins behind its indentation.
func listSome[T any](o *object, name string, list []T, item func(text []byte, indent string, value *T) []byte) {
	if len(list) == 0 {
		return
	}
	o.name(name)
	indent := o.indent + "  "
	o.text = append(o.text, '[')
	for i := range list {
		if i > 0 {
			o.text = append(o.text, ',')
		}
		o.text = append(o.text, indent...)
		o.text = item(o.text, indent, &list[i])
	}
	o.text = append(append(o.text, o.indent...), ']')
}

func stringItem(text []byte, _ string, value *string) []byte { return appendString(text, *value) }

// appendString appends s as JSON; what has nothing to be escaped is copied.
func appendString(text []byte, s string) []byte {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			escaped, err := json.Marshal(s)
			if err != nil {
				return append(text, `""`...) // a string can always be encoded
			}
			return append(text, escaped...)
		}
	}
	return append(append(append(text, '"'), s...), '"')
}
