//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// idle is a workload of things that do nothing: what does each cost the server in anonymous memory (RssAnon),
// against the server before, once both figures have settled?
type idle struct {
	connections   int
	subscriptions int // on one connection
}

// measure opens them on a server that has served one connection before.
func (w idle) measure(ctx context.Context, b *bench, srv *server) (measurement, error) {
	if err := checkDescriptors(w.connections); err != nil {
		return nil, err
	}
	first, err := dial(srv)
	if err != nil {
		return nil, err
	}
	defer first.Close()
	before, err := settledMemory(ctx, srv.pid, "RssAnon")
	if err != nil {
		return nil, err
	}
	conns, err := openIdle(srv, w.connections)
	defer closeAll(conns)
	if err != nil {
		return nil, errors.Join(err, srv.alive())
	}
	if w.subscriptions > 0 {
		if err := subscribeIdle(first, w.subscriptions); err != nil {
			return nil, err
		}
	}
	after, err := settledMemory(ctx, srv.pid, "RssAnon")
	if err != nil {
		return nil, err
	}
	return measurement{memory: float64(after-before) / float64(w.connections+w.subscriptions)}, srv.alive()
}

// checkDescriptors fails when this process, or the server, which has the same limit, may not open n connections.
func checkDescriptors(n int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if need := uint64(n + 200); limit.Max < need {
		return fmt.Errorf("%d connections need a limit of %d open files, and it is %d: raise it (ulimit -n %d)", n, need, limit.Max, need)
	}
	return nil
}

// idleWorkers is how many connections are opened side by side.
const idleWorkers = 4

// openIdle opens n connections. On an error it returns those it has opened.
func openIdle(srv *server, n int) ([]io.Closer, error) {
	conns := make([]io.Closer, n)
	errs := make([]error, idleWorkers)
	var next atomic.Int64
	var workers sync.WaitGroup
	for worker := range idleWorkers {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				conn, err := dial(srv)
				if err != nil {
					errs[worker] = fmt.Errorf("open connection %d of %d: %w", i+1, n, err)
					return
				}
				conns[i] = conn
			}
		})
	}
	workers.Wait()
	return conns, errors.Join(errs...)
}

func closeAll(conns []io.Closer) {
	for _, conn := range conns {
		if conn != nil {
			conn.Close()
		}
	}
}

// subscribeIdle makes n subscriptions to different literal subjects on one connection.
func subscribeIdle(conn io.ReadWriter, n int) error {
	sub, _ := subscribeLines(n)
	for _, chunk := range sub {
		if _, err := conn.Write(chunk); err != nil {
			return err
		}
	}
	return barrier(conn, "")
}

// measureStartup tells how soon a server answers after exec, how much memory it has when nothing is connected
// (VmRSS), and how large the program is.
func measureStartup(ctx context.Context, b *bench, srv *server) (measurement, error) {
	resident, err := settledMemory(ctx, srv.pid, "VmRSS")
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(srv.cmd.Path)
	if err != nil {
		return nil, err
	}
	return measurement{
		startup:    float64(srv.startup.Nanoseconds()) / 1e6,
		idleMemory: float64(resident),
		binarySize: float64(info.Size()),
	}, nil
}
