package stree

// Cursor walks over subjects in the order of their bytes.
type Cursor interface {
	// Seek goes to the first subject that is not before s, and reports whether there is one.
	Seek(s []byte) bool
	// Next goes to the next subject, and reports whether there is one.
	Next() bool
	// Subject is where the cursor is, valid until it moves.
	Subject() []byte
}

// TreeCursor is a Cursor over a Tree, which must not change while it is used.
type TreeCursor[V any] struct {
	tree    *Tree[V]
	path    []step[V]
	leaf    *leaf[V]
	at      int
	subject []byte
}

// step is a node on the way to the leaf, and which child was taken.
type step[V any] struct {
	node  *node[V]
	child int
}

// Cursor returns a cursor that is nowhere yet.
func (t *Tree[V]) Cursor() *TreeCursor[V] { return &TreeCursor[V]{tree: t} }

// Seek goes to the first subject that is not before s.
func (c *TreeCursor[V]) Seek(s []byte) bool {
	n := c.tree.root
	c.path, c.leaf = c.path[:0], nil
	if n == nil {
		return false
	}
	for n.leaf == nil {
		i := n.child(s)
		c.path = append(c.path, step[V]{n, i})
		n = n.children[i]
	}
	c.leaf = n.leaf
	if c.at, _ = c.leaf.search(s); c.at == c.leaf.len() {
		return c.nextLeaf()
	}
	c.load()
	return true
}

// Next goes to the next subject.
func (c *TreeCursor[V]) Next() bool {
	if c.leaf == nil {
		return false
	}
	if c.at++; c.at < c.leaf.len() {
		c.load()
		return true
	}
	return c.nextLeaf()
}

func (c *TreeCursor[V]) nextLeaf() bool {
	for len(c.path) > 0 {
		last := &c.path[len(c.path)-1]
		if last.child++; last.child == len(last.node.children) {
			c.path = c.path[:len(c.path)-1]
			continue
		}
		n := last.node.children[last.child]
		for n.leaf == nil {
			c.path = append(c.path, step[V]{n, 0})
			n = n.children[0]
		}
		c.leaf, c.at = n.leaf, 0
		c.load()
		return true
	}
	c.leaf = nil
	return false
}

func (c *TreeCursor[V]) load() { c.subject = c.leaf.append(c.subject[:0], c.at) }

// Subject is where the cursor is.
func (c *TreeCursor[V]) Subject() []byte { return c.subject }

// Value is the subject's value, valid until the tree changes.
func (c *TreeCursor[V]) Value() *V { return &c.leaf.values[c.at] }
