package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"sinew.dev/sinew/internal/observe/status"
)

// Source tells the state of a server. It is safe for concurrent use.
type Source interface {
	// Varz need not fill HTTPReqStats.
	Varz() *status.Varz
	Subsz(status.SubszOptions) (*status.Subsz, error)
	Healthz(status.HealthzOptions) *status.Healthz
	AccountStatz(status.AccountStatzOptions) *status.AccountStatz
	// Connections returns those that are open, in any order. The caller owns the list.
	Connections() []status.Connection
	Operations() Operations
}

// Options of a Handler.
type Options struct {
	Version string // of this program

	// Requests counts the requests for each path of the monitoring port. Nil: none are known.
	Requests func() map[string]uint64

	// Concurrent is how many scrapes are made at once; more wait. Zero means 2.
	Concurrent int
}

// Handler answers scrapes. It is safe for concurrent use.
type Handler struct {
	source  Source
	options Options
	process func() *prometheus.Registry // made for the first scrape: who never asks does not pay for it
	turns   chan struct{}               // holds an element for each scrape that is being made
	zips    sync.Pool                   // of *gzip.Writer
	buffers sync.Pool                   // of *[]byte: what pages are made in
}

// New returns a handler of what source tells.
func New(source Source, o Options) *Handler {
	if o.Concurrent <= 0 {
		o.Concurrent = 2
	}
	h := &Handler{source: source, options: o, process: sync.OnceValue(newProcess), turns: make(chan struct{}, o.Concurrent)}
	h.zips.New = func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one of its own
		return z
	}
	h.buffers.New = func() any { return new([]byte) }
	return h
}

// patience is how long a scrape waits for its turn.
const patience = 10 * time.Second

// ServeHTTP answers a scrape, with what the scraper accepts: the text format or OpenMetrics, compressed or not. It is made
// in memory and sent afterwards, so that those who read slowly do not keep the others waiting.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	asked, err := parse(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	format := expfmt.NegotiateAccept(r.Header, formats...)
	asked.open = format.FormatType() == expfmt.TypeOpenMetrics
	asked.zip = acceptsGzip(r.Header)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case h.turns <- struct{}{}:
	case <-r.Context().Done():
		return
	case <-timer.C:
		refuse(w, http.StatusServiceUnavailable, errors.New("too many scrapes at once"))
		return
	}
	buffer := h.buffers.Get().(*[]byte)
	defer h.buffers.Put(buffer)
	body, err := h.make(asked, buffer)
	<-h.turns
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", string(format))
	w.Header().Set("Vary", "Accept, Accept-Encoding")
	if asked.zip {
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// formats are what is spoken, the preferred first. The two of OpenMetrics are the same here.
var formats = []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtOpenMetrics_0_0_1, expfmt.FmtText}

// make returns the body of an answer. It is in buffer, which is left larger for the next one, unless it is compressed.
func (h *Handler) make(asked *request, buffer *[]byte) ([]byte, error) {
	p := &page{buf: (*buffer)[:0], prefix: asked.prefix, stream: asked.stream, open: asked.open}
	defer func() { *buffer = p.buf[:0] }()
	if !asked.zip {
		err := h.write(p, asked)
		return p.buf, err
	}
	var body bytes.Buffer
	z := h.zips.Get().(*gzip.Writer)
	defer h.zips.Put(z)
	z.Reset(&body)
	p.out = z
	if err := h.write(p, asked); err != nil {
		return nil, err
	}
	p.flush()
	err := errors.Join(p.err, z.Close())
	return body.Bytes(), err
}

// write writes all that there is.
func (h *Handler) write(p *page, asked *request) error {
	now := time.Now()
	v := h.source.Varz()
	if h.options.Requests != nil {
		v.HTTPReqStats = h.options.Requests()
	}
	if v.StaleStats == nil {
		v.StaleStats = &status.KindCounts{} // left out of the document while nothing is stale
	}
	subs, err := h.source.Subsz(status.SubszOptions{})
	if err != nil {
		return err
	}
	labels := string(label(nil, "server_id", v.ServerID))
	if err := errors.Join(p.document("varz", labels, v), p.document("subsz", labels, subs)); err != nil {
		return err
	}
	p.connections(labels, h.source.Connections(), asked, v.ServerID, now)
	p.accounts(labels, h.source.AccountStatz(status.AccountStatzOptions{}).Accounts)
	p.cluster(labels, v)
	p.health(labels, h.source)
	p.jetStream(v)
	p.operations(labels, h.options.Version, v, h.source.Operations())
	if err := p.process(h.process()); err != nil {
		return err
	}
	if p.open {
		p.buf = append(p.buf, "# EOF\n"...)
	}
	return nil
}

// request is what a scrape asks for.
type request struct {
	prefix, stream string
	detailed       bool // series for each connection
	limit          int  // for how many connections, at most
	open, zip      bool
}

// The exporter's prefixes when none is set. A prefix that is set stands before all names.
const (
	defaultPrefix = "gnatsd"
	defaultStream = "jetstream"
	defaultLimit  = 1024
)

// parse reads the parameters. They are named after the exporter's flags; what is not known is ignored.
func parse(values url.Values) (*request, error) {
	r := &request{prefix: defaultPrefix, stream: defaultStream, limit: defaultLimit}
	if prefix := values.Get("prefix"); prefix != "" {
		if !validPrefix(prefix) {
			return nil, fmt.Errorf("prefix %.40q: use letters, digits and underscores, and not go, process or sinew", prefix)
		}
		r.prefix, r.stream = prefix, prefix
	}
	var err error
	if text := values.Get("connz_detailed"); text != "" {
		if r.detailed, err = strconv.ParseBool(text); err != nil {
			return nil, fmt.Errorf("connz_detailed %.40q: use 1 or 0", text)
		}
	}
	if text := values.Get("limit"); text != "" {
		if r.limit, err = strconv.Atoi(text); err != nil || r.limit < 1 {
			return nil, fmt.Errorf("limit %.40q: use a number of connections above 0", text)
		}
	}
	return r, nil
}

// validPrefix reports whether names that begin with s are valid, and none is there already.
func validPrefix(s string) bool {
	if len(s) > 64 || s[0] >= '0' && s[0] <= '9' || s == "go" || s == "process" || s == "sinew" {
		return false
	}
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

func refuse(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff") // the text may quote what the client sent
	w.WriteHeader(code)
	_, _ = w.Write([]byte(err.Error() + "\n"))
}
