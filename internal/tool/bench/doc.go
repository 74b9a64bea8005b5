// Package bench measures a NATS server from outside: it publishes, subscribes and requests, and reports rates and
// latencies.
//
// Messages carry the time they were due, so the latency of a paced run counts the time a message had to wait because
// the sender itself was held up.
package bench
