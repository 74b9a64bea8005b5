package sublist

import (
	"slices"
	"strings"
)

// group is the entries of one pattern, plain ones and queue groups. It is guarded by its list's lock.
type group[T Entry] struct {
	plain  []T        // by SID
	queues [][]T      // each of one queue group, none empty
	memo   *Result[T] // what matches where only this group does; nil: not made since the last change
}

// result is what matches where only this group does.
func (g *group[T]) result() *Result[T] {
	if g.memo == nil {
		c := collector[T]{}
		c.add(g)
		g.memo = c.result(nil)
	}
	return g.memo
}

func (g *group[T]) empty() bool { return len(g.plain) == 0 && len(g.queues) == 0 }

func (g *group[T]) add(e T) {
	g.memo = nil
	queue := e.Queue()
	if queue == "" {
		i, _ := slices.BinarySearchFunc(g.plain, e.SID(), bySID[T])
		g.plain = slices.Insert(g.plain, i, e)
		return
	}
	for i, members := range g.queues {
		if members[0].Queue() == queue {
			g.queues[i] = append(members, e)
			return
		}
	}
	g.queues = append(g.queues, []T{e})
}

func bySID[T Entry](e T, sid string) int { return strings.Compare(e.SID(), sid) }

func (g *group[T]) remove(e T) bool {
	g.memo = nil
	queue := e.Queue()
	if queue == "" {
		sid := e.SID()
		i, _ := slices.BinarySearchFunc(g.plain, sid, bySID[T])
		for ; i < len(g.plain) && g.plain[i] != e; i++ {
			if g.plain[i].SID() != sid {
				return false
			}
		}
		if i == len(g.plain) {
			return false
		}
		g.plain = shrink(slices.Delete(g.plain, i, i+1))
		return true
	}
	for i, members := range g.queues {
		if members[0].Queue() != queue {
			continue
		}
		j := slices.Index(members, e)
		if j < 0 {
			return false
		}
		if len(members) == 1 {
			g.queues = slices.Delete(g.queues, i, i+1)
		} else {
			g.queues[i] = shrink(slices.Delete(members, j, j+1))
		}
		return true
	}
	return false
}

// shrink gives back memory that a large group no longer needs.
func shrink[T any](s []T) []T {
	if cap(s) > 64 && len(s) < cap(s)/4 {
		return slices.Clone(s)
	}
	return s
}

// only returns the group's entry if it has just one.
func (g *group[T]) only() (e T, ok bool) {
	switch {
	case len(g.plain) == 1 && len(g.queues) == 0:
		return g.plain[0], true
	case len(g.plain) == 0 && len(g.queues) == 1 && len(g.queues[0]) == 1:
		return g.queues[0][0], true
	}
	return e, false
}

func (g *group[T]) appendAll(all []T) []T {
	all = append(all, g.plain...)
	for _, members := range g.queues {
		all = append(all, members...)
	}
	return all
}

// collector gathers what matches. Its slices are reused from match to match.
type collector[T Entry] struct {
	plain  []T
	parts  int // how many groups plain comes from; each is in order already
	queues []queue[T]
	groups int       // all that were added, single entries among them
	sole   *group[T] // the only one added, if it is one
}

// queue is one queue group's members, of one pattern or of several.
type queue[T Entry] struct {
	name    string
	members []T
}

func (c *collector[T]) reset() {
	clear(c.plain)
	clear(c.queues)
	c.plain, c.parts, c.queues = c.plain[:0], 0, c.queues[:0]
	c.groups, c.sole = 0, nil
}

func (c *collector[T]) addOne(e T) {
	c.groups++
	if name := e.Queue(); name != "" {
		c.join(name, e)
		return
	}
	c.plain = append(c.plain, e)
	c.parts++
}

func (c *collector[T]) add(g *group[T]) {
	if g.empty() {
		return
	}
	c.groups++
	c.sole = g
	if len(g.plain) > 0 {
		c.plain = append(c.plain, g.plain...)
		c.parts++
	}
	for _, members := range g.queues {
		c.join(members[0].Queue(), members...)
	}
}

func (c *collector[T]) join(name string, members ...T) {
	for i := range c.queues {
		if c.queues[i].name == name {
			c.queues[i].members = append(c.queues[i].members, members...)
			return
		}
	}
	c.queues = append(c.queues, queue[T]{name: name, members: slices.Clone(members)})
}

// result makes what was collected into a result: like, if that says the same.
func (c *collector[T]) result(like *Result[T]) *Result[T] {
	if c.parts > 1 {
		slices.SortStableFunc(c.plain, func(a, b T) int { return strings.Compare(a.SID(), b.SID()) })
	}
	if like != nil && len(c.queues) == 0 && len(like.Queues) == 0 && slices.Equal(c.plain, like.Plain) {
		return like
	}
	r := &Result[T]{}
	if len(c.plain) > 0 {
		r.Plain = slices.Clone(c.plain)
	}
	if len(c.queues) > 0 {
		r.Queues = make([][]T, len(c.queues))
		for i := range c.queues {
			r.Queues[i] = slices.Clip(c.queues[i].members)
		}
	}
	return r
}
