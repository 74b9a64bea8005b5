package vfs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// ErrCrashed is what every operation returns after the power was cut.
var ErrCrashed = errors.New("the power was cut")

// Memory is a file system in memory for tests. It keeps apart what is visible and what is durable, so that Crash can
// lose what a disk may lose: any sectors that were not synced, and the latest names of directories that were not.
// It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	files   map[string]*node // by path
	dirs    map[string]*directory
	locks   map[string]bool
	ops     int // mutations so far
	cutAt   int // the mutation at which the power is cut; 0: never
	crashed bool
	fault   func(Op) error
	space   int64
}

// Op is one call that changes something, as a fault function sees it.
type Op struct {
	Kind   string // "open", "write", "truncate", "sync", "remove", "rename", "mkdir", "syncdir"
	Name   string
	Offset int64 // of a write
	Bytes  int   // of a write
}

// node is one file's content, whatever its names are.
type node struct {
	data   []byte // what a reader sees
	synced []byte // what is on disk for certain
}

// directory is the names in one directory that are durable, and what was done to them since.
type directory struct {
	durable map[string]*node // by path; nil value: a directory
	pending []change
}

// change is one operation on names. Whatever it does, it does at once or not at all.
type change struct {
	remove string
	add    string
	node   *node
}

// NewMemory returns an empty file system with room for a terabyte.
func NewMemory() *Memory {
	m := &Memory{files: map[string]*node{}, dirs: map[string]*directory{}, locks: map[string]bool{}, space: 1 << 40}
	m.dirs["/"] = &directory{durable: map[string]*node{}}
	return m
}

// SetFault makes fail decide about every operation that changes something; an error it returns is the operation's. nil:
// none fails.
func (m *Memory) SetFault(fail func(Op) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fail
}

// SetSpace sets how many bytes the files may have together; a write beyond fails with a short count, like a full disk's.
func (m *Memory) SetSpace(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.space = bytes
}

// Mutations counts the operations that changed something so far.
func (m *Memory) Mutations() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ops
}

// CutPowerAt makes the n-th mutation from the beginning, and all that come after it, fail with ErrCrashed.
func (m *Memory) CutPowerAt(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cutAt = n
}

// Loss says what of the bytes and names that were not synced a crash takes.
type Loss int

// The kinds of losses.
const (
	LoseNothing Loss = iota // as when a process is killed
	LoseAll
	LoseSome // sectors at random, so that writes are torn, and the latest changes of names
)

// sector is what a disk writes at once, in bytes.
const sector = 512

// Crash ends this file system, whose operations fail from now on, and returns the one that is found after the restart.
func (m *Memory) Crash(loss Loss, random *rand.Rand) *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.crashed = true
	after := NewMemory()
	after.space = m.space
	survivors := map[*node]*node{}
	survive := func(n *node) *node {
		if n == nil {
			return nil
		}
		if survivors[n] == nil {
			survivors[n] = n.crash(loss, random)
		}
		return survivors[n]
	}
	for _, name := range slices.Sorted(maps.Keys(m.dirs)) {
		d := m.dirs[name]
		names := map[string]*node{}
		for p, n := range d.durable {
			names[p] = n
		}
		kept := 0
		switch loss {
		case LoseNothing:
			kept = len(d.pending)
		case LoseSome:
			kept = random.IntN(len(d.pending) + 1)
		}
		for _, c := range d.pending[:kept] {
			c.apply(names)
		}
		if after.dirs[name] == nil && name != "/" {
			continue // the directory itself did not survive
		}
		for p, n := range names {
			if n == nil {
				after.dirs[p] = &directory{durable: map[string]*node{}}
			} else {
				after.files[p] = survive(n)
			}
			after.dirs[name].durable[p] = survive(n)
		}
	}
	return after
}

func (n *node) crash(loss Loss, random *rand.Rand) *node {
	var data []byte
	switch loss {
	case LoseNothing:
		data = slices.Clone(n.data)
	case LoseAll:
		data = slices.Clone(n.synced)
	case LoseSome:
		length := len(n.synced)
		if len(n.data) != length && random.IntN(2) == 0 {
			length = len(n.data)
		}
		data = make([]byte, length)
		copy(data, n.synced)
		for at := 0; at < length; at += sector {
			if random.IntN(2) == 0 && at < len(n.data) {
				clear(data[at:min(at+sector, length)])
				copy(data[at:min(at+sector, length)], n.data[at:])
			}
		}
	}
	return &node{data: data, synced: slices.Clone(data)}
}

func (c *change) apply(names map[string]*node) {
	if c.remove != "" {
		delete(names, c.remove)
	}
	if c.add != "" {
		names[c.add] = c.node
	}
}

// mutate counts a mutation and says whether it may happen; the lock is held.
func (m *Memory) mutate(op Op) error {
	if m.crashed {
		return ErrCrashed
	}
	m.ops++
	if m.cutAt > 0 && m.ops >= m.cutAt {
		m.crashed = true
		return ErrCrashed
	}
	if m.fault != nil {
		return m.fault(op)
	}
	return nil
}

func clean(name string) string { return path.Clean("/" + strings.ReplaceAll(name, `\`, "/")) }

func pathError(op, name string, err error) error { return &os.PathError{Op: op, Path: name, Err: err} }

// Open opens a file.
func (m *Memory) Open(name string, o Options) (File, error) {
	name = clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crashed {
		return nil, ErrCrashed
	}
	n := m.files[name]
	switch {
	case n != nil && o.Create && o.Exclusive:
		return nil, pathError("open", name, os.ErrExist)
	case n == nil && !o.Create:
		return nil, pathError("open", name, os.ErrNotExist)
	case n == nil:
		d := m.dirs[path.Dir(name)]
		if d == nil {
			return nil, pathError("open", name, os.ErrNotExist)
		}
		if err := m.mutate(Op{Kind: "open", Name: name}); err != nil {
			return nil, err
		}
		n = &node{}
		m.files[name] = n
		d.pending = append(d.pending, change{add: name, node: n})
	}
	return &memoryFile{fs: m, name: name, node: n, options: o}, nil
}

// Remove removes a file or an empty directory.
func (m *Memory) Remove(name string) error {
	name = clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[name] == nil && m.dirs[name] == nil {
		return pathError("remove", name, os.ErrNotExist)
	}
	if m.dirs[name] != nil && len(m.list(name)) > 0 {
		return pathError("remove", name, errors.New("directory not empty"))
	}
	if err := m.mutate(Op{Kind: "remove", Name: name}); err != nil {
		return err
	}
	delete(m.files, name)
	delete(m.dirs, name)
	d := m.dirs[path.Dir(name)]
	d.pending = append(d.pending, change{remove: name})
	return nil
}

// Rename replaces what has the new name. Both names are in one directory.
func (m *Memory) Rename(from, to string) error {
	from, to = clean(from), clean(to)
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.files[from]
	if n == nil {
		return pathError("rename", from, os.ErrNotExist)
	}
	if path.Dir(from) != path.Dir(to) {
		return pathError("rename", to, errors.New("the memory file system renames within a directory only"))
	}
	if err := m.mutate(Op{Kind: "rename", Name: to}); err != nil {
		return err
	}
	delete(m.files, from)
	m.files[to] = n
	d := m.dirs[path.Dir(to)]
	d.pending = append(d.pending, change{remove: from, add: to, node: n})
	return nil
}

// MkdirAll makes a directory and those above it.
func (m *Memory) MkdirAll(dir string) error {
	dir = clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mkdirAll(dir)
}

func (m *Memory) mkdirAll(dir string) error {
	if m.dirs[dir] != nil {
		return nil
	}
	if m.files[dir] != nil {
		return pathError("mkdir", dir, os.ErrExist)
	}
	if err := m.mkdirAll(path.Dir(dir)); err != nil {
		return err
	}
	if err := m.mutate(Op{Kind: "mkdir", Name: dir}); err != nil {
		return err
	}
	m.dirs[dir] = &directory{durable: map[string]*node{}}
	above := m.dirs[path.Dir(dir)]
	above.pending = append(above.pending, change{add: dir})
	return nil
}

// List returns what is in a directory, sorted by name.
func (m *Memory) List(dir string) ([]Entry, error) {
	dir = clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crashed {
		return nil, ErrCrashed
	}
	if m.dirs[dir] == nil {
		return nil, pathError("open", dir, os.ErrNotExist)
	}
	return m.list(dir), nil
}

func (m *Memory) list(dir string) []Entry {
	var list []Entry
	for name, n := range m.files {
		if path.Dir(name) == dir {
			list = append(list, Entry{Name: path.Base(name), Bytes: int64(len(n.data))})
		}
	}
	for name := range m.dirs {
		if name != "/" && path.Dir(name) == dir {
			list = append(list, Entry{Name: path.Base(name), Dir: true})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// SyncDir makes the names in a directory durable.
func (m *Memory) SyncDir(dir string) error {
	dir = clean(dir)
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[dir]
	if d == nil {
		return pathError("open", dir, os.ErrNotExist)
	}
	if err := m.mutate(Op{Kind: "syncdir", Name: dir}); err != nil {
		return err
	}
	for i := range d.pending {
		d.pending[i].apply(d.durable)
	}
	d.pending = nil
	return nil
}

// Lock takes the lock of a file until it is closed.
func (m *Memory) Lock(name string) (io.Closer, error) {
	name = clean(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.crashed {
		return nil, ErrCrashed
	}
	if m.locks[name] {
		return nil, fmt.Errorf("lock %s: %w", name, ErrLocked)
	}
	m.locks[name] = true
	return &memoryLock{m, name}, nil
}

type memoryLock struct {
	fs   *Memory
	name string
}

func (l *memoryLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	delete(l.fs.locks, l.name)
	return nil
}

// Space tells what SetSpace set and what is left of it.
func (m *Memory) Space(string) (free, total int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.space - m.used(), m.space, nil
}

func (m *Memory) used() (sum int64) {
	for _, n := range m.files {
		sum += int64(len(n.data))
	}
	return sum
}
