//go:build linux

package main

import (
	"context"
	"fmt"
	"time"
)

// subscribeBatch is how many subscriptions, all to different literal subjects, are made between two barriers.
const subscribeBatch = 100_000

// subscribeLines is the SUB lines of a batch, and the UNSUB lines that undo them, in chunks of about 64 KiB.
func subscribeLines(n int) (sub, unsub [][]byte) {
	return chunks(n, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "SUB bench.subject.%0*d %d\r\n", subjectDigits, i, i+1)
		}),
		chunks(n, func(b []byte, i int) []byte { return fmt.Appendf(b, "UNSUB %d\r\n", i+1) })
}

// chunks appends n lines, and begins a new chunk whenever one has reached 64 KiB.
func chunks(n int, appendLine func(b []byte, i int) []byte) [][]byte {
	var all [][]byte
	var b []byte
	for i := range n {
		if b = appendLine(b, i); len(b) >= blockBytes || i == n-1 {
			all, b = append(all, b), nil
		}
	}
	return all
}

// measureSubscribe makes batches of subscriptions on one connection and removes them; only the making counts.
func measureSubscribe(ctx context.Context, b *bench, srv *server) (measurement, error) {
	conn, err := dialPlain(srv.port, 1)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	sub, unsub := subscribeLines(subscribeBatch)
	var total reading // sums: of the time as well, counted from the zero time
	end := time.Now().Add(b.duration)
	for i := 0; i < 2 || time.Now().Before(end); i++ {
		cpuBefore, err := cpuTime(srv.pid)
		if err != nil {
			return nil, err
		}
		before := time.Now()
		if err := writeAll(conn, sub); err != nil {
			return nil, err
		}
		took := time.Since(before)
		cpuAfter, err := cpuTime(srv.pid)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first batch is the warm-up
			total.at = total.at.Add(took)
			total.messages += subscribeBatch
			total.cpu += cpuAfter - cpuBefore
		}
		if err := writeAll(conn, unsub); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return perMessage(reading{}, total), nil
}

// writeAll writes chunks and waits until the server has handled them.
func writeAll(conn rawConn, chunks [][]byte) error {
	for _, chunk := range chunks {
		if _, err := conn.Write(chunk); err != nil {
			return err
		}
	}
	return barrier(conn, "")
}
