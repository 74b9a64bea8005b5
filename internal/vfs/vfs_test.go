package vfs

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"unsafe"
)

// systems are both file systems, each with a directory to work in.
func systems(t *testing.T) map[string]struct {
	fs   FS
	root string
} {
	m := NewMemory()
	if err := m.MkdirAll("/work"); err != nil {
		t.Fatal(err)
	}
	return map[string]struct {
		fs   FS
		root string
	}{"os": {OS{}, t.TempDir()}, "memory": {m, "/work"}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, fs FS, name string, o Options, content []byte) {
	t.Helper()
	o.Write, o.Create = true, true
	f, err := fs.Open(name, o)
	must(t, err)
	_, err = f.WriteAt(content, 0)
	must(t, err)
	must(t, f.Close())
}

func read(t *testing.T, fs FS, name string) string {
	t.Helper()
	f, err := fs.Open(name, Options{})
	must(t, err)
	defer f.Close()
	size, err := f.Size()
	must(t, err)
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(b)
}

func TestBothFileSystemsBehaveAlike(t *testing.T) {
	for name, s := range systems(t) {
		t.Run(name, func(t *testing.T) {
			in := func(name string) string { return filepath.Join(s.root, name) }
			must(t, s.fs.MkdirAll(in("a/b")))
			write(t, s.fs, in("a/one"), Options{}, []byte("hello"))
			must(t, s.fs.SyncDir(in("a")))
			if _, err := s.fs.Open(in("none"), Options{}); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("open what is not there: %v", err)
			}
			if _, err := s.fs.Open(in("a/one"), Options{Write: true, Create: true, Exclusive: true}); !errors.Is(err, os.ErrExist) {
				t.Errorf("make what is there: %v", err)
			}
			must(t, s.fs.Rename(in("a/one"), in("a/two")))
			list, err := s.fs.List(in("a"))
			must(t, err)
			if len(list) != 2 || !list[0].Dir || list[0].Name != "b" || list[1].Name != "two" || list[1].Bytes != 5 {
				t.Errorf("listed %+v", list)
			}
			if err := s.fs.Remove(in("a")); err == nil {
				t.Error("a directory with files in it was removed")
			}
			f, err := s.fs.Open(in("a/two"), Options{Write: true})
			must(t, err)
			must(t, f.Truncate(3))
			_, err = f.WriteAt([]byte("X"), 5)
			must(t, err)
			must(t, f.Sync())
			must(t, f.Close())
			if _, err := f.WriteAt([]byte("X"), 0); !errors.Is(err, os.ErrClosed) {
				t.Errorf("write to a closed file: %v", err)
			}
			if got := read(t, s.fs, in("a/two")); got != "hel\x00\x00X" {
				t.Errorf("read %q", got)
			}
			must(t, s.fs.Remove(in("a/two")))
			must(t, s.fs.Remove(in("a/b")))
			free, total, err := s.fs.Space(s.root)
			if err != nil || free <= 0 || free > total {
				t.Errorf("space: %d of %d, %v", free, total, err)
			}
		})
	}
}

func TestALockIsHeldOnce(t *testing.T) {
	for name, s := range systems(t) {
		t.Run(name, func(t *testing.T) {
			first, err := s.fs.Lock(filepath.Join(s.root, "lock"))
			must(t, err)
			if _, err := s.fs.Lock(filepath.Join(s.root, "lock")); !errors.Is(err, ErrLocked) {
				t.Errorf("a second lock: %v", err)
			}
			must(t, first.Close())
			again, err := s.fs.Lock(filepath.Join(s.root, "lock"))
			must(t, err)
			must(t, again.Close())
		})
	}
}

func TestDirectFilesTakeAlignedBuffers(t *testing.T) {
	for name, s := range systems(t) {
		t.Run(name, func(t *testing.T) {
			b := Buffer(2 * Align)
			if len(b) != 2*Align || uintptr(unsafe.Pointer(&b[0]))%Align != 0 {
				t.Fatalf("a buffer of %d bytes at %p", len(b), &b[0])
			}
			copy(b[Align:], "second")
			path := filepath.Join(s.root, "direct")
			write(t, s.fs, path, Options{Direct: true, Durable: true}, b)
			f, err := s.fs.Open(path, Options{Direct: true})
			must(t, err)
			defer f.Close()
			got := Buffer(Align)
			_, err = f.ReadAt(got, Align)
			must(t, err)
			if !bytes.Equal(got, b[Align:]) {
				t.Error("read something else than was written")
			}
		})
	}
}

func TestAligned(t *testing.T) {
	for bytes, want := range map[int]int{0: 0, 1: Align, Align: Align, Align + 1: 2 * Align} {
		if got := Aligned(bytes); got != want {
			t.Errorf("Aligned(%d) = %d, want %d", bytes, got, want)
		}
	}
}

// build makes files in all states of durability.
func build(t *testing.T) *Memory {
	m := NewMemory()
	must(t, m.MkdirAll("/d"))
	must(t, m.SyncDir("/"))
	write(t, m, "/d/durable", Options{Durable: true}, bytes.Repeat([]byte("D"), 2000))
	must(t, m.SyncDir("/d"))
	f, err := m.Open("/d/durable", Options{Write: true})
	must(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte("U"), 2000), 0) // over it, not synced
	must(t, err)
	write(t, m, "/d/nameless", Options{Durable: true}, []byte("n"))
	return m
}

func TestACrashTakesWhatWasNotSynced(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	m := build(t)
	after := m.Crash(LoseAll, random)
	if got := read(t, after, "/d/durable"); got != string(bytes.Repeat([]byte("D"), 2000)) {
		t.Errorf("what was synced is %d bytes, %.20q", len(got), got)
	}
	if _, err := after.Open("/d/nameless", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a name that was not synced: %v", err)
	}
	if _, err := m.Open("/d/durable", Options{}); !errors.Is(err, ErrCrashed) {
		t.Errorf("the file system before the crash: %v", err)
	}
	after = build(t).Crash(LoseNothing, random)
	if got := read(t, after, "/d/durable"); got != string(bytes.Repeat([]byte("U"), 2000)) || read(t, after, "/d/nameless") != "n" {
		t.Errorf("a killed process lost %.20q", got)
	}
}

func TestACrashTearsWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	torn, named := 0, 0
	for range 100 {
		after := build(t).Crash(LoseSome, random)
		got := read(t, after, "/d/durable")
		if n := bytes.Count([]byte(got), []byte("U")); n > 0 && n < 2000 {
			torn++
		}
		if _, err := after.Open("/d/nameless", Options{}); err == nil {
			named++
		}
	}
	if torn < 50 || named < 20 || named > 80 {
		t.Errorf("of 100 crashes %d tore the write and %d kept the name", torn, named)
	}
}

func TestPowerAndFaultsOnDemand(t *testing.T) {
	m := NewMemory()
	failure := errors.New("on demand")
	m.SetFault(func(op Op) error {
		if op.Kind == "sync" {
			return failure
		}
		return nil
	})
	f, err := m.Open("/f", Options{Write: true, Create: true})
	must(t, err)
	if err := f.Sync(); !errors.Is(err, failure) {
		t.Errorf("sync: %v", err)
	}
	m.SetFault(nil)
	m.SetSpace(10)
	if _, err := f.WriteAt(make([]byte, 11), 0); !errors.Is(err, ErrFull) {
		t.Errorf("a write to a full disk: %v", err)
	}
	m.CutPowerAt(m.Mutations() + 2)
	_, err = f.WriteAt([]byte("in"), 0)
	must(t, err)
	if _, err := f.WriteAt([]byte("out"), 2); !errors.Is(err, ErrCrashed) {
		t.Errorf("a write after the power was cut: %v", err)
	}
}
