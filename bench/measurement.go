package main

// metric names one figure that a workload can give.
type metric string

// The metrics, in the order of the report.
const (
	rate       metric = "rate"     // messages (deliveries, requests, connections, subscriptions) a second
	cpu        metric = "cpu"      // processor time of the server for each of them, µs
	p50        metric = "p50"      // µs
	p99        metric = "p99"      // µs
	p999       metric = "p99.9"    // µs
	reloaded   metric = "reload"   // from SIGHUP to the new configuration in force, ms
	kept       metric = "kept"     // share of the rate that is left
	costs      metric = "costs"    // server CPU / message in shares of what it is otherwise
	document   metric = "document" // from a request to the end of its answer, ms
	memory     metric = "memory"   // anonymous memory for each connection or subscription, bytes
	startup    metric = "startup"  // from exec to the first PONG, ms
	idleMemory metric = "idle RSS" // bytes
	binarySize metric = "binary"   // bytes
)

var metricOrder = []metric{rate, cpu, p50, p99, p999, reloaded, kept, costs, document, memory, startup, idleMemory, binarySize}

// higherIsBetter tells the metrics that should be large from those that should be small.
var higherIsBetter = map[metric]bool{rate: true, kept: true}

// measurement is what one run of a workload against one server gave.
type measurement map[metric]float64

// latencies adds the percentiles of a histogram.
func (m measurement) latencies(h *histogram) {
	for name, p := range map[metric]float64{p50: 50, p99: 99, p999: 99.9} {
		m[name] = float64(h.percentile(p).Nanoseconds()) / 1e3
	}
}
