package metrics

import (
	"net/http"
	"strings"
)

// acceptsGzip reports whether a scraper takes what is compressed with gzip.
func acceptsGzip(header http.Header) bool {
	for _, line := range header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(line, ",") {
			name, q, _ := strings.Cut(part, ";")
			if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
				continue
			}
			return !zero(q)
		}
	}
	return false
}

// zero reports whether a parameter "q=..." says: not at all.
func zero(parameter string) bool {
	name, value, found := strings.Cut(strings.ReplaceAll(parameter, " ", ""), "=")
	return found && name == "q" && strings.Trim(value, "0.") == ""
}
