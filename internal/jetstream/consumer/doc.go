// Package consumer is one consumer's state: what was delivered, what is acknowledged, and what is due again.
//
// It is what must survive a failover, so it is a deterministic machine: it changes by what it is told, with the time it is
// told, and by nothing else. Which message goes to whom is not decided here.
package consumer
