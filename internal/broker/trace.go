package broker

// Trace collects what becomes of one traced message (ADR-41). It is owned by the goroutine that publishes.
type Trace struct {
	// Only is set when the message must not be delivered, just traced.
	Only bool
	// Egress is one entry for each subscription that the message was for.
	Egress []Egress
}

// Egress is one destination of a traced message.
type Egress struct {
	Kind         Kind
	ID           uint64 // connection
	Name         string
	Subscription string
	Queue        string
	Error        string // empty: delivered
}
