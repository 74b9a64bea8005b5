package sublist

import "bytes"

// node is one token's place in the trie of wildcard patterns. It is guarded by its list's lock.
type node[T Entry] struct {
	here     group[T] // patterns that end here
	tail     group[T] // patterns that end in ">" from here on
	star     *node[T]
	children map[string]*node[T]
}

func (n *node[T]) empty() bool {
	return n.here.empty() && n.tail.empty() && n.star == nil && len(n.children) == 0
}

// at returns the group of a pattern, made if there is none.
func (n *node[T]) at(pattern string) *group[T] {
	for rest, more := pattern, true; more; {
		var token string
		token, rest, more = cut(rest)
		switch {
		case token == ">" && !more:
			return &n.tail
		case token == "*":
			if n.star == nil {
				n.star = &node[T]{}
			}
			n = n.star
		default:
			next := n.children[token]
			if next == nil {
				next = &node[T]{}
				if n.children == nil {
					n.children = map[string]*node[T]{}
				}
				n.children[token] = next
			}
			n = next
		}
	}
	return &n.here
}

// cut splits off the first token.
func cut(s string) (token, rest string, more bool) {
	for i := range len(s) {
		if s[i] == '.' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// step is how remove came to a node.
type step[T Entry] struct {
	node  *node[T]
	token string
}

// remove takes e out of its pattern's group, and away the nodes that nobody needs any more.
func (n *node[T]) remove(pattern string, e T) bool {
	var path []step[T]
	group := &n.here
	for rest, more := pattern, true; more; group = &n.here {
		var token string
		token, rest, more = cut(rest)
		if token == ">" && !more {
			group = &n.tail
			break
		}
		next := n.star
		if token != "*" {
			next = n.children[token]
		}
		if next == nil {
			return false
		}
		path = append(path, step[T]{n, token})
		n = next
	}
	if !group.remove(e) {
		return false
	}
	for i := len(path) - 1; i >= 0 && n.empty(); i-- {
		n = path[i].node
		if path[i].token == "*" {
			n.star = nil
		} else if delete(n.children, path[i].token); len(n.children) == 0 {
			n.children = nil
		}
	}
	return true
}

// match collects the patterns that match subj, whose tokens are compared as they are: a "*" in a subject is a token
// like any other. It visits each node of the trie once at most.
func (n *node[T]) match(c *collector[T], subj []byte) {
	for {
		if !n.tail.empty() {
			c.add(&n.tail)
		}
		token, last := subj, true
		if i := bytes.IndexByte(subj, '.'); i >= 0 {
			token, subj, last = subj[:i], subj[i+1:], false
		}
		next := n.children[string(token)]
		if n.star != nil {
			if last {
				c.add(&n.star.here)
			} else {
				n.star.match(c, subj)
			}
		}
		if next == nil {
			return
		}
		if last {
			c.add(&next.here)
			return
		}
		n = next
	}
}

func (n *node[T]) appendAll(all []T) []T {
	all = n.tail.appendAll(n.here.appendAll(all))
	if n.star != nil {
		all = n.star.appendAll(all)
	}
	for _, child := range n.children {
		all = child.appendAll(all)
	}
	return all
}
