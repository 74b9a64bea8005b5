// Package top shows live what a NATS server does: its connections, subjects, subscriptions and accounts, with rates.
//
// A Source asks the server for one page of rows, over HTTP or through the services of the system account. A Sampler
// compares what it says with what it said before, and so knows the rates. The screen and the plain tables are two ways
// to look at the same Snapshot. What a server says is not trusted: clients choose their names, and a name must not reach
// the terminal as a control sequence.
package top
