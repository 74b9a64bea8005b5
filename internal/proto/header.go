package proto

import "bytes"

// HeaderLine begins every header block.
const HeaderLine = "NATS/1.0"

// HeaderValue returns the value of the first field named key in a header block, and whether there is one. Keys are
// compared with their case. Leading blanks of the value are skipped, as are blanks at its end.
func HeaderValue(block []byte, key string) ([]byte, bool) {
	for rest := block; ; {
		i := bytes.Index(rest, []byte(key))
		if i < 0 {
			return nil, false
		}
		after := rest[i+len(key):]
		// A field begins after a line end, and a colon follows its key.
		at := len(block) - len(rest) + i
		if at < 2 || block[at-1] != '\n' || len(after) == 0 || after[0] != ':' {
			rest = rest[i+1:]
			continue
		}
		value := after[1:]
		if j := bytes.IndexByte(value, '\r'); j >= 0 {
			value = value[:j]
		}
		return bytes.Trim(value, " \t"), true
	}
}

// NoResponders appends the header block that answers a request to subject which nobody listens to.
func NoResponders(dst, subject []byte) []byte {
	dst = append(dst, "NATS/1.0 503\r\nNats-Subject: "...)
	dst = append(dst, subject...)
	return append(dst, "\r\n\r\n"...)
}
