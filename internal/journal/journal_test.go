package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sinew.dev/sinew/internal/vfs"
)

// counter is a source of numbered items: item n of object o is the bytes of n, as often as size says.
type counter struct {
	object  uint64
	journal *Journal

	mu        sync.Mutex
	dirty     bool
	asked     uint64 // items that exist
	gathered  uint64
	committed uint64
	failed    error
	changed   sync.Cond
}

func newCounter(object, from uint64, j *Journal) *counter {
	c := &counter{object: object, journal: j, asked: from, gathered: from, committed: from}
	c.changed.L = &c.mu
	return c
}

// add makes n more items.
func (c *counter) add(n int) {
	c.mu.Lock()
	c.asked += uint64(n)
	was := c.dirty
	c.dirty = true
	c.mu.Unlock()
	if !was {
		c.journal.Dirty(c)
	}
}

// itemBytes varies, so that frames do.
func itemBytes(n uint64) int { return 8 + int(n*n%300) }

func item(b []byte, n uint64) {
	for i := range b {
		b[i] = byte(n)
	}
	binary.LittleEndian.PutUint64(b, n)
}

func (c *counter) Gather(b *Batch) (mark uint64, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.gathered < c.asked {
		n := c.gathered + 1
		room := b.Run(&Run{Object: c.object, Kind: 7, First: n, Count: 1, Term: c.object << 40}, itemBytes(n))
		if room == nil {
			return c.gathered, true
		}
		item(room, n)
		c.gathered = n
	}
	c.dirty = false
	return c.gathered, false
}

func (c *counter) Committed(mark uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.failed = err
	} else if c.failed == nil {
		c.committed = mark
	}
	c.changed.Broadcast()
}

// wait returns when all that was added is committed, or when something failed.
func (c *counter) wait() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.committed < c.asked && c.failed == nil {
		c.changed.Wait()
	}
	return c.failed
}

// content is what a journal holds: by object, the last item, all before it having come in order.
type content map[uint64]uint64

func (c content) replay(_ LSN, r *Run) error {
	want := make([]byte, itemBytes(r.First))
	item(want, r.First)
	switch {
	case r.Kind != 7 || r.Count != 1 || r.Term != r.Object<<40:
		return fmt.Errorf("a run that nobody wrote: %+v", r)
	case string(r.Data) != string(want):
		return fmt.Errorf("item %d of %d has another content", r.First, r.Object)
	case c[r.Object] != 0 && r.First != c[r.Object]+1:
		return fmt.Errorf("item %d of %d comes after %d", r.First, r.Object, c[r.Object])
	}
	c[r.Object] = r.First
	return nil
}

func options(fs vfs.FS) Options {
	return Options{FS: fs, Dir: "/j", Store: StoreID{1, 2, 3}, FileBytes: 64 << 10, FrameBytes: 8 << 10, SealAfter: time.Millisecond}
}

func newFS(t *testing.T) *vfs.Memory {
	t.Helper()
	fs := vfs.NewMemory()
	if err := errors.Join(fs.MkdirAll("/j"), fs.SyncDir("/")); err != nil {
		t.Fatal(err)
	}
	return fs
}

func open(t *testing.T, o Options) (*Journal, *Recovery, content) {
	t.Helper()
	c := content{}
	j, found, err := Open(o, c.replay)
	if err != nil {
		t.Fatal(err)
	}
	return j, found, c
}

func TestWhatWasCommittedIsReadBack(t *testing.T) {
	for _, name := range []string{"memory", "os"} {
		t.Run(name, func(t *testing.T) {
			o := options(newFS(t))
			if name == "os" {
				o.FS, o.Dir = vfs.OS{}, t.TempDir()
			}
			j, found, _ := open(t, o)
			if found.Next != 1 || found.Clean {
				t.Errorf("an empty journal: %+v", found)
			}
			var sources []*counter
			for object := range 5 {
				sources = append(sources, newCounter(uint64(object+1), 0, j))
			}
			for i := range 200 {
				for _, s := range sources {
					s.add(1 + i%3)
				}
			}
			for _, s := range sources {
				if err := s.wait(); err != nil {
					t.Fatal(err)
				}
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); !errors.Is(err, ErrClosed) {
				t.Errorf("closed twice: %v", err)
			}
			j, found, got := open(t, o)
			defer j.Close()
			if !found.Clean || found.Damage != nil || found.Runs != 5*(200+199) {
				t.Errorf("found %+v", found)
			}
			for _, s := range sources {
				if got[s.object] != s.asked {
					t.Errorf("object %d has %d items, want %d", s.object, got[s.object], s.asked)
				}
			}
		})
	}
}

func TestOneFrameCommitsForMany(t *testing.T) {
	j, _, _ := open(t, options(newFS(t)))
	defer j.Close()
	block := newCounter(1000, 0, j)
	var sources []*counter
	block.mu.Lock() // the gatherer waits here, so that all that follow are dirty when it goes on
	for object := range 100 {
		sources = append(sources, newCounter(uint64(object+1), 0, j))
	}
	block.asked, block.dirty = 1, true
	j.Dirty(block)
	for _, s := range sources {
		s.add(1)
	}
	block.mu.Unlock()
	for _, s := range sources {
		if err := s.wait(); err != nil {
			t.Fatal(err)
		}
	}
	if n := j.Stats().Frames; n > 12 {
		t.Errorf("%d frames for 100 sources", n)
	}
}

func TestReleasedFilesAreUsedAgain(t *testing.T) {
	fs := newFS(t)
	o := options(fs)
	j, _, _ := open(t, o)
	s := newCounter(1, 0, j)
	for range 2000 {
		s.add(2)
		if err := s.wait(); err != nil {
			t.Fatal(err)
		}
		if err := j.Release(j.Durable()); err != nil {
			t.Fatal(err)
		}
	}
	o.From = j.Durable()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := fs.List("/j")
	if err != nil || len(list) > 4 {
		t.Errorf("%d files after more than 100 were filled: %v", len(list), err)
	}
	j, found, _ := open(t, o)
	if !found.Clean || found.Damage != nil {
		t.Errorf("found %+v", found)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAPowerCutLosesNothingThatWasCommitted cuts the power at random writes, again and again on the same disk.
func TestAPowerCutLosesNothingThatWasCommitted(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	fs := newFS(t)
	items := content{}
	from := LSN(1)
	for round := range rounds {
		o := options(fs)
		o.From = from
		got := content{}
		for object, n := range items {
			got[object] = n // what is before From is known from elsewhere
		}
		replay := content{}
		j, found, err := Open(o, func(lsn LSN, r *Run) error {
			if err := replay.replay(lsn, r); err != nil {
				return err
			}
			got[r.Object] = max(got[r.Object], r.First)
			return nil
		})
		if errors.Is(err, vfs.ErrCrashed) {
			t.Fatalf("seed %d, round %d: the power was not cut", seed, round)
		}
		if err != nil {
			t.Fatalf("seed %d, round %d: %v", seed, round, err)
		}
		if found.Damage != nil {
			t.Fatalf("seed %d, round %d: torn writes were taken for damage: %v", seed, round, found.Damage)
		}
		for object, n := range items {
			if got[object] < n {
				t.Fatalf("seed %d, round %d: object %d has %d items, %d were committed", seed, round, object, got[object], n)
			}
		}
		fs.CutPowerAt(fs.Mutations() + 1 + random.IntN(60))
		items, from = work(j, got, from, random)
		fs = fs.Crash(vfs.Loss(random.IntN(3)), random)
	}
}

// work adds items until the power is cut, or for a while, and returns what was committed and what is still needed.
func work(j *Journal, got content, from LSN, random *rand.Rand) (content, LSN) {
	var sources []*counter
	for object := range uint64(4) {
		sources = append(sources, newCounter(object+1, got[object+1], j))
	}
	for range 50 {
		for _, s := range sources {
			s.add(random.IntN(20))
		}
		failed := sources[random.IntN(len(sources))].wait()
		if failed == nil && random.IntN(10) == 0 {
			// All that is committed by now is kept elsewhere.
			from = j.Durable()
			if err := j.Release(from); err != nil {
				break
			}
		}
		if failed != nil {
			break
		}
	}
	_ = j.Close() // it fails when the power is cut
	committed := content{}
	for _, s := range sources {
		committed[s.object] = s.committed
	}
	return committed, from
}

func TestDamageOfWhatWasCommittedIsReported(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, end := range []string{"sealed", "closed"} {
		for range 60 {
			fs := newFS(t)
			j, _, _ := open(t, options(fs))
			s := newCounter(1, 0, j)
			for range 20 {
				s.add(1 + random.IntN(30))
				if err := s.wait(); err != nil {
					t.Fatal(err)
				}
			}
			last := awaitSeal(t, j)
			if end == "closed" {
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
			after := fs.Crash(vfs.LoseAll, random)
			damaged := LSN(1 + random.IntN(int(last)-1))
			flip(t, after, damaged, random)
			_, found, err := Open(options(after), func(LSN, *Run) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Damage) != 1 || found.Damage[0].First != damaged || found.Damage[0].Last != damaged {
				t.Fatalf("%s: frame %d of %d was damaged; reported: %v", end, damaged, last, found.Damage)
			}
			if end != "closed" {
				_ = j.Close() // its file system has crashed
			}
		}
	}
}

// awaitSeal returns the number of the seal that follows when nothing more comes.
func awaitSeal(t *testing.T, j *Journal) LSN {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 10_000 {
		if j.Stats().Sealed {
			return j.Durable()
		}
		<-tick.C
	}
	t.Fatal("no seal was written")
	return 0
}

// flip changes one bit of a frame's header or body.
func flip(t *testing.T, fs vfs.FS, lsn LSN, random *rand.Rand) {
	t.Helper()
	r := &ring{fs: fs, dir: "/j"}
	numbers, err := r.numbers()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		f, err := fs.Open(r.path(n), vfs.Options{Write: true})
		if err != nil {
			t.Fatal(err)
		}
		in := &reader{file: f, store: StoreID{1, 2, 3}, limit: 64 << 10}
		for offset := int64(0); offset < in.limit; offset += vfs.Align {
			h, _, err := in.frame(offset)
			if err != nil || h.lsn != lsn {
				continue
			}
			at := offset + int64(random.IntN(headerBytes+h.body))
			b := make([]byte, 1)
			if _, err := f.ReadAt(b, at); err != nil {
				t.Fatal(err)
			}
			b[0] ^= 1 << random.IntN(8)
			if _, err := f.WriteAt(b, at); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no frame %d", lsn)
}
