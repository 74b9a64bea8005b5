package server_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

func TestClosedConnectionsHoldNoBuffers(t *testing.T) {
	r := start(t, "") // remembers 10000 closed connections, with their subscriptions
	half := "SUB x 1\r\nPUB y 900000\r\n" + strings.Repeat("y", 300_000)
	leave := func(n int) {
		for i := range n {
			w := r.login("")
			if _, err := io.WriteString(w, half); err != nil {
				t.Fatal(err)
			}
			r.awaitVarz("the subscription", func(*status.Varz) bool { return r.clientSubs() == 1 })
			_ = w.Close()
			r.awaitVarz(fmt.Sprint("the end of connection ", i), func(v *status.Varz) bool { return v.Connections == 0 })
		}
	}
	leave(10)
	before := heapBytes()
	leave(100)
	if grown := int64(heapBytes()) - int64(before); grown > 4<<20 && !raceEnabled {
		t.Errorf("100 closed connections hold %d bytes", grown)
	}
}
