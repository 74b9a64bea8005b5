package server

import (
	"io"
	"net/http"
	"net/http/pprof"
	"os"
	"strings"
)

// profiles serves what go tool pprof asks for: the index and each profile by its name, heap, goroutine, block, mutex and
// the rest, below it.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, strings.Join(commandLine(), "\x00")) // whoever went away does not need it
	})
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// commandLine is how this process was called, without secrets.
func commandLine() []string { return withoutSecrets(os.Args) }

// secretFlags are those whose values are shown to nobody.
var secretFlags = map[string]bool{"user": true, "pass": true, "auth": true}

// redacted is shown instead of a secret.
const redacted = "[REDACTED]"

// withoutSecrets is a command line for others to see. Passwords within URLs are secrets, too.
func withoutSecrets(args []string) []string {
	out := make([]string, 0, len(args))
	secret := false // the value of a secret flag comes next
	for _, arg := range args {
		name, _, valued := strings.Cut(arg, "=")
		flag := strings.HasPrefix(arg, "-") && secretFlags[strings.TrimLeft(name, "-")]
		switch {
		case secret:
			arg, flag = redacted, false
		case flag && valued:
			arg = name + "=" + redacted
		case !flag:
			arg = withoutUserinfo(arg)
		}
		secret = flag && !valued
		out = append(out, arg)
	}
	return out
}

// withoutUserinfo takes what stands between "//" and "@" out of each URL of a list.
func withoutUserinfo(text string) string {
	urls := strings.Split(text, ",")
	for i, one := range urls {
		scheme, rest, found := strings.Cut(one, "://")
		authority, _, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); found && at >= 0 {
			urls[i] = scheme + "://" + redacted + rest[at:]
		}
	}
	return strings.Join(urls, ",")
}
