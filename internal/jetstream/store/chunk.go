package store

import (
	"encoding/binary"
	"iter"
	"sort"
)

const (
	chunkBits = 8
	chunkSeqs = 1 << chunkBits // sequences of a chunk
)

// chunk is the messages of a range of sequences.
type chunk struct {
	base   uint64            // the first sequence of the range
	data   []byte            // records, in the order they came in
	places [chunkSeqs]uint32 // of each record: 0: none; its offset in data, plus 1; or isLarge and its index in large
	large  []record          // those that would make data grow too fast
	live   int
	dead   int // bytes of data that are not needed any more
}

const (
	isLarge    = 1 << 31
	largeBytes = 16 << 10
)

// record is one message in a chunk:
//
//	previous u64 | next u64 | time i64 | subject u32 | header u32 | payload u32 | subject | header | payload
type record []byte

const (
	atPrevious = 0
	atNext     = 8
	atTime     = 16
	atSubject  = 24
	atHeader   = 28
	atPayload  = 32
	atText     = 36
)

var le = binary.LittleEndian

func (r record) previous() uint64       { return le.Uint64(r[atPrevious:]) }
func (r record) next() uint64           { return le.Uint64(r[atNext:]) }
func (r record) setPrevious(seq uint64) { le.PutUint64(r[atPrevious:], seq) }
func (r record) setNext(seq uint64)     { le.PutUint64(r[atNext:], seq) }
func (r record) time() int64            { return int64(le.Uint64(r[atTime:])) }
func (r record) subjectEnd() int        { return atText + int(le.Uint32(r[atSubject:])) }
func (r record) headerEnd() int         { return r.subjectEnd() + int(le.Uint32(r[atHeader:])) }
func (r record) end() int               { return r.headerEnd() + int(le.Uint32(r[atPayload:])) }
func (r record) subject() []byte        { return r[atText:r.subjectEnd():r.subjectEnd()] }
func (r record) header() []byte         { return r[r.subjectEnd():r.headerEnd():r.headerEnd()] }
func (r record) payload() []byte        { return r[r.headerEnd():r.end():r.end()] }

func (r record) load(seq uint64, m *Message) {
	*m = Message{Seq: seq, Time: r.time(), Subject: r.subject(), Header: r.header(), Payload: r.payload(), Previous: r.previous()}
}

// erase overwrites what a client wrote. The subject is still needed.
func (r record) erase() { clear(r[r.subjectEnd():r.end()]) }

func appendRecord(b []byte, m *Message) []byte {
	b = le.AppendUint64(b, m.Previous)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint64(b, uint64(m.Time))
	b = le.AppendUint32(b, uint32(len(m.Subject)))
	b = le.AppendUint32(b, uint32(len(m.Header)))
	b = le.AppendUint32(b, uint32(len(m.Payload)))
	return append(append(append(b, m.Subject...), m.Header...), m.Payload...)
}

// at returns a record, whose changes are seen, or nil.
func (c *chunk) at(i int) record {
	switch place := c.places[i]; {
	case place == 0:
		return nil
	case place&isLarge != 0:
		return c.large[place&^isLarge]
	default:
		r := record(c.data[place-1:])
		return r[:r.end()]
	}
}

func (c *chunk) append(m *Message) {
	place := &c.places[m.Seq%chunkSeqs]
	if n := atText + len(m.Subject) + len(m.Header) + len(m.Payload); n > largeBytes {
		*place = isLarge | uint32(len(c.large))
		c.large = append(c.large, appendRecord(make([]byte, 0, n), m))
	} else {
		*place = uint32(len(c.data)) + 1
		c.data = appendRecord(c.data, m)
	}
	c.live++
}

// remove forgets a record, and moves the others together when half of the data is not needed any more.
func (c *chunk) remove(i int) {
	place := c.places[i]
	if place&isLarge != 0 {
		c.large[place&^isLarge] = nil
	} else {
		c.dead += len(c.at(i))
	}
	c.places[i] = 0
	c.live--
	if c.dead < 1<<10 || c.dead < len(c.data)/2 {
		return
	}
	data := make([]byte, 0, len(c.data)-c.dead)
	for i, place := range c.places {
		if place != 0 && place&isLarge == 0 {
			r := c.at(i)
			c.places[i] = uint32(len(data)) + 1
			data = append(data, r...)
		}
	}
	c.data, c.dead = data, 0
}

// chunks is the chunks that hold messages, in order.
type chunks struct {
	list []*chunk
}

// find returns the place of the first chunk with sequences at seq or behind.
func (c *chunks) find(seq uint64) int {
	if len(c.list) == 0 || seq < c.list[0].base {
		return 0
	}
	// Without gaps the place follows from the sequence.
	if i := (seq - c.list[0].base) >> chunkBits; i < uint64(len(c.list)) && c.list[i].base>>chunkBits == seq>>chunkBits {
		return int(i)
	}
	return sort.Search(len(c.list), func(i int) bool { return c.list[i].base+chunkSeqs > seq })
}

func (c *chunks) at(seq uint64) record {
	i := c.find(seq)
	if i == len(c.list) || c.list[i].base > seq {
		return nil
	}
	return c.list[i].at(int(seq % chunkSeqs))
}

func (c *chunks) append(m *Message) {
	base := m.Seq &^ (chunkSeqs - 1)
	if n := len(c.list); n == 0 || c.list[n-1].base != base {
		c.list = append(c.list, &chunk{base: base})
	}
	c.list[len(c.list)-1].append(m)
}

func (c *chunks) remove(seq uint64) {
	i := c.find(seq)
	c.list[i].remove(int(seq % chunkSeqs))
	if c.list[i].live > 0 {
		return
	}
	switch i {
	case 0:
		c.list[0] = nil
		c.list = c.list[1:]
	default:
		c.list = append(c.list[:i], c.list[i+1:]...)
	}
}

// from yields the records at seq and behind.
func (c *chunks) from(seq uint64) iter.Seq2[uint64, record] {
	return func(yield func(uint64, record) bool) {
		for i := c.find(seq); i < len(c.list); i++ {
			ch := c.list[i]
			first := 0
			if seq > ch.base {
				first = int(seq - ch.base)
			}
			for j := first; j < chunkSeqs; j++ {
				if r := ch.at(j); r != nil && !yield(ch.base+uint64(j), r) {
					return
				}
			}
		}
	}
}

// count is how many records there are at seq and behind.
func (c *chunks) count(seq uint64) (count uint64) {
	for i := c.find(seq); i < len(c.list); i++ {
		ch := c.list[i]
		if ch.base >= seq {
			count += uint64(ch.live)
			continue
		}
		for j := int(seq - ch.base); j < chunkSeqs; j++ {
			if ch.places[j] != 0 {
				count++
			}
		}
	}
	return count
}

// before returns a sequence with no message of that time or later before it.
func (c *chunks) before(time int64) uint64 {
	i := sort.Search(len(c.list), func(i int) bool { return c.list[i].firstTime() >= time })
	return c.list[max(i-1, 0)].base
}

func (c *chunk) firstTime() int64 {
	for i := range c.places {
		if r := c.at(i); r != nil {
			return r.time()
		}
	}
	return 0
}
