// Command client exercises a server with nats.go the way programs do, and prints OK. It is built against an old
// and the newest release of the library: see go.mod and v1.31.mod.
//
// Its arguments are the scenario and the server's URL. The restart scenario prints "restart" and waits for a line
// on stdin, by which the test says that the server is back.
package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// wait bounds each wait for the server.
const wait = 10 * time.Second

var scenarios = map[string]func(url string) error{
	"basic": basic, "user": user, "token": token, "nkey": nkey, "tls": secure, "restart": restart,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("OK")
}

func run(args []string) error {
	if len(args) != 2 || scenarios[args[0]] == nil {
		return errors.New("usage: client SCENARIO URL")
	}
	return scenarios[args[0]](args[1])
}

// basic goes through what every program uses, on one connection and a second one.
func basic(url string) error {
	nc, err := nats.Connect(url, nats.Name("interop"))
	if err != nil {
		return err
	}
	defer nc.Close()
	other, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer other.Close()
	for _, part := range []struct {
		name string
		test func(nc, other *nats.Conn) error
	}{
		{"publish", publish}, {"queue", queue}, {"request", request}, {"headers", headers},
		{"no responders", noResponders}, {"unsubscribe", unsubscribe}, {"round trip", roundTrip}, {"drain", drain},
	} {
		if err := part.test(nc, other); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func publish(nc, other *nats.Conn) error {
	sub, err := nc.SubscribeSync("greet.*")
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	const count = 1000
	for i := range count {
		if err := other.Publish("greet.joe", fmt.Appendf(nil, "%d", i)); err != nil {
			return err
		}
	}
	for i := range count {
		msg, err := sub.NextMsg(wait)
		if err != nil {
			return err
		}
		if want := fmt.Sprint(i); string(msg.Data) != want || msg.Subject != "greet.joe" {
			return fmt.Errorf("got %q on %q, want %q", msg.Data, msg.Subject, want)
		}
	}
	return sub.Unsubscribe()
}

func queue(nc, other *nats.Conn) error {
	const count = 300
	var counts [3]atomic.Int64
	done := make(chan struct{}, count)
	for i := range counts {
		sub, err := nc.QueueSubscribe("work", "workers", func(*nats.Msg) {
			counts[i].Add(1)
			done <- struct{}{}
		})
		if err != nil {
			return err
		}
		defer sub.Unsubscribe()
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	for range count {
		if err := other.Publish("work", nil); err != nil {
			return err
		}
	}
	for range count {
		select {
		case <-done:
		case <-time.After(wait):
			return errors.New("not all messages arrived")
		}
	}
	for i := range counts {
		if counts[i].Load() == 0 {
			return fmt.Errorf("member %d of the queue group got nothing", i)
		}
	}
	return nil
}

func request(nc, other *nats.Conn) error {
	sub, err := nc.Subscribe("double", func(m *nats.Msg) { m.Respond(append(m.Data, m.Data...)) })
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	for range 100 {
		reply, err := other.Request("double", []byte("ab"), wait)
		if err != nil {
			return err
		}
		if string(reply.Data) != "abab" {
			return fmt.Errorf("got %q", reply.Data)
		}
	}
	return sub.Unsubscribe()
}

func headers(nc, other *nats.Conn) error {
	sub, err := nc.SubscribeSync("with.headers")
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	out := nats.NewMsg("with.headers")
	out.Header.Add("Colour", "red")
	out.Header.Add("Colour", "blue")
	out.Data = []byte("body")
	if err := other.PublishMsg(out); err != nil {
		return err
	}
	in, err := sub.NextMsg(wait)
	if err != nil {
		return err
	}
	if values := in.Header.Values("Colour"); len(values) != 2 || values[0] != "red" || string(in.Data) != "body" {
		return fmt.Errorf("got %v %q", in.Header, in.Data)
	}
	return sub.Unsubscribe()
}

func noResponders(nc, _ *nats.Conn) error {
	if _, err := nc.Request("nobody.home", nil, wait); !errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("got %v", err)
	}
	return nil
}

func unsubscribe(nc, other *nats.Conn) error {
	sub, err := nc.SubscribeSync("few")
	if err != nil {
		return err
	}
	if err := sub.AutoUnsubscribe(2); err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	for range 3 {
		if err := other.Publish("few", nil); err != nil {
			return err
		}
	}
	for range 2 {
		if _, err := sub.NextMsg(wait); err != nil {
			return err
		}
	}
	if _, err := sub.NextMsg(wait); !errors.Is(err, nats.ErrMaxMessages) {
		return fmt.Errorf("third message: %v", err)
	}
	return nil
}

func roundTrip(nc, _ *nats.Conn) error {
	if _, err := nc.RTT(); err != nil {
		return err
	}
	if !nc.HeadersSupported() || nc.MaxPayload() != 1<<20 {
		return fmt.Errorf("headers %v, max payload %d", nc.HeadersSupported(), nc.MaxPayload())
	}
	_, err := nc.GetClientID()
	return err
}

// drain is last: it ends the first connection.
func drain(nc, other *nats.Conn) error {
	var got atomic.Int64
	closed := make(chan struct{})
	nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	if _, err := nc.Subscribe("drained", func(*nats.Msg) { got.Add(1) }); err != nil {
		return err
	}
	// A message behind the others says that they all have been sent to us.
	last, err := nc.SubscribeSync("drained.end")
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	const count = 100
	for range count {
		if err := other.Publish("drained", nil); err != nil {
			return err
		}
	}
	if err := other.Publish("drained.end", nil); err != nil {
		return err
	}
	if _, err := last.NextMsg(wait); err != nil {
		return err
	}
	if err := nc.Drain(); err != nil {
		return err
	}
	select {
	case <-closed:
	case <-time.After(wait):
		return errors.New("drain does not end")
	}
	if got.Load() != count {
		return fmt.Errorf("got %d of %d messages", got.Load(), count)
	}
	return nil
}

func user(url string) error {
	if _, err := nats.Connect(url, nats.UserInfo("alice", "wrong")); !errors.Is(err, nats.ErrAuthorization) {
		return fmt.Errorf("wrong password: %v", err)
	}
	return works(url, nats.UserInfo("alice", "secret"))
}

func token(url string) error {
	if _, err := nats.Connect(url); !errors.Is(err, nats.ErrAuthorization) {
		return fmt.Errorf("no token: %v", err)
	}
	return works(url, nats.Token("s3cret"))
}

// nkey signs in with the key made from the name alice, as the transcripts do.
func nkey(url string) error {
	seed := sha256.Sum256([]byte("alice"))
	key, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, seed[:])
	if err != nil {
		return err
	}
	public, err := key.PublicKey()
	if err != nil {
		return err
	}
	return works(url, nats.Nkey(public, key.Sign))
}

// secure expects the folder of certificates in CERTS.
func secure(url string) error {
	dir := os.Getenv("CERTS")
	return works(url, nats.RootCAs(dir+"/ca.pem"), nats.ClientCert(dir+"/client.pem", dir+"/client.key"))
}

// works connects and makes a request to itself.
func works(url string, options ...nats.Option) error {
	nc, err := nats.Connect(url, options...)
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err := nc.Subscribe("echo", func(m *nats.Msg) { m.Respond(m.Data) }); err != nil {
		return err
	}
	_, err = nc.Request("echo", nil, wait)
	return err
}

// restart expects subscriptions to work again after the server was away.
func restart(url string) error {
	reconnected := make(chan struct{})
	nc, err := nats.Connect(url,
		nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ReconnectHandler(func(*nats.Conn) { close(reconnected) }))
	if err != nil {
		return err
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("after")
	if err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	fmt.Println("restart")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	select {
	case <-reconnected:
	case <-time.After(wait):
		return errors.New("not reconnected")
	}
	if err := nc.Publish("after", nil); err != nil {
		return err
	}
	_, err = sub.NextMsg(wait)
	return err
}
