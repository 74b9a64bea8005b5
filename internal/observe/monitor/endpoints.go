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
		serve: document(func(h *Handler, values url.Values) (any, error) {
			o, err := status.ParseConnz(values)
			if err != nil {
				return nil, err
			}
			return h.source.Connz(o)
		}),
	},
	{
		paths: []string{"/subsz", "/subscriptionsz"}, title: "Subscriptions", about: "Interest, and what matches a subject",
		serve: document(func(h *Handler, values url.Values) (any, error) {
			o, err := status.ParseSubsz(values)
			if err != nil {
				return nil, err
			}
			return h.source.Subsz(o)
		}),
	},
	{
		paths: []string{"/accountz"}, title: "Accounts", about: "Their names; with acc=NAME one in detail",
		serve: document(func(h *Handler, values url.Values) (any, error) {
			o, err := status.ParseAccountz(values)
			if err != nil {
				return nil, err
			}
			return h.source.Accountz(o)
		}),
	},
	{
		paths: []string{"/accstatz"}, title: "Account traffic", about: "Connections and traffic of each account in use",
		serve: document(func(h *Handler, values url.Values) (any, error) {
			o, err := status.ParseAccountStatz(values)
			if err != nil {
				return nil, err
			}
			return h.source.AccountStatz(o), nil
		}),
	},
	{paths: []string{"/healthz"}, title: "Health", about: "Whether clients are served", serve: (*Handler).health},
	{
		paths: []string{"/routez"}, title: "Routes", about: "Connections within the cluster: none yet",
		serve: document(func(h *Handler, _ url.Values) (any, error) {
			return status.NoRoutes(h.options.ServerID, h.options.ServerName, time.Now()), nil
		}),
	},
	{
		paths: []string{"/gatewayz"}, title: "Gateways", about: "Connections between clusters: none yet",
		serve: document(func(h *Handler, _ url.Values) (any, error) {
			return status.NoGateways(h.options.ServerID, time.Now()), nil
		}),
	},
	{
		paths: []string{"/leafz"}, title: "Leaf nodes", about: "Servers at the edge: none yet",
		serve: document(func(h *Handler, _ url.Values) (any, error) {
			return status.NoLeafs(h.options.ServerID, time.Now()), nil
		}),
	},
	{
		paths: []string{"/jsz"}, title: "JetStream", about: "Streams and consumers: none yet",
		serve: document(func(h *Handler, _ url.Values) (any, error) {
			return status.NoJetStream(h.options.ServerID, time.Now()), nil
		}),
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
