// Package consumer is one consumer: what it may be configured to be, and its state: what was delivered, what is
// acknowledged, and what is due again.
//
// The state is what must survive a failover, so it is a deterministic machine: it changes by what it is told, with the time it is
// told, and by nothing else. Which message goes to whom is not decided here.
package consumer
