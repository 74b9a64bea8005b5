// Package version says which Sinew this is, and which NATS server it speaks like.
package version

import "runtime/debug"

// Version is our own version; a release sets it when it is built.
var Version = "0.1.0"

// Speaks is the version of nats-server whose behaviour this server has. INFO and monitoring report it, because clients
// and tools decide by it what they may use.
const Speaks = "2.15.2"

// Commit is the first seven characters of the git commit this was built from; empty if that is not known.
func Commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 7 {
			return s.Value[:7]
		}
	}
	return ""
}
