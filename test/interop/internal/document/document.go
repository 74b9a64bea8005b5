// Package document makes two monitoring documents comparable: it keeps their members, the order of the members, their
// types and all values that can be equal, and replaces those that cannot by the name of what they must be.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Rules say what of a document cannot be equal on two servers.
type Rules struct {
	// Names replaces the values of members called "cid".
	Names map[string]string
	// Unordered lists are sorted: by name those members that have no order of their own.
	Unordered map[string]bool
	// Numbers are members whose number may differ.
	Numbers map[string]bool
	// Ignored are members that may be missing on one side.
	Ignored map[string]bool
}

// Normalize returns a document as the rules leave it. A text that is no JSON stays as it is. JSON must be indented by two
// spaces or not at all.
func (r *Rules) Normalize(text []byte) (string, error) {
	if !json.Valid(text) {
		return string(text), nil
	}
	if err := checkIndent(text); err != nil {
		return "", err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := decode(decoder)
	if err != nil {
		return "", err
	}
	value, err = r.apply("", value)
	if err != nil {
		return "", err
	}
	compact := bytes.IndexByte(text, '\n') < 0
	var out strings.Builder
	write(&out, value, "\n", compact)
	return out.String(), nil
}

// checkIndent wants the text to be what json.MarshalIndent or json.Marshal make.
func checkIndent(text []byte) error {
	var compact, indented bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "  "); err != nil {
		return err
	}
	if !bytes.Equal(text, compact.Bytes()) && !bytes.Equal(text, indented.Bytes()) {
		return fmt.Errorf("neither compact nor indented by two spaces:\n%s", text)
	}
	return nil
}

// object is a JSON object whose members keep their order; list is an array. The other values are those of encoding/json.
type (
	object []member
	member struct {
		name  string
		value any
	}
	list []any
)

func decode(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		var o object
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := decode(d)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), value})
		}
		_, err = d.Token()
		return o, err
	case json.Delim('['):
		var l list
		for d.More() {
			value, err := decode(d)
			if err != nil {
				return nil, err
			}
			l = append(l, value)
		}
		_, err = d.Token()
		return l, err
	}
	return token, nil
}

// apply returns the value of a member as it is to be compared.
func (r *Rules) apply(name string, value any) (any, error) {
	switch v := value.(type) {
	case object:
		var kept object
		for _, m := range v {
			if r.Ignored[m.name] {
				continue
			}
			inner := m.name
			if name == "http_req_stats" {
				inner = "hits"
			}
			changed, err := r.apply(inner, m.value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
			kept = append(kept, member{m.name, changed})
		}
		return kept, nil
	case list:
		for i := range v {
			changed, err := r.apply("", v[i])
			if err != nil {
				return nil, err
			}
			v[i] = changed
		}
		if r.Unordered[name] {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(flat(a), flat(b)) })
		}
		return v, nil
	}
	return r.scalar(name, value)
}

// placeholder stands for a value that was checked.
type placeholder string

func (r *Rules) scalar(name string, value any) (any, error) {
	if name == "cid" {
		if known, ok := r.Names[fmt.Sprint(value)]; ok {
			return placeholder(known), nil
		}
	}
	kind, known := kinds[name]
	if r.Numbers[name] {
		kind, known = count, true
	}
	if !known {
		return value, nil
	}
	if kind == count {
		if _, ok := value.(json.Number); !ok {
			return nil, fmt.Errorf("%v is no number", value)
		}
		return placeholder(kind), nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no text", value)
	}
	return placeholder(kind), check(kind, text)
}

// The kinds of values that differ from run to run.
const (
	moment   = "TIME"
	uptime   = "UPTIME"
	duration = "DURATION"
	id       = "ID"
	hex      = "HEX"
	count    = "NUMBER"
	version  = "VERSION"
)

// kinds says what a member that cannot be equal must be.
var kinds = map[string]string{
	"start": moment, "now": moment, "last_activity": moment, "stop": moment, "config_load_time": moment, "update_time": moment,
	"tls_cert_not_after": moment,
	"uptime":             uptime, "idle": uptime, "rtt": duration,
	"server_id": id, "config_digest": hex, "spki_sha256": hex, "cert_sha256": hex, "go": version,
	"port": count, "http_port": count, "mem": count, "cpu": count, "cores": count, "gomaxprocs": count, "hits": count,
}

var shapes = map[string]*regexp.Regexp{
	uptime:   regexp.MustCompile(`^(\d+[ydhms])+$`),
	id:       regexp.MustCompile(`^(N[A-Z2-7]{55})?$`),
	hex:      regexp.MustCompile(`^(sha256:)?[0-9a-f]{64}$|^$`),
	version:  regexp.MustCompile(`^go\d`),
	duration: regexp.MustCompile(`^[\d.]+(ns|µs|ms|s)$`),
}

func check(kind, text string) error {
	if kind == moment {
		_, err := time.Parse("2006-01-02T15:04:05.999999999Z", text)
		return err
	}
	if !shapes[kind].MatchString(text) {
		return fmt.Errorf("%q is no %s", text, kind)
	}
	return nil
}

// flat is a value on one line.
func flat(value any) string {
	var out strings.Builder
	write(&out, value, "\n", true)
	return out.String()
}

// write writes a value; newline begins each line within it, with the indentation.
func write(out *strings.Builder, value any, newline string, compact bool) {
	open := func(first string, n int, each func(i int), last string) {
		out.WriteString(first)
		for i := range n {
			if i > 0 {
				out.WriteString(",")
			}
			if !compact {
				out.WriteString(newline + "  ")
			}
			each(i)
		}
		if n > 0 && !compact {
			out.WriteString(newline)
		}
		out.WriteString(last)
	}
	switch v := value.(type) {
	case object:
		open("{", len(v), func(i int) {
			writeScalar(out, v[i].name)
			out.WriteString(":")
			if !compact {
				out.WriteString(" ")
			}
			write(out, v[i].value, newline+"  ", compact)
		}, "}")
	case list:
		open("[", len(v), func(i int) { write(out, v[i], newline+"  ", compact) }, "]")
	case placeholder:
		out.WriteString("<" + string(v) + ">")
	default:
		writeScalar(out, value)
	}
}

func writeScalar(out io.Writer, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a scalar that was decoded can be encoded
	}
	_, _ = out.Write(text) // to memory
}
