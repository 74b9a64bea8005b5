package proto

import "bytes"

// Parse reads the operation at the beginning of b. It returns how many bytes the operation takes; zero means that it
// is incomplete, and then need is its whole length if that is known already, else zero. It keeps no state, so any
// split of the input gives the same operations. Its work is bounded by the control line limit.
func (l *Limits) Parse(b []byte, op *Op) (n, need int, err error) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	verb, name, err := identify(b)
	if verb == 0 || err != nil {
		return 0, 0, err
	}
	*op = Op{Verb: verb}
	arg, n, err := l.line(b, name)
	if n == 0 || err != nil {
		return 0, 0, err
	}
	switch verb {
	case Ping, Pong, OK:
		return n, 0, nil
	case Connect, Info, Err:
		op.Arg = arg
		return n, 0, nil
	case Subscribe:
		return n, 0, op.parseSubscribe(arg)
	case Unsubscribe:
		return n, 0, op.parseUnsubscribe(arg)
	default:
		return l.publish(b, arg, n, op)
	}
}

// names of the operations, upper case, by the order in which identify tries them.
var names = [...]struct {
	text  string
	verb  Verb
	blank bool // a blank must follow the name
}{
	{"PUB", Publish, true},
	{"PING", Ping, false},
	{"PONG", Pong, false},
	{"HPUB", PublishHeader, true},
	{"SUB", Subscribe, true},
	{"UNSUB", Unsubscribe, true},
	{"CONNECT", Connect, false},
	{"INFO", Info, false},
	{"+OK", OK, false},
	{"-ERR", Err, true},
}

// identify finds the verb at the start of b and the length of its name. A zero verb without an error asks for more
// bytes. Bytes that can become no operation are an error at once, however few they are.
func identify(b []byte) (Verb, int, error) {
	for i := range names {
		name := &names[i]
		k := samePrefix(b, name.text)
		if k < len(name.text) {
			if k == len(b) {
				return 0, 0, nil
			}
			continue
		}
		if !name.blank {
			return name.verb, k, nil
		}
		if len(b) == k {
			return 0, 0, nil
		}
		if b[k] == ' ' || b[k] == '\t' {
			return name.verb, k + 1, nil
		}
		return 0, 0, ErrUnknownOperation
	}
	return 0, 0, ErrUnknownOperation
}

// samePrefix counts the leading bytes of b that spell name, whatever their case.
func samePrefix(b []byte, name string) int {
	i := 0
	for i < len(b) && i < len(name) && upper(b[i]) == name[i] {
		i++
	}
	return i
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// line returns the argument of the operation whose name takes the first `name` bytes of b, and the length of the whole
// line. A zero length without an error asks for more bytes.
func (l *Limits) line(b []byte, name int) (arg []byte, n int, err error) {
	start := name
	for start < len(b) && (b[start] == ' ' || b[start] == '\t') {
		start++
	}
	i := bytes.IndexByte(b[start:], '\n')
	if i < 0 {
		// One byte may be the CR of the line end. Blanks before the argument do not count towards it, but they are
		// bounded as well.
		if len(b)-start > l.MaxControlLine+1 || start-name > l.MaxControlLine {
			return nil, 0, ErrControlLine
		}
		return nil, 0, nil
	}
	arg = b[start : start+i]
	if i > 0 && arg[i-1] == '\r' {
		arg = arg[:i-1]
	}
	if len(arg) > l.MaxControlLine {
		return nil, 0, ErrControlLine
	}
	return arg, start + i + 1, nil
}

func (op *Op) parseSubscribe(arg []byte) error {
	var f [4][]byte
	switch fields(arg, f[:]) {
	case 2:
		op.Subject, op.SID = f[0], f[1]
	case 3:
		op.Subject, op.Queue, op.SID = f[0], f[1], f[2]
	default:
		return ErrArguments
	}
	return nil
}

func (op *Op) parseUnsubscribe(arg []byte) error {
	var f [3][]byte
	op.Max = -1
	switch fields(arg, f[:]) {
	case 1:
	case 2:
		op.Max = parseSize(f[1])
	default:
		return ErrArguments
	}
	op.SID = f[0]
	return nil
}

// publish reads the arguments of a PUB or HPUB whose line takes the first line bytes of b, and what follows the line.
func (l *Limits) publish(b, arg []byte, line int, op *Op) (n, need int, err error) {
	header, total, err := l.publishArguments(arg, op)
	if err != nil {
		return 0, 0, err
	}
	if l.MaxPayload >= 0 && total > l.MaxPayload {
		return 0, 0, ErrPayload
	}
	n = line + total + 2
	if len(b) < n {
		return 0, n, nil
	}
	if b[n-2] != '\r' || b[n-1] != '\n' {
		return 0, 0, ErrUnknownOperation
	}
	op.Header, op.Payload = b[line:line+header], b[line+header:line+total]
	return n, 0, nil
}

func (l *Limits) publishArguments(arg []byte, op *Op) (header, total int, err error) {
	var f [5][]byte
	count := fields(arg, f[:])
	sizes := 1
	if op.Verb == PublishHeader {
		if !l.Headers {
			return 0, 0, ErrHeadersDisabled
		}
		sizes = 2
	}
	switch count {
	case sizes + 1:
	case sizes + 2:
		op.Reply = f[1]
	default:
		return 0, 0, ErrArguments
	}
	op.Subject = f[0]
	op.TotalSize = f[count-1]
	total = parseSize(op.TotalSize)
	if sizes == 2 {
		op.HeaderSize = f[count-2]
		header = parseSize(op.HeaderSize)
	}
	if total < 0 || header < 0 || header > total {
		return 0, 0, ErrArguments
	}
	return header, total, nil
}

// fields splits s at blanks into out and returns how many fields there are; one more than out holds counts as len(out).
func fields(s []byte, out [][]byte) int {
	n, start := 0, -1
	for i, c := range s {
		if c == ' ' || c == '\t' || c == '\r' {
			if start >= 0 {
				out[n], start = s[start:i], -1
				if n++; n == len(out) {
					return n
				}
			}
		} else if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out[n] = s[start:]
		n++
	}
	return n
}

// maxSizeDigits bounds a size's digits, so that it fits an int32 and cannot overflow while it is read.
const maxSizeDigits = 9

// parseSize reads decimal digits and nothing else; -1 means that s is no size.
func parseSize(s []byte) int {
	if len(s) == 0 || len(s) > maxSizeDigits {
		return -1
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
