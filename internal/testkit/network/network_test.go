package network

import (
	"net"
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// TestPortsAreFree listens on the ports that a server of the machine may have, and reaches them.
func TestPortsAreFree(t *testing.T) {
	Need(t)
	for _, address := range []string{"127.0.0.1:4222", "127.0.0.1:8222", "[::1]:4222"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
}
