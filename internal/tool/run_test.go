package tool_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"sinew.dev/sinew/internal/tool"
)

// result is what a finished command left behind.
type result struct {
	code     int
	out, err string
}

// run runs a command to its end with nothing on standard input.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t, strings.NewReader(""), args...)
}

func runWith(t *testing.T, stdin io.Reader, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := tool.Run(ctx, args, stdin, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

func (r result) check(t *testing.T, code int, out, err string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code is %d, want %d", r.code, code)
	}
	if r.out != out {
		t.Errorf("standard output is\n%s\nwant\n%s", r.out, out)
	}
	if r.err != err {
		t.Errorf("standard error is\n%s\nwant\n%s", r.err, err)
	}
}

// background is a command that runs until it is stopped.
type background struct {
	t        *testing.T
	out, err *watched
	cancel   context.CancelFunc
	ended    chan int
}

// start runs a command in the background and returns when it has written ready to standard error.
func start(t *testing.T, ready string, args ...string) *background {
	t.Helper()
	b := launch(t, args...)
	b.err.await(t, ready)
	return b
}

// launch runs a command in the background.
func launch(t *testing.T, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{t: t, out: newWatched(), err: newWatched(), cancel: cancel, ended: make(chan int, 1)}
	go func() { b.ended <- tool.Run(ctx, args, strings.NewReader(""), b.out, b.err) }()
	t.Cleanup(func() { b.stop() })
	return b
}

// wait returns the result when the command has ended by itself.
func (b *background) wait() result {
	b.t.Helper()
	select {
	case code := <-b.ended:
		b.ended <- code
		return result{code, b.out.text(), b.err.text()}
	case <-time.After(patience):
		b.t.Fatalf("the command does not end; it wrote\n%s", b.err.text())
	}
	return result{}
}

// stop interrupts the command and waits until it has ended.
func (b *background) stop() result {
	b.t.Helper()
	b.cancel()
	return b.wait()
}

// watched keeps what is written, and lets tests wait for it. It is safe for concurrent use.
type watched struct {
	mu    sync.Mutex
	grown *sync.Cond
	buf   bytes.Buffer
}

func newWatched() *watched {
	w := &watched{}
	w.grown = sync.NewCond(&w.mu)
	return w
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.grown.Broadcast()
	return w.buf.Write(p)
}

func (w *watched) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// await returns when part was written.
func (w *watched) await(t *testing.T, part string) {
	t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		late = true
		w.grown.Broadcast()
	})
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !strings.Contains(w.buf.String(), part) {
		if late {
			t.Fatalf("%q was not written, but\n%s", part, w.buf.String())
		}
		w.grown.Wait()
	}
}
