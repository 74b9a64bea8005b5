package client

import (
	"encoding/binary"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
)

// packedSubs is what a closed connection was subscribed to, in few bytes: of each subscription the lengths of sid,
// subject and queue and the deliveries as varints, then the texts. It holds on to nothing else, least of all to the session.
type packedSubs string

// maxPackedSubs is how many bytes are remembered of one connection. What is beyond is left out.
const maxPackedSubs = 1 << 20

func packSubs(subs []*broker.Subscription) packedSubs {
	var packed []byte
	for _, sub := range subs {
		before := len(packed)
		sid, subject, queue := sub.SID(), sub.Subject(), sub.Queue()
		for _, n := range [...]uint64{uint64(len(sid)), uint64(len(subject)), uint64(len(queue)), uint64(sub.Delivered())} {
			packed = binary.AppendUvarint(packed, n)
		}
		packed = append(append(append(packed, sid...), subject...), queue...)
		if len(packed) > maxPackedSubs {
			packed = packed[:before]
			break
		}
	}
	return packedSubs(packed)
}

// details lists the subscriptions of the connection with this account and number.
func (p packedSubs) details(account string, cid uint64) []status.SubDetail {
	var list []status.SubDetail
	rest := string(p)
	number := func() uint64 {
		n, size := uvarint(rest)
		rest = rest[size:]
		return n
	}
	text := func(n uint64) string {
		s := rest[:n]
		rest = rest[n:]
		return s
	}
	for rest != "" {
		sid, subject, queue := number(), number(), number()
		sub := status.SubDetail{Account: account, CID: cid, Msgs: int64(number())}
		sub.SID, sub.Subject, sub.Queue = text(sid), text(subject), text(queue)
		list = append(list, sub)
	}
	return list
}

// uvarint is binary.Uvarint for a string.
func uvarint(s string) (n uint64, size int) {
	for shift := 0; size < len(s); shift += 7 {
		b := s[size]
		size++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	return n, size
}
