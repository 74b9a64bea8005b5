package logs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAStreamThatNobodyReadsHoldsNobodyUp fills a pipe, and reads it later: the first lines are there, then how many
// were lost, then those that came when there was room again.
func TestAStreamThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	l := New(io.Discard, Options{})
	if err := l.RedirectToStream(w); err != nil {
		t.Fatal(err)
	}
	const lines = 20_000
	padding := strings.Repeat("x", 200)
	for i := range lines {
		l.Infof("%d %s", i, padding)
	}
	lost := l.Lost()
	if lost == 0 || lost >= lines {
		t.Fatalf("%d lines are lost", lost)
	}
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(r)
		text <- string(all)
	}()
	awaitEmpty(t, l.out.(*queue))
	l.Infof("after")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	_ = w.Close()
	got := strings.Split(strings.TrimSpace(<-text), "\n")
	if want := lines - int(lost) + 2; len(got) != want {
		t.Errorf("%d lines came through, want %d", len(got), want)
	}
	remark := fmt.Sprintf("[WRN] %d lines of the log were lost here: %v", lost, errSlow)
	if end := got[len(got)-2:]; end[0] != remark || end[1] != "[INF] after" {
		t.Errorf("the end is %q", end)
	}
}

// awaitEmpty waits until a queue has taken everything for delivery.
func awaitEmpty(t *testing.T, q *queue) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-tick.C {
		q.mu.Lock()
		empty := len(q.waiting.ends) == 0 && q.lost == 0
		q.mu.Unlock()
		if empty {
			return
		}
	}
	t.Fatal("the queue stays full")
}

// TestCloseDoesNotWaitForAStreamThatHangs: the pipe is full and stays so.
func TestCloseDoesNotWaitForAStreamThatHangs(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	l := New(io.Discard, Options{})
	if err := l.RedirectToStream(w); err != nil {
		t.Fatal(err)
	}
	l.Infof("%s", strings.Repeat("x", 200_000))
	began := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*closeTime {
		t.Errorf("closing took %v", took)
	}
}

func TestAStreamThatBreaksIsCounted(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	l := New(io.Discard, Options{})
	if err := l.RedirectToStream(w); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	l.Infof("nobody hears this")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if l.Lost() != 1 {
		t.Errorf("%d lines are lost", l.Lost())
	}
}

// TestEverythingQueuedIsThereAfterClose: closing loses nothing that a reader would take.
func TestEverythingQueuedIsThereAfterClose(t *testing.T) {
	for range 200 {
		sink := &memory{}
		l := New(io.Discard, Options{})
		if err := l.redirect(newQueue(l, sink), false); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			l.Infof("%d", i)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if want := "[INF] 0\n[INF] 1\n[INF] 2\n[INF] 3\n[INF] 4\n"; string(sink.text) != want {
			t.Fatalf("%q", sink.text)
		}
	}
}

// memory is a sink that keeps lines.
type memory struct{ text []byte }

func (m *memory) deliver(b *batch, _ <-chan struct{}) (int, error) {
	m.text = append(m.text, b.text...)
	return 0, nil
}
func (m *memory) hurry()       {}
func (m *memory) close() error { return nil }

// TestAFullDiskIsToldOfWhenThereIsRoomAgain puts the device that is always full in the place of the file.
func TestAFullDiskIsToldOfWhenThereIsRoomAgain(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("this system has no /dev/full")
	}
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	heard, hears, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = hears
	defer func() { os.Stderr = stderr }()
	path := filepath.Join(t.TempDir(), "log")
	l, err := Open(path, FileOptions{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := l.out.(*file)
	good := f.file
	f.file = full
	l.Infof("one")
	l.Errorf("two")
	complaint := make([]byte, 200)
	n, err := heard.Read(complaint)
	if err != nil || !strings.Contains(string(complaint[:n]), "no space left on device; lines of the log are lost") {
		t.Errorf("standard error says %q, %v", complaint[:n], err)
	}
	f.file = good
	l.Infof("three")
	if err := errors.Join(l.Close(), full.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	want := "[WRN] 2 lines of the log were lost here: write /dev/full: no space left on device\n[INF] three\n"
	if err != nil || string(text) != want || l.Lost() != 2 {
		t.Errorf("%q, %v, %d lost", text, err, l.Lost())
	}
}

func TestALineAfterATornOneBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := Open(path, FileOptions{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.Infof("whole")
	l.out.(*file).torn = true
	l.Infof("next")
	l.Infof("last")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "[INF] whole\n\n[INF] next\n[INF] last\n" {
		t.Errorf("%q, %v", text, err)
	}
}
