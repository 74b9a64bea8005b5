package lang

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Digest identifies the content, whatever its layout and comments: "sha256:" and the hash of its JSON with
// sorted keys and a newline, which is what the reference server reports.
func (d *Document) Digest() string {
	hash := sha256.New()
	w := &jsonWriter{flush: func(b []byte) { hash.Write(b) }}
	w.object(d.Root)
	w.buf = append(w.buf, '\n')
	w.flush(w.buf)
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}

// jsonWriter writes values as encoding/json does, without making a tree of them first: a configuration with many users
// is read again at each reload.
type jsonWriter struct {
	buf   []byte
	flush func([]byte)
}

// jsonChunk is how much is written at once.
const jsonChunk = 4096

func (w *jsonWriter) value(v *Value) {
	switch v.Kind {
	case String:
		w.text(v.Text)
	case Bool:
		w.buf = strconv.AppendBool(w.buf, v.Truth)
	case Int:
		w.buf = strconv.AppendInt(w.buf, v.Number, 10)
	case List:
		w.list(v.List)
	case Object:
		w.object(v.Map)
	default:
		w.marshal(v.Interface())
	}
	if len(w.buf) >= jsonChunk {
		w.flush(w.buf)
		w.buf = w.buf[:0]
	}
}

func (w *jsonWriter) list(items []*Value) {
	w.buf = append(w.buf, '[')
	for i, item := range items {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.value(item)
	}
	w.buf = append(w.buf, ']')
}

func (w *jsonWriter) object(m *Map) {
	var room [16]*Entry // most maps are small
	sorted := room[:0]
	for i := range m.entries {
		sorted = append(sorted, &m.entries[i])
	}
	slices.SortFunc(sorted, func(a, b *Entry) int { return strings.Compare(a.Key, b.Key) })
	w.buf = append(w.buf, '{')
	for i, e := range sorted {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.text(e.Key)
		w.buf = append(w.buf, ':')
		w.value(e.Value)
	}
	w.buf = append(w.buf, '}')
}

func (w *jsonWriter) text(s string) {
	for i := range len(s) {
		if special[s[i]] {
			w.marshal(s)
			return
		}
	}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, s...)
	w.buf = append(w.buf, '"')
}

// special are the bytes that encoding/json may write otherwise.
var special = func() (table [256]bool) {
	for c := range table {
		table[c] = c < ' ' || c >= 0x7f || strings.IndexByte(`"\<>&`, byte(c)) >= 0
	}
	return table
}()

// marshal is for what is rare.
func (w *jsonWriter) marshal(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		// Dates are the one kind JSON may refuse, and the parser takes only those it can write.
		panic(fmt.Sprintf("encode configuration: %v", err))
	}
	w.buf = append(w.buf, text...)
}
