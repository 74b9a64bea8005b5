package script

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/s2"
)

// volatile are the values that differ from run to run, wherever they stand in a JSON object.
var volatile = []struct {
	shape *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`^N[A-Z2-7]{55}$`), "<server id>"},
	{regexp.MustCompile(`^X[A-Z2-7]{55}$`), "<xkey>"},
	{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`), "<time>"},
	{regexp.MustCompile(`^[A-Za-z0-9]{22}$`), "<nuid>"},
	{regexp.MustCompile(`^go1\.\d+`), "<go>"},
	{regexp.MustCompile(`^(127\.0\.0\.1|localhost):\d+$`), "<address>"},
}

// serverIDs are those within subjects.
var serverIDs = regexp.MustCompile(`\bN[A-Z2-7]{55}\b`)

// nonceShape is 11 bytes in raw URL base64; a nonce of any other shape stays visible.
var nonceShape = regexp.MustCompile(`^[A-Za-z0-9_-]{15}$`)

// dropped are fields that one server may have and another not, without a client noticing: the commit it was
// built from, and Sinew's own name.
var dropped = []string{"git_commit", "sinew"}

// masks say what is not shown.
type masks struct{ sids, msgs bool }

// lines renders a frame as the result lines of a script, without their "S1: ".
func (f frame) lines(mask masks) []string {
	if info, ok := strings.CutPrefix(f.line, "INFO "); ok {
		return infoLines(info)
	}
	if f.payload == nil {
		return []string{f.line}
	}
	words := strings.Fields(serverIDs.ReplaceAllString(f.line, "<server>")) // the reference has two blanks at times
	if mask.sids {
		words[2] = "*"
	}
	line := strings.Join(words, " ")
	header, payload := f.payload[:min(f.header, len(f.payload))], f.payload[min(f.header, len(f.payload)):]
	if event, ok := eventLines(header, payload, mask); ok {
		words[len(words)-1] = "#" // ids and times have no fixed length
		return append([]string{strings.Join(words, " "), escape(header)}, event...)
	}
	return []string{line, serverIDs.ReplaceAllString(escape(f.payload), "<server>")}
}

func infoLines(text string) []string {
	// The blank before CRLF is part of the protocol's shape, so its absence is shown.
	blank, found := strings.CutSuffix(text, " ")
	var info map[string]any
	if !found || json.Unmarshal([]byte(blank), &info) != nil {
		return []string{"INFO " + text}
	}
	if nonce, ok := info["nonce"].(string); ok && nonceShape.MatchString(nonce) {
		info["nonce"] = "<nonce>"
	}
	if _, ok := info["port"].(float64); ok {
		info["port"] = "<port>"
	}
	for _, key := range dropped {
		delete(info, key)
	}
	return jsonLines("INFO ", info)
}

// eventLines renders a payload that is a server's JSON, such as a message trace. It may be compressed.
func eventLines(header, payload []byte, mask masks) ([]string, bool) {
	plain := payload
	var err error
	switch {
	case bytes.Contains(header, []byte("Content-Encoding: gzip")):
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(payload)); err == nil {
			plain, err = io.ReadAll(r)
		}
	case bytes.Contains(header, []byte("Content-Encoding: snappy")):
		plain, err = io.ReadAll(s2.NewReader(bytes.NewReader(payload)))
	}
	var event map[string]any
	if err != nil || json.Unmarshal(plain, &event) != nil || (event["server"] == nil && event["id"] == nil) {
		return nil, false
	}
	if event["request"] == nil { // a message trace has an order, and nothing that is measured
		document(event, mask)
	}
	return jsonLines("", event), true
}

// jsonLines is the object in sorted, indented form with volatile values replaced.
func jsonLines(prefix string, object map[string]any) []string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(stable(object)); err != nil {
		return []string{fmt.Sprintf("%s%v", prefix, err)}
	}
	return strings.Split(prefix+strings.TrimSuffix(out.String(), "\n"), "\n")
}

func stable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = stable(value)
			// Internal clients and events take numbers too; how many is the server's affair.
			if _, number := value.(float64); number && slices.Contains([]string{"cid", "client_id", "seq"}, key) {
				v[key] = "<" + key + ">"
			}
		}
	case []any:
		for i, value := range v {
			v[i] = stable(value)
		}
	case string:
		for _, kind := range volatile {
			if kind.shape.MatchString(v) {
				return kind.name
			}
		}
	}
	return v
}
