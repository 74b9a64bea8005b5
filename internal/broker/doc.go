// Package broker is the router: the subject space of every account, the interest in it, and the way of a message from
// the one who publishes to all who listen.
//
// A connection, a stream, whatever takes messages is a Sink. A worker that handles a publisher's bytes owns an Ingress;
// it collects consecutive messages on one subject into a Run and gives each run to every matching sink once.
package broker
