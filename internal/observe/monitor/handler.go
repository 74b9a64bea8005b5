package monitor

import (
	"net/http"
	"net/url"
	"path"
	"sync/atomic"

	"sinew.dev/sinew/internal/observe/status"
)

// Source makes the documents. It is safe for concurrent use.
type Source interface {
	// Varz need not fill HTTPReqStats.
	Varz() *status.Varz
	// An error that is a *status.ParameterError makes a bad request, any other an internal error; its text is sent.
	ConnzPage(status.ConnzOptions) (*status.ConnzPage, error)
	Subsz(status.SubszOptions) (*status.Subsz, error)
	Accountz(status.AccountzOptions) (*status.Accountz, error)
	AccountStatz(status.AccountStatzOptions) *status.AccountStatz
	Healthz(status.HealthzOptions) *status.Healthz
}

// Options of a Handler.
type Options struct {
	ServerID   string
	ServerName string
	Version    string // shown on the index page

	// BasePath stands before the paths of all documents. It may be empty, and may lack slashes at its ends.
	BasePath string

	// Metrics answers /metrics. Nil: there is no such path.
	Metrics http.Handler

	// CommandLine is shown as it is: secrets must be gone from it.
	CommandLine []string

	// Busy reports whether the server has no processor time to spare: large documents are made slowly then. It is asked
	// often. Nil: never.
	Busy func() bool

	// Concurrent is how many documents are made at once; more requests wait. Zero means 8. Four times as many large ones
	// may be under way to their clients.
	Concurrent int
}

// Handler answers requests for the documents and counts them. It is safe for concurrent use.
type Handler struct {
	source  Source
	options Options
	base    string            // "" or "/path"
	routes  map[string]*route // by path, base included; immutable after New
	turns   chan struct{}     // holds an element for each document that is being made
	streams chan struct{}     // and for each that is under way in pieces
	memory  memory
}

// route is one document and how often it was asked for.
type route struct {
	name  string // its path without the base, as it is counted
	serve func(*Handler, http.ResponseWriter, *http.Request)
	hits  atomic.Uint64

	uncounted bool // it is not among the Requests
}

// New returns a handler of the documents that source makes.
func New(source Source, o Options) *Handler {
	if o.Concurrent <= 0 {
		o.Concurrent = 8
	}
	h := &Handler{
		source: source, options: o, routes: map[string]*route{},
		turns: make(chan struct{}, o.Concurrent), streams: make(chan struct{}, 4*o.Concurrent),
	}
	if base := path.Clean("/" + o.BasePath); base != "/" {
		h.base = base
	}
	h.routes[path.Join("/", h.base)] = &route{name: "/", serve: (*Handler).index}
	for _, e := range h.endpoints() {
		r := &route{name: e.paths[0], serve: e.serve, uncounted: e.uncounted}
		for _, p := range e.paths {
			h.routes[path.Join("/", h.base, p)] = r
		}
	}
	return h
}

// BasePath is what stands before the paths of all documents: empty, or with a slash before and none behind.
func (h *Handler) BasePath() string { return h.base }

// Requests counts the requests so far by path, without the base path. What nobody asked for is missing.
func (h *Handler) Requests() map[string]uint64 {
	counts := map[string]uint64{}
	for _, r := range h.routes {
		if n := r.hits.Load(); n > 0 && !r.uncounted {
			counts[r.name] = n
		}
	}
	return counts
}

// ServeHTTP answers any method like GET: tools have come to rely on it, and nothing here changes the server.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if clean := cleanPath(r.URL.Path); clean != r.URL.Path {
		target := url.URL{Path: clean, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusTemporaryRedirect)
		return
	}
	route := h.routes[r.URL.Path]
	if route == nil {
		http.NotFound(w, r)
		return
	}
	route.hits.Add(1)
	route.serve(h, w, r)
}

// cleanPath removes what is doubled in a path. A slash at its end stays: such a path is another one, and unknown.
func cleanPath(p string) string {
	clean := path.Clean("/" + p)
	if clean != "/" && p[len(p)-1] == '/' {
		clean += "/"
	}
	return clean
}
