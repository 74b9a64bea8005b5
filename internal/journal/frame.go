package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"sinew.dev/sinew/internal/vfs"
)

// LSN numbers the frames of a journal: the first is 1.
type LSN uint64

// Run is consecutive items of one object, as one frame holds them. The journal does not look into them.
type Run struct {
	Object uint64 // whose it is
	Kind   uint8
	First  uint64 // sequence or index of the first item
	Count  uint32 // items, below 1<<24
	Term   uint64
	Data   []byte
}

// maxLSN leaves room for arithmetic; a million frames a second reach it in 146 000 years.
const maxLSN = 1 << 62

const (
	magic   = 0x4a574e53 // "SNWJ"
	version = 1

	headerBytes = 64
	runBytes    = 32

	// Offsets in a frame's header, all numbers little endian.
	atMagic    = 0
	atVersion  = 4  // 1 byte
	atKind     = 5  // 1 byte
	atLength   = 8  // frame with header and padding, bytes
	atBody     = 12 // bytes
	atLSN      = 16
	atRuns     = 24 // count
	atPrevious = 28 // CRC of the frame before
	atStore    = 32 // 16 bytes
	atEpoch    = 48 // of the opening that wrote the frame
	atReserved = 56
	atCRC      = 60 // of the header up to here and the body
)

// frameKind tells frames apart that hold nothing.
type frameKind uint8

const (
	data frameKind = iota
	// seal follows the last frame when nothing more comes for a while: it proves that the frame before was on disk.
	seal
	// shutdown ends a journal that was closed.
	shutdown
)

// StoreID tells one store's frames from another's. It is random, and secret from clients: nobody can put bytes into a
// message that look like a frame.
type StoreID [16]byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a frame says of itself.
type header struct {
	kind     frameKind
	length   int
	body     int
	lsn      LSN
	runs     int
	previous uint32
	epoch    uint64
	crc      uint32
}

// encodeHeader fills in the first headerBytes of frame, whose body follows them, and returns its CRC.
func encodeHeader(frame []byte, h *header, store StoreID) uint32 {
	le := binary.LittleEndian
	clear(frame[:headerBytes])
	le.PutUint32(frame[atMagic:], magic)
	frame[atVersion] = version
	frame[atKind] = byte(h.kind)
	le.PutUint32(frame[atLength:], uint32(h.length))
	le.PutUint32(frame[atBody:], uint32(h.body))
	le.PutUint64(frame[atLSN:], uint64(h.lsn))
	le.PutUint32(frame[atRuns:], uint32(h.runs))
	le.PutUint32(frame[atPrevious:], h.previous)
	copy(frame[atStore:], store[:])
	le.PutUint64(frame[atEpoch:], h.epoch)
	crc := checksum(frame, h.body)
	le.PutUint32(frame[atCRC:], crc)
	return crc
}

func checksum(frame []byte, body int) uint32 {
	crc := crc32.Update(0, castagnoli, frame[:atCRC])
	return crc32.Update(crc, castagnoli, frame[headerBytes:headerBytes+body])
}

var (
	errNoFrame = errors.New("no frame")
	errForeign = errors.New("a frame of another store")
)

// ErrNewer: the journal was written by a later version of this program.
var ErrNewer = errors.New("the journal has a newer format than this version knows")

// decodeHeader reads a header; its body is not looked at. limit is how long a frame may be, in bytes.
func decodeHeader(b []byte, store StoreID, limit int) (h header, err error) {
	le := binary.LittleEndian
	if len(b) < headerBytes || le.Uint32(b[atMagic:]) != magic {
		return h, errNoFrame
	}
	if StoreID(b[atStore:atEpoch]) != store {
		return h, errForeign
	}
	if b[atVersion] > version {
		return h, ErrNewer
	}
	h = header{
		kind: frameKind(b[atKind]), length: int(le.Uint32(b[atLength:])), body: int(le.Uint32(b[atBody:])),
		lsn: LSN(le.Uint64(b[atLSN:])), runs: int(le.Uint32(b[atRuns:])), previous: le.Uint32(b[atPrevious:]),
		epoch: le.Uint64(b[atEpoch:]), crc: le.Uint32(b[atCRC:]),
	}
	if h.lsn == 0 || h.lsn > maxLSN || h.length > limit || h.length != vfs.Aligned(headerBytes+h.body) || h.body < h.runs*runBytes {
		return h, errNoFrame
	}
	return h, nil
}

func encodeRun(b []byte, r *Run, bytes int) {
	le := binary.LittleEndian
	le.PutUint64(b, r.Object)
	le.PutUint64(b[8:], r.First)
	le.PutUint64(b[16:], r.Term)
	le.PutUint32(b[24:], uint32(bytes))
	le.PutUint32(b[28:], r.Count<<8|uint32(r.Kind))
}

// decodeRuns calls each for the runs of a body whose checksum was right.
func decodeRuns(body []byte, runs int, each func(*Run) error) error {
	le := binary.LittleEndian
	for i := range runs {
		if len(body) < runBytes {
			return fmt.Errorf("run %d of %d has no header", i, runs)
		}
		bytes := le.Uint32(body[24:])
		tail := le.Uint32(body[28:])
		if int64(bytes) > int64(len(body)-runBytes) {
			return fmt.Errorf("run %d of %d is longer than its frame", i, runs)
		}
		r := Run{
			Object: le.Uint64(body), First: le.Uint64(body[8:]), Term: le.Uint64(body[16:]),
			Kind: uint8(tail), Count: tail >> 8, Data: body[runBytes : runBytes+int(bytes)],
		}
		if err := each(&r); err != nil {
			return err
		}
		body = body[runBytes+int(bytes):]
	}
	return nil
}
