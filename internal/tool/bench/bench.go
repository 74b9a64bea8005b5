package bench

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nats-io/nats.go"
)

// Options say what to measure. Requesters and Publishers exclude each other.
type Options struct {
	// Connect makes one client's connection, with the options given besides its own. It is called once for each client,
	// one after the other.
	Connect func(...nats.Option) (*nats.Conn, error)
	// Subject is where messages or requests go.
	Subject string
	// Subjects, if not zero, spreads the messages over that many subjects below Subject: Subject.0, Subject.1 and so on.
	// Subscribers then take all of them, as Subject.*.
	Subjects int
	// Publishers share Messages; each of the Subscribers gets all of them, unless Queue is set.
	Publishers, Subscribers int
	// Requesters share Messages; the Subscribers answer them, as one queue group.
	Requesters int
	// Queue makes the subscribers one queue group, which gets each message once.
	Queue string
	// Messages is how many are published or requested in all.
	Messages int
	// Duration, if not zero, is how long to go on, in place of Messages.
	Duration time.Duration
	// WarmUp is how many messages go before and are not measured.
	WarmUp int
	// PayloadBytes is the size of each. Below 16 there is no room for the time, and only requests measure latency; below 24
	// there is none for a number, and repeated messages are not found.
	PayloadBytes int
	// Rate is how many messages a second all senders together may send. Zero does not hold them back.
	Rate float64
	// Timeout is how long to wait for a reply, for a flush, for a server that went away, and for a message that does not
	// come.
	Timeout time.Duration
	// Progress, if set, is told about every 100 ms how far the run is. It is called from one goroutine.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	// Done of Total messages were sent or received, or nanoseconds have passed.
	Done, Total int64
	// Rate is how many messages a second were sent and received lately.
	Rate float64
}

// Limits of options.
const (
	maxPayload  = 64 << 20
	maxSubjects = 1_000_000
)

// Check tells what is wrong with the options.
func (o Options) Check() error {
	senders := o.Publishers + o.Requesters
	switch {
	case o.Publishers < 0 || o.Subscribers < 0 || o.Requesters < 0:
		return errors.New("a number of clients is negative")
	case o.Requesters > 0 && o.Publishers > 0:
		return errors.New("requests and publishing are measured one at a time")
	case senders+o.Subscribers == 0:
		return errors.New("there are no clients")
	case o.Messages < 1 && o.Duration == 0:
		return errors.New("there are no messages")
	case o.Duration < 0:
		return errors.New("the duration is negative")
	case o.WarmUp < 0:
		return errors.New("the number of messages to warm up with is negative")
	case o.WarmUp > 0 && senders == 0:
		return errors.New("only those who send can warm up")
	case o.PayloadBytes < 0 || o.PayloadBytes > maxPayload:
		return errors.New("the message size is not between 0 and 64 MiB")
	case o.Subjects < 0 || o.Subjects > maxSubjects:
		return errors.New("the number of subjects is not between 0 and 1000000")
	case o.Rate < 0 || math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0):
		return errors.New("the rate is not a positive number")
	case o.Timeout <= 0:
		return errors.New("the timeout is not positive")
	}
	return nil
}

// Run measures, and returns when all messages have come, the duration has passed or ctx ends. With an error the report
// holds what was measured until then, and may be empty. All connections are closed when it returns.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Connect == nil {
		return Report{}, errors.New("bench: no Connect")
	}
	if err := o.Check(); err != nil {
		return Report{}, err
	}
	r := &run{Options: o, clock: newClock()}
	defer r.close()
	if err := r.connect(); err != nil {
		return Report{}, err
	}
	if err := r.warmUp(ctx); err != nil {
		return Report{}, err
	}
	err := r.measure(ctx)
	report := r.report()
	if err == nil {
		err = report.complaint(o.Timeout)
	}
	return report, err
}
