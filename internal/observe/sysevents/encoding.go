package sysevents

import (
	"bytes"
	"compress/gzip"
	"strings"

	"github.com/klauspost/compress/s2"

	"sinew.dev/sinew/internal/proto"
)

// compress encodes a body as the request's header block accepts it, and returns the header block that says so: none if
// nothing was said of it. Snappy goes before gzip; both "snappy" and "s2" get what either can read.
func compress(request, body []byte) (header, out []byte) {
	accept, ok := proto.HeaderValue(request, "Accept-Encoding")
	if !ok || len(accept) == 0 {
		return nil, body
	}
	var b bytes.Buffer
	encoding := strings.ToLower(string(accept))
	switch {
	case strings.Contains(encoding, "snappy"), strings.Contains(encoding, "s2"):
		encoding = "snappy"
		w := s2.NewWriter(&b, s2.WriterSnappyCompat(), s2.WriterConcurrency(1))
		_, _ = w.Write(body) // a buffer takes everything
		_ = w.Close()
	case strings.Contains(encoding, "gzip"):
		encoding = "gzip"
		w := gzip.NewWriter(&b)
		_, _ = w.Write(body)
		_ = w.Close()
	default:
		encoding = "identity"
		b.Write(body)
	}
	return []byte("NATS/1.0\r\nContent-Encoding: " + encoding + "\r\n\r\n"), b.Bytes()
}
