package proto

// Scanned says what Scan found.
type Scanned uint8

// The results of Scan.
const (
	// NotCanonical: no canonical publish; Parse decides what it is.
	NotCanonical Scanned = iota
	// Incomplete: the beginning of a canonical publish whose rest is not there yet.
	Incomplete
	// Complete: the message is in the result.
	Complete
)

// Found is a publish found by Scan.
type Found struct {
	Message Message
	Subject []byte
	Bytes   int  // length of the whole operation; when Incomplete, if known, else zero
	Same    bool // the subject equals the memo
}

// Scan is the fast path of Parse for the publishes that clients really send: upper-case PUB or HPUB, single spaces,
// sizes without leading zeros, CRLF. Only those can be forwarded as the bytes they came in. memo is the subject that
// Scan found before, or empty; it is compared before the line is searched. Whatever is unusual, too long or wrong is
// reported as NotCanonical and left to Parse.
func (l *Limits) Scan(b, memo []byte, f *Found) Scanned {
	var i int // the subject's offset
	header := false
	switch {
	case len(b) > 4 && b[0] == 'P' && b[1] == 'U' && b[2] == 'B' && b[3] == ' ':
		i = 4
	case l.Headers && len(b) > 5 && b[0] == 'H' && b[1] == 'P' && b[2] == 'U' && b[3] == 'B' && b[4] == ' ':
		i, header = 5, true
	default:
		return NotCanonical
	}
	end := i + len(memo)
	if len(memo) > 0 && end < len(b) && b[end] == ' ' && string(b[i:end]) == string(memo) {
		f.Same = true
	} else {
		f.Same = false
		end = i
		for end < len(b) && b[end] > ' ' {
			end++
		}
		if end == len(b) || b[end] != ' ' || end == i {
			return NotCanonical
		}
	}
	f.Subject = b[i:end]
	return l.scanTail(b, end, i, header, f)
}

// scanTail reads what follows the subject, which ends at end. name is the offset of the argument.
func (l *Limits) scanTail(b []byte, end, name int, header bool, f *Found) Scanned {
	m := &f.Message
	m.replyBytes = 0
	i := end + 1
	size, i := digits(b, i)
	if size < 0 || (i < len(b) && b[i] > ' ') {
		// Not a number: a reply subject.
		start := end + 1
		for i < len(b) && b[i] > ' ' {
			i++
		}
		if i >= len(b) || b[i] != ' ' || i == start {
			return NotCanonical
		}
		m.replyBytes = uint32(i - start)
		size, i = digits(b, i+1)
		if size < 0 {
			return NotCanonical
		}
	}
	m.headerBytes = -1
	if header {
		if i >= len(b) || b[i] != ' ' {
			return NotCanonical
		}
		m.headerBytes = int32(size)
		size, i = digits(b, i+1)
		if size < int(m.headerBytes) {
			return NotCanonical
		}
	}
	if i+2 > len(b) || b[i] != '\r' || b[i+1] != '\n' || i-name > l.MaxControlLine {
		return NotCanonical
	}
	i += 2
	if l.MaxPayload >= 0 && size > l.MaxPayload {
		return NotCanonical
	}
	f.Bytes = i + size + 2
	if f.Bytes > len(b) {
		return Incomplete
	}
	if b[f.Bytes-2] != '\r' || b[f.Bytes-1] != '\n' {
		return NotCanonical
	}
	m.body = uint32(i - end)
	m.Tail = b[end:f.Bytes:f.Bytes]
	return Complete
}

// digits reads a canonical decimal number at b[i:] and returns it with the offset behind it; -1 means that there is none.
func digits(b []byte, i int) (int, int) {
	start, n := i, 0
	for i < len(b) {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int(c)
		i++
		if i-start > maxSizeDigits {
			return -1, i
		}
	}
	if i == start || (b[start] == '0' && i-start > 1) {
		return -1, i
	}
	return n, i
}
