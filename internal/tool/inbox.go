package tool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// inboxDepth is how many messages wait between the client library and us. Behind it the library keeps up to 64 MiB
// a subscription, then drops messages and says so.
const inboxDepth = 256

// inbox gathers the messages of several subscriptions on one connection of its own, for a command that runs until it
// is stopped. It belongs to one goroutine.
type inbox struct {
	nc       *nats.Conn
	timeout  time.Duration // longest wait for the server when we stop
	subs     []*nats.Subscription
	open     sync.WaitGroup // one for each subscription that may still call take
	messages chan *nats.Msg
	closed   chan struct{} // closed with the connection
	left     chan struct{} // closed when nobody takes messages any more
}

// listen connects and subscribes to all subjects, and returns when the server has confirmed it. With a count above
// zero no subscription takes more messages than that.
func (c *connection) listen(cmd *cobra.Command, subjects []string, queue string, count int) (*inbox, error) {
	in := &inbox{
		timeout:  c.timeout,
		messages: make(chan *nats.Msg, inboxDepth),
		closed:   make(chan struct{}),
		left:     make(chan struct{}),
	}
	options := append(staying(cmd), nats.ClosedHandler(func(*nats.Conn) { close(in.closed) }))
	var err error
	if in.nc, err = c.open(cmd, options...); err != nil {
		return nil, err
	}
	if err := in.subscribe(subjects, queue, count); err != nil {
		in.close()
		return nil, err
	}
	if err := settle(cmd.Context(), in.nc, c.timeout); err != nil {
		in.close()
		return nil, err
	}
	in.nc.SetErrorHandler(noted(cmd))
	return in, nil
}

func (in *inbox) subscribe(subjects []string, queue string, count int) error {
	for _, subject := range subjects {
		sub, err := in.nc.QueueSubscribe(subject, queue, in.take)
		if errors.Is(err, nats.ErrBadSubject) {
			return badSubject(subject)
		}
		if err != nil {
			return fmt.Errorf("subscribe to %q: %w", subject, explain(err))
		}
		in.open.Add(1)
		sub.SetClosedHandler(func(string) { in.open.Done() })
		in.subs = append(in.subs, sub)
		if count > 0 {
			if err := sub.AutoUnsubscribe(count); err != nil {
				return fmt.Errorf("subscribe to %q: %w", subject, explain(err))
			}
		}
	}
	return nil
}

// take runs in a goroutine of the library, one for each subscription.
func (in *inbox) take(msg *nats.Msg) {
	select {
	case in.messages <- msg:
	case <-in.left:
	}
}

// each calls handle with every message until it returns false or an error, or the connection is closed. When ctx ends it
// asks the server for no more, handles what has come, and returns nil; the connection then is still open, so that
// handle can answer. idle is called when no message waits.
func (in *inbox) each(ctx context.Context, handle func(*nats.Msg) (bool, error), idle func()) error {
	var drained <-chan struct{}
	stop := ctx.Done()
	for {
		if len(in.messages) == 0 {
			idle()
		}
		select {
		case msg := <-in.messages:
			if more, err := handle(msg); err != nil || !more {
				return err
			}
		case <-stop:
			stop, drained = nil, in.drain()
		case <-drained:
			return in.rest(handle)
		case <-in.closed:
			if err := in.rest(handle); err != nil || stop == nil {
				return err
			}
			return in.why()
		}
	}
}

// rest handles the messages that already wait.
func (in *inbox) rest(handle func(*nats.Msg) (bool, error)) error {
	for {
		select {
		case msg := <-in.messages:
			if more, err := handle(msg); err != nil || !more {
				return err
			}
		default:
			return nil
		}
	}
}

// drain ends the subscriptions. The channel it returns is closed when take has had their last message, or when
// the server has taken too long to confirm.
func (in *inbox) drain() <-chan struct{} {
	drained := make(chan struct{})
	if !in.nc.IsConnected() {
		// Nothing more can come.
		close(drained)
		return drained
	}
	for _, sub := range in.subs {
		// It fails only when the subscription is closed already, as after its last message.
		_ = sub.Drain()
	}
	var once sync.Once
	end := func() { once.Do(func() { close(drained) }) }
	late := time.AfterFunc(in.timeout, end)
	go func() { // ends at the latest when in.close has closed the connection, and with it the subscriptions
		in.open.Wait()
		late.Stop()
		end()
	}()
	return drained
}

// why says why the connection was closed though nobody asked for it.
func (in *inbox) why() error {
	if err := in.nc.LastError(); err != nil {
		return explain(err)
	}
	return errors.New("the connection is closed")
}

// close ends the connection and waits until it has.
func (in *inbox) close() {
	close(in.left)
	in.nc.Close()
	<-in.closed
}
