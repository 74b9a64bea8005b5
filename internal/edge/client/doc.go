// Package client is the edge that speaks the client protocol: one Session for each connection, and the Hub that knows
// them all.
//
// A message's way through this package: Session.Data finds publishes in what was read and collects them into runs of
// its worker's broker.Ingress; the broker calls Session.Deliver of each subscriber, which encodes the run into the
// worker's staging for that connection.
package client
