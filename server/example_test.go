package server_test

import (
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/server"
)

// A server inside a program: on a free port of the loopback address, its log thrown away.
func Example() {
	s, err := server.New(server.Options{Args: []string{"-a", "127.0.0.1", "-p", "-1", "-l", os.DevNull}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Shutdown()

	nc, err := nats.Connect(s.URL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	_, err = nc.Subscribe("greet.*", func(m *nats.Msg) {
		_ = m.Respond([]byte("hello from " + m.Subject))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := nc.Request("greet.joe", nil, time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(reply.Data))
	// Output: hello from greet.joe
}
