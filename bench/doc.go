// Command bench measures Sinew against the reference server, nats-server, side by side on one machine.
//
//	go run ./bench                       every workload, five rounds
//	go run ./bench -run 'pub|fan' -rounds 3 -duration 1s
//	go run ./bench -ours ./sinew -reference ./nats-server -json result.json
//
// Both servers get the same configuration and the same load, in turns: ours, reference, ours, reference.
// Each measure starts a fresh server, warms it up and then counts. A machine's noise drifts over minutes, so
// the figure to trust is the ratio of two neighbouring measures, of which the report shows the median and the
// whole spread. The processor time a message costs the server is steadier than messages per second, because
// the generator shares the processors with the server.
//
// The generator is raw: publish blocks are encoded beforehand, receivers only check and count (see [counter]),
// and the bytes in flight are bounded, so that no server ever meets a slow consumer except where that is the
// workload. Every stream of messages ends with a barrier and a comparison of what was sent and what arrived.
//
// The report is a Markdown table on standard output, with a verdict against the goals in goals.go; progress
// goes to standard error. The exit status is 1 when a workload could not be measured, not when a goal is
// missed. It runs on Linux only, since it uses epoll and reads /proc.
package main
