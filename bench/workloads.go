//go:build linux

package main

import (
	"context"
	"time"
)

// workload is one thing to measure, under a name that stays the same from release to release. Immutable.
type workload struct {
	name     string
	per      string // what is counted: a "message", a "delivery"
	server   serverOptions
	oursOnly bool // the reference has no such thing
	measure  func(context.Context, *bench, *server) (measurement, error)
}

// reload10k has as many users as a configuration by hand may have, at the rate of a busy server.
var reload10k = reload{users: 10_000, connected: 500, rate: 50_000}

// workloads lists all of them in the order they run.
func workloads() []workload {
	small := message{payload: 128}
	over := serverOptions{tls: true}
	portable := serverOptions{env: []string{"SINEW_PORTABLE=1"}}
	one := func(payload int) stream { return stream{message: message{payload: payload}, lanes: 1, subscribers: 1} }
	return []workload{
		{name: "pub-16", per: "message", measure: one(16).measure},
		{name: "pub-256", per: "message", measure: one(256).measure},
		{name: "pub-4096", per: "message", measure: one(4096).measure},
		{name: "fan-10", per: "delivery", measure: stream{message: small, lanes: 1, subscribers: 10}.measure},
		{name: "fan-100", per: "delivery", measure: stream{message: small, lanes: 1, subscribers: 100}.measure},
		{name: "pairs-4x4", per: "message", measure: stream{message: small, lanes: 4, subscribers: 1}.measure},
		{name: "queue-8", per: "message", measure: stream{message: small, lanes: 1, subscribers: 8, queue: true}.measure},
		{
			name: "subjects-1000", per: "message",
			measure: stream{message: message{payload: 16}, lanes: 1, subscribers: 1, subjects: 1000}.measure,
		},
		{
			name: "subjects-100000", per: "message",
			measure: stream{message: message{payload: 16}, lanes: 1, subscribers: 1, subjects: 100_000}.measure,
		},
		{name: "reqrep-1", per: "request", measure: requests{message{payload: 16}, 1}.measure},
		{name: "reqrep-50", per: "request", measure: requests{message{payload: 16}, 50}.measure},
		{name: "tls-1024", per: "message", server: over, measure: one(1024).measure},
		{
			name: "headers", per: "message",
			measure: stream{message: message{payload: 128, headers: true}, lanes: 1, subscribers: 1}.measure,
		},
		{name: "natsgo", per: "message", measure: small.measureClient},
		{
			name: "reload-10k", per: "reload",
			server:  serverOptions{more: func() string { return reload10k.configuration(0) }},
			measure: reload10k.measure,
		},
		{name: "connect", per: "connection", measure: measureConnect},
		{name: "subscribe", per: "subscription", measure: measureSubscribe},
		{name: "stalled", per: "delivery", measure: stream{message: small, lanes: 1, subscribers: 10}.measureStalled},
		{
			name: "watched-1s", per: "message", server: serverOptions{monitor: true},
			measure: watched{connections: 10_000, every: time.Second}.measure,
		},
		{
			name: "watched-always", per: "message", server: serverOptions{monitor: true},
			measure: watched{connections: 10_000}.measure,
		},
		{name: "idle-conn", per: "connection", measure: idle{connections: 10_000}.measure},
		{
			name: "idle-conn-portable", per: "connection", server: portable, oursOnly: true,
			measure: idle{connections: 10_000}.measure,
		},
		{name: "idle-conn-tls", per: "connection", server: over, measure: idle{connections: 2_000}.measure},
		{name: "idle-sub", per: "subscription", measure: idle{subscriptions: 100_000}.measure},
		{name: "startup", per: "server", measure: measureStartup},
	}
}
