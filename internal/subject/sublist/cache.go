package sublist

// Cache remembers results for one worker. The zero value is empty. It is owned by its worker.
//
// It is direct-mapped and grows while it is too small for the subjects in use. What it has remembered keeps
// subscriptions alive until other subjects take their place or Reset is called.
type Cache[T Entry] struct {
	slots []slot[T] // a power of two
	long  []string  // the subjects that do not fit into their slots; nil while there are none
	last  *Result[T]
	work  collector[T]

	// A larger cache helps only if what gave way is asked for again: lost remembers parts of its hashes, missed counts how
	// often they came back since the cache last grew.
	lost   []uint32
	missed int
}

// slot is one remembered result, a cache line long.
type slot[T Entry] struct {
	list       *List[T]
	result     *Result[T]
	generation uint64
	first      uint8 // shard of the subject's first token
	bytes      uint8 // of the subject, or longSubject
	subject    [inSlot]byte
}

const (
	inSlot      = 38
	longSubject = 255
	minSlots    = 256
	maxSlots    = 128 << 10
	lostSlots   = 64 << 10
)

// Match returns what matches subj in l. It takes the list's lock only if the answer is not known.
func (c *Cache[T]) Match(l *List[T], subj []byte) *Result[T] {
	hash := l.hash(subj)
	if len(c.slots) > 0 {
		i := int(hash>>32) & (len(c.slots) - 1)
		s := &c.slots[i]
		if s.list == l && c.holds(s, i, subj) && s.generation == l.generation(hash, s.first) {
			return s.result
		}
	}
	return c.find(l, hash, subj)
}

// holds reports whether s, at i, is for subj.
func (c *Cache[T]) holds(s *slot[T], i int, subj []byte) bool {
	if int(s.bytes) == len(subj) && len(subj) <= inSlot {
		return string(s.subject[:s.bytes]) == string(subj)
	}
	return s.bytes == longSubject && c.long[i] == string(subj)
}

// find asks the list and remembers the answer.
func (c *Cache[T]) find(l *List[T], hash uint64, subj []byte) *Result[T] {
	first := firstShard(subj)
	c.work.reset()
	l.mu.Lock()
	generation := l.generation(hash, first)
	l.collect(&c.work, subj)
	var result *Result[T]
	if c.work.groups == 1 && c.work.sole != nil {
		result = c.work.sole.result()
	}
	l.mu.Unlock()
	if result == nil {
		result = c.work.result(c.last)
		c.last = result
	}
	if cap(c.work.plain) > 1<<12 {
		c.work = collector[T]{}
	}
	c.remember(l, hash, subj, slot[T]{list: l, result: result, generation: generation, first: first})
	return result
}

func (c *Cache[T]) remember(l *List[T], hash uint64, subj []byte, s slot[T]) {
	if len(c.slots) == 0 {
		c.slots = make([]slot[T], minSlots)
	}
	if len(c.slots) < maxSlots && c.cameBack(hash) {
		if c.missed++; c.missed > len(c.slots)/4 {
			c.grow()
		}
	}
	i := int(hash>>32) & (len(c.slots) - 1)
	old := &c.slots[i]
	if old.list != nil && len(c.slots) < maxSlots && !(old.list == l && c.holds(old, i, subj)) {
		c.lose(old, i)
	}
	count(old, &s)
	if len(subj) <= inSlot {
		s.bytes = uint8(len(subj))
		copy(s.subject[:], subj)
	} else {
		if c.long == nil {
			c.long = make([]string, len(c.slots))
		}
		s.bytes = longSubject
		c.long[i] = string(subj)
	}
	c.slots[i] = s
}

// cameBack reports whether a result with this hash gave way to another.
func (c *Cache[T]) cameBack(hash uint64) bool {
	return c.lost != nil && c.lost[hash%lostSlots] == uint32(hash>>24)|1
}

// lose remembers that the result in a slot gives way.
func (c *Cache[T]) lose(s *slot[T], i int) {
	if c.lost == nil {
		c.lost = make([]uint32, lostSlots)
	}
	hash := c.hashOf(s, i)
	c.lost[hash%lostSlots] = uint32(hash>>24) | 1
}

// hashOf is the hash that a slot, at i, was found by.
func (c *Cache[T]) hashOf(s *slot[T], i int) uint64 {
	if s.bytes == longSubject {
		return s.list.hash([]byte(c.long[i]))
	}
	return s.list.hash(s.subject[:s.bytes])
}

// grow makes room for four times as many subjects.
func (c *Cache[T]) grow() {
	slots, long := c.slots, c.long
	c.slots = make([]slot[T], min(4*len(slots), maxSlots))
	c.long, c.missed = nil, 0
	if len(c.slots) == maxSlots {
		c.lost = nil // it grows no more
	}
	if long != nil {
		c.long = make([]string, len(c.slots))
	}
	for i := range slots {
		s := &slots[i]
		if s.list == nil {
			continue
		}
		if s.bytes == longSubject {
			j := int(s.list.hash([]byte(long[i]))>>32) & (len(c.slots) - 1)
			count(&c.slots[j], s)
			count(s, nil)
			c.slots[j], c.long[j] = *s, long[i]
			continue
		}
		j := int(s.list.hash(s.subject[:s.bytes])>>32) & (len(c.slots) - 1)
		count(&c.slots[j], s)
		count(s, nil)
		c.slots[j] = *s
	}
}

// Reset forgets everything and gives the memory back.
func (c *Cache[T]) Reset() {
	for i := range c.slots {
		count(&c.slots[i], nil)
	}
	*c = Cache[T]{}
}
