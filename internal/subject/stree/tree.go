package stree

import (
	"bytes"
	"iter"
	"slices"
	"sort"
	"unsafe"
)

// Tree is a set of subjects with a value each. The zero value is empty. It is not safe for concurrent use.
type Tree[V any] struct {
	root  *node[V]
	count int
}

// node is a leaf, or the children whose subjects it holds in order.
type node[V any] struct {
	leaf     *leaf[V]
	children []*node[V]
	firsts   [][]byte // of each child but the first: no subject of the child is before it, all before are in those before
}

const fanout = 64

// Len is how many subjects there are.
func (t *Tree[V]) Len() int { return t.count }

// Get returns the value of a subject, or nil. The pointer is valid until the next Put or Delete.
func (t *Tree[V]) Get(s []byte) *V {
	n := t.root
	if n == nil {
		return nil
	}
	for n.leaf == nil {
		n = n.children[n.child(s)]
	}
	if i, found := n.leaf.search(s); found {
		return &n.leaf.values[i]
	}
	return nil
}

// child is the place of the child that a subject belongs to.
func (n *node[V]) child(s []byte) int {
	return sort.Search(len(n.firsts), func(i int) bool { return bytes.Compare(n.firsts[i], s) > 0 })
}

// Put returns the value of a subject, which is made, zero, if it is new. The pointer is valid until the next Put or
// Delete; s is copied.
func (t *Tree[V]) Put(s []byte) (v *V, added bool) {
	if t.root == nil {
		t.root = &node[V]{leaf: &leaf[V]{}}
	}
	v, added = t.root.put(s)
	if t.root.full() {
		left := *t.root
		right, first := left.split(s)
		t.root = &node[V]{children: []*node[V]{&left, right}, firsts: [][]byte{first}}
		v = t.Get(s)
	}
	if added {
		t.count++
	}
	return v, added
}

func (n *node[V]) full() bool {
	if n.leaf != nil {
		return n.leaf.full()
	}
	return len(n.children) > fanout
}

func (n *node[V]) put(s []byte) (v *V, added bool) {
	if l := n.leaf; l != nil {
		i, found := l.search(s)
		if !found {
			l.insert(i, s)
		}
		return &l.values[i], !found
	}
	i := n.child(s)
	c := n.children[i]
	v, added = c.put(s)
	if added && c.full() {
		right, first := c.split(s)
		n.children = slices.Insert(n.children, i+1, right)
		n.firsts = slices.Insert(n.firsts, i, first)
		if bytes.Compare(s, first) >= 0 {
			c = right
		}
		v, _ = c.put(s)
	}
	return v, added
}

// split moves the upper part of a node to a new one, which begins with first. latest is the subject that made it full: when
// it is the last, more like it are to be expected behind it, and the cut is made there.
func (n *node[V]) split(latest []byte) (right *node[V], first []byte) {
	if l := n.leaf; l != nil {
		at := l.len() / 2
		if i, _ := l.search(latest); i == l.len()-1 {
			at = l.len() - 1
		}
		right = &node[V]{leaf: l.split(at)}
		return right, right.leaf.append(nil, 0)
	}
	at := len(n.children) / 2
	if bytes.Compare(latest, n.firsts[len(n.firsts)-1]) >= 0 {
		at = len(n.children) - 1
	}
	first = n.firsts[at-1]
	right = &node[V]{children: slices.Clone(n.children[at:]), firsts: slices.Clone(n.firsts[at:])}
	clear(n.children[at:])
	clear(n.firsts[at-1:])
	n.children, n.firsts = n.children[:at], n.firsts[:at-1]
	return right, first
}

// Delete removes a subject and reports whether it was there.
func (t *Tree[V]) Delete(s []byte) bool {
	if t.root == nil || !t.root.remove(s) {
		return false
	}
	t.count--
	for t.root.leaf == nil && len(t.root.children) == 1 {
		t.root = t.root.children[0]
	}
	if t.count == 0 {
		t.root = nil
	}
	return true
}

func (n *node[V]) remove(s []byte) bool {
	if l := n.leaf; l != nil {
		i, found := l.search(s)
		if found {
			l.remove(i)
		}
		return found
	}
	i := n.child(s)
	if !n.children[i].remove(s) {
		return false
	}
	if n.children[i].empty() {
		n.children = slices.Delete(n.children, i, i+1)
		if len(n.firsts) > 0 {
			j := max(0, i-1)
			n.firsts = slices.Delete(n.firsts, j, j+1)
		}
		return true
	}
	n.merge(i)
	return true
}

func (n *node[V]) empty() bool {
	return (n.leaf != nil && n.leaf.len() == 0) || (n.leaf == nil && len(n.children) == 0)
}

// merge joins the leaf at i with the one behind it when both have become small.
func (n *node[V]) merge(i int) {
	i = min(i, len(n.children)-2)
	if i < 0 {
		return
	}
	a, b := n.children[i].leaf, n.children[i+1].leaf
	if a == nil || b == nil || a.len()+b.len() > leafEntries/2 || len(a.text)+len(b.text) > leafText/2 {
		return
	}
	joined := &leaf[V]{}
	var s []byte
	for _, l := range []*leaf[V]{a, b} {
		for j := range l.len() {
			s = l.append(s[:0], j)
			joined.insert(joined.len(), s)
			joined.values[joined.len()-1] = l.values[j]
		}
	}
	n.children[i].leaf = joined
	n.children = slices.Delete(n.children, i+1, i+2)
	n.firsts = slices.Delete(n.firsts, i, i+1)
}

// All yields every subject in order. The slice is valid until the next one; the tree must not change meanwhile.
func (t *Tree[V]) All() iter.Seq2[[]byte, *V] {
	return func(yield func([]byte, *V) bool) {
		c := t.Cursor()
		for ok := c.Seek(nil); ok; ok = c.Next() {
			if !yield(c.Subject(), c.Value()) {
				return
			}
		}
	}
}

// Match yields the subjects that match a pattern, in order. The slice is valid until the next one; the tree must not
// change meanwhile.
func (t *Tree[V]) Match(pattern []byte) iter.Seq2[[]byte, *V] {
	return func(yield func([]byte, *V) bool) {
		c := t.Cursor()
		for s := range Matches(c, pattern) {
			if !yield(s, c.Value()) {
				return
			}
		}
	}
}

// Bytes is about how much memory the tree takes, without what values point to.
func (t *Tree[V]) Bytes() int { return t.root.bytes() }

func (n *node[V]) bytes() int {
	if n == nil {
		return 0
	}
	sum := int(unsafe.Sizeof(*n))
	if l := n.leaf; l != nil {
		var v V
		return sum + int(unsafe.Sizeof(*l)) + cap(l.prefix) + cap(l.text) + 4*cap(l.ends) + int(unsafe.Sizeof(v))*cap(l.values)
	}
	sum += 8*cap(n.children) + 24*cap(n.firsts)
	for _, f := range n.firsts {
		sum += cap(f)
	}
	for _, c := range n.children {
		sum += c.bytes()
	}
	return sum
}
