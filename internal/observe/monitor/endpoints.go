package monitor

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// endpoint is a document, the paths it has (the first is the one it is counted by), and what the index page says of it.
type endpoint struct {
	paths []string
	title string
	about string
	serve func(*Handler, http.ResponseWriter, *http.Request)

	uncounted bool // requests are not counted in /varz, nor are they by the reference
}

// endpoints are the documents in the order in which the index page has them.
var endpoints = []endpoint{
	{
		paths: []string{"/varz"}, title: "General", about: "Version, options, traffic and resources",
		serve: document(func(h *Handler, _ url.Values) (any, error) {
			doc := h.source.Varz()
			doc.HTTPReqStats = h.Requests()
			return doc, nil
		}),
	},
	{
		paths: []string{"/connz"}, title: "Connections", about: "Clients, open and closed, with their traffic",
		serve: stream(parsed(status.ParseConnz, func(h *Handler, o status.ConnzOptions) (pieces, error) {
			page, err := h.source.ConnzPage(o)
			if err != nil {
				return nil, err
			}
			return page.Text(), nil
		})),
	},
	{
		paths: []string{"/subsz", "/subscriptionsz"}, title: "Subscriptions", about: "Interest, and what matches a subject",
		serve: document(parsed(status.ParseSubsz, func(h *Handler, o status.SubszOptions) (any, error) {
			return h.source.Subsz(o)
		})),
	},
	{
		paths: []string{"/accountz"}, title: "Accounts", about: "Their names; with acc=NAME one in detail",
		serve: document(parsed(status.ParseAccountz, func(h *Handler, o status.AccountzOptions) (any, error) {
			return h.source.Accountz(o)
		})),
	},
	{
		paths: []string{"/accstatz"}, title: "Account Stats", about: "Connections and traffic of each account in use",
		serve: document(parsed(status.ParseAccountStatz, func(h *Handler, o status.AccountStatzOptions) (any, error) {
			return h.source.AccountStatz(o), nil
		})),
	},
	{paths: []string{"/healthz"}, title: "Health Probe", about: "Whether clients are served", serve: (*Handler).health},
	{
		paths: []string{"/jsz"}, title: "JetStream", about: "Streams and consumers: none yet",
		serve: document(parsed(status.ParseJsz, func(h *Handler, o status.JszOptions) (any, error) {
			return o.Select(h.options.ServerID, time.Now())
		})),
	},
	{
		paths: []string{"/routez"}, title: "Routes", about: "Connections within the cluster: none yet",
		serve: document(parsed(status.ParseRoutez, func(h *Handler, _ status.RoutezOptions) (any, error) {
			return status.NoRoutes(h.options.ServerID, h.options.ServerName, time.Now()), nil
		})),
	},
	{
		paths: []string{"/gatewayz"}, title: "Gateways", about: "Connections between clusters: none yet",
		serve: document(parsed(status.ParseGatewayz, func(h *Handler, _ status.GatewayzOptions) (any, error) {
			return status.NoGateways(h.options.ServerID, time.Now()), nil
		})),
	},
	{
		paths: []string{"/leafz"}, title: "LeafNodes", about: "Servers at the edge: none yet",
		serve: document(parsed(status.ParseLeafz, func(h *Handler, _ status.LeafzOptions) (any, error) {
			return status.NoLeafs(h.options.ServerID, time.Now()), nil
		})),
	},
	{
		paths: []string{"/raftz"}, title: "Raft Groups", about: "How streams are replicated: none yet", uncounted: true,
		serve: document(func(*Handler, url.Values) (any, error) { return nil, status.ErrNoRaft }),
	},
	{
		paths: []string{"/stacksz"}, title: "Goroutines", about: "What the server is doing right now", uncounted: true,
		serve: (*Handler).stacks,
	},
	{
		paths: []string{"/ipqueuesz"}, title: "Queues", about: "Inside the server: none", uncounted: true,
		serve: document(parsed(status.ParseIPQueuesz, func(*Handler, status.IPQueueszOptions) (any, error) {
			return status.NoIPQueues(), nil
		})),
	},
	{
		paths: []string{"/debug/vars"}, title: "Expvar", about: "Memory and garbage collection, the command line",
		serve: (*Handler).vars, uncounted: true,
	},
}

// metrics is what Options.Metrics answers. It bounds itself, and does not wait for a turn among the documents.
var metrics = endpoint{
	paths: []string{"/metrics"}, title: "Metrics", about: "All numbers, for Prometheus",
	serve: func(h *Handler, w http.ResponseWriter, r *http.Request) { h.options.Metrics.ServeHTTP(w, r) },
}

// endpoints are what the handler serves besides the index page, in its order.
func (h *Handler) endpoints() []endpoint {
	if h.options.Metrics == nil {
		return endpoints
	}
	return append(slices.Clip(endpoints), metrics)
}

// parsed returns a builder of documents whose options are read by parse.
func parsed[Options, Document any](
	parse func(url.Values) (Options, error), build func(*Handler, Options) (Document, error),
) func(*Handler, url.Values) (Document, error) {
	return func(h *Handler, values url.Values) (none Document, err error) {
		o, err := parse(values)
		if err != nil {
			return none, err
		}
		return build(h, o)
	}
}
