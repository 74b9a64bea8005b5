package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sinew.dev/sinew/internal/vfs"
)

var errDisk = errors.New("the disk says no")

func TestAFailedWriteGoesToAnotherFile(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		fs := newFS(t)
		o := options(fs)
		var failures atomic.Int32
		o.Failed = func(error) { failures.Add(1) }
		j, _, _ := open(t, o)
		s := newCounter(1, 0, j)
		bad := map[string]bool{}
		fs.SetFault(func(op vfs.Op) error { // once for each file, and then for ever: nobody may write there again; files are filled
			if op.Kind == "write" && op.Bytes < 64<<10 && (bad[op.Name] || len(bad) < 3 && random.IntN(10) == 0) {
				bad[op.Name] = true
				return errDisk
			}
			return nil
		})
		var failed error
		for range 40 {
			s.add(20)
			if failed = s.wait(); failed != nil {
				break
			}
		}
		fs.SetFault(nil)
		if err := j.Close(); (err != nil) != (failed != nil) {
			t.Fatalf("closed with %v after %v", err, failed)
		}
		if int(failures.Load()) < len(bad) {
			t.Fatalf("%d failures were told of, %d files failed", failures.Load(), len(bad))
		}
		j, found, got := open(t, options(fs.Crash(vfs.LoseAll, random)))
		if got[1] < s.committed || found.Damage != nil {
			t.Fatalf("%d items are back, %d were committed; damage: %v", got[1], s.committed, found.Damage)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAfterTheLastFileFailedNothingIsCommitted(t *testing.T) {
	fs := newFS(t)
	j, _, _ := open(t, options(fs))
	s := newCounter(1, 0, j)
	fs.SetFault(func(op vfs.Op) error {
		if op.Kind == "write" {
			return errDisk
		}
		return nil
	})
	s.add(1)
	if err := s.wait(); !errors.Is(err, errDisk) {
		t.Errorf("committed on a broken disk: %v", err)
	}
	fs.SetFault(nil)
	other := newCounter(2, 0, j)
	other.add(1)
	if err := other.wait(); !errors.Is(err, errDisk) {
		t.Errorf("committed after a commit had failed: %v", err)
	}
	if err := j.Close(); !errors.Is(err, errDisk) {
		t.Errorf("closed with %v", err)
	}
}

func TestForeignAndNewerJournalsAreRefused(t *testing.T) {
	fs := newFS(t)
	j, _, _ := open(t, options(fs))
	s := newCounter(1, 0, j)
	s.add(1)
	if err := errors.Join(s.wait(), j.Close()); err != nil {
		t.Fatal(err)
	}
	nothing := func(LSN, *Run) error { return nil }
	other := options(fs)
	other.Store = StoreID{9}
	if _, _, err := Open(other, nothing); err == nil || !strings.Contains(err.Error(), "another store") {
		t.Errorf("another store's journal: %v", err)
	}
	f, err := fs.Open("/j/00000001.journal", vfs.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{version + 1}, atVersion); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(options(fs), nothing); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer journal: %v", err)
	}
}

func TestReplayEndsWithItsError(t *testing.T) {
	fs := newFS(t)
	j, _, _ := open(t, options(fs))
	s := newCounter(1, 0, j)
	s.add(1)
	if err := errors.Join(s.wait(), j.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(options(fs), func(LSN, *Run) error { return errDisk }); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}

func TestOneRunMayBeLargerThanAFrame(t *testing.T) {
	fs := newFS(t)
	j, _, _ := open(t, options(fs))
	small, large := newCounter(1, 0, j), &largeRun{done: make(chan error, 1)}
	small.add(10)
	j.Dirty(large)
	if err := errors.Join(<-large.done, small.wait(), j.Close()); err != nil {
		t.Fatal(err)
	}
	sizes := map[uint64]int{}
	j, _, err := Open(options(fs), func(_ LSN, r *Run) error {
		sizes[r.Object] += len(r.Data)
		return nil
	})
	if err != nil || sizes[99] != largeBytes {
		t.Errorf("%d of %d bytes, %v", sizes[99], largeBytes, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _, _ = open(t, options(newFS(t)))
	huge := &largeRun{bytes: 64 << 10, done: make(chan error, 1)}
	j.Dirty(huge)
	if err := <-huge.done; err == nil {
		t.Error("a run larger than a file was committed")
	}
	if err := j.Close(); err != nil {
		t.Errorf("a run that does not fit broke the journal: %v", err)
	}
}

const largeBytes = 40_000

// largeRun is a source of one run.
type largeRun struct {
	bytes int
	done  chan error
}

func (l *largeRun) Gather(b *Batch) (uint64, bool) {
	if l.bytes == 0 {
		l.bytes = largeBytes
	}
	if b.Room() < l.bytes && !b.Empty() {
		return 0, true
	}
	return 1, !b.Add(&Run{Object: 99, Kind: 1, First: 1, Count: 1, Data: make([]byte, l.bytes)})
}

func (l *largeRun) Committed(_ uint64, err error) { l.done <- err }

func FuzzRecovery(f *testing.F) {
	fs := vfs.NewMemory()
	if err := fs.MkdirAll("/j"); err != nil {
		f.Fatal(err)
	}
	j, _, err := Open(options(fs), func(LSN, *Run) error { return nil })
	if err != nil {
		f.Fatal(err)
	}
	s := newCounter(1, 0, j)
	s.add(30)
	if err := errors.Join(s.wait(), j.Close()); err != nil {
		f.Fatal(err)
	}
	file, err := fs.Open("/j/00000001.journal", vfs.Options{})
	if err != nil {
		f.Fatal(err)
	}
	whole := make([]byte, 3*vfs.Align)
	if _, err := file.ReadAt(whole, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:vfs.Align])
	f.Add([]byte("SNWJ"))
	f.Fuzz(func(t *testing.T, content []byte) {
		fs := newFS(t)
		file, err := fs.Open("/j/00000001.journal", vfs.Options{Write: true, Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(content, 0); err != nil {
			t.Fatal(err)
		}
		// Without the journal's goroutines, so that one input always takes the same way.
		o, err := options(fs).withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		nothing := func(LSN, *Run) error { return nil }
		found, err := recoverFrames(&o, &ring{fs: fs, dir: o.Dir, bytes: o.FileBytes}, nothing)
		if err != nil || found.tail == 0 || found.tailOffset == o.FileBytes {
			return
		}
		b := newBatch(vfs.Align)
		b.Add(&Run{Object: 2, Count: 1, Data: []byte("one more")})
		frame := b.finish(&header{lsn: found.Next, previous: found.crc}, o.Store)
		if _, err := file.WriteAt(frame, found.tailOffset); err != nil {
			t.Fatal(err)
		}
		again, err := recoverFrames(&o, &ring{fs: fs, dir: o.Dir, bytes: o.FileBytes}, nothing)
		if err != nil || again.Runs != found.Runs+1 || again.Next != found.Next+1 {
			t.Fatalf("found %+v; with one more frame %+v, %v", found, again, err)
		}
	})
}

// BenchmarkCommit commits 128-byte items of one source, as many as wait at a time, on the disk under the temporary folder.
func BenchmarkCommit(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "j")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	j, _, err := Open(Options{FS: vfs.OS{}, Dir: dir, Store: StoreID{1}}, func(LSN, *Run) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(128)
	b.ReportAllocs()
	s := newCounter(1, 0, j)
	for range b.N {
		s.add(1)
		s.mu.Lock()
		for s.asked-s.committed > 4000 && s.failed == nil {
			s.changed.Wait()
		}
		s.mu.Unlock()
		if j.Stats().Held > 2*DefaultFileBytes {
			_ = j.Release(j.Durable())
		}
	}
	if err := s.wait(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(j.Stats().Frames)/float64(b.N), "frames/op")
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
