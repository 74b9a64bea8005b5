package proto

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var testLimits = Limits{MaxControlLine: 64, MaxPayload: 32, Headers: true}

// describe prints an operation so that a table can hold it.
func describe(op *Op) string {
	switch op.Verb {
	case Publish:
		return fmt.Sprintf("PUB %s|%s|%q", op.Subject, op.Reply, op.Payload)
	case PublishHeader:
		return fmt.Sprintf("HPUB %s|%s|%q|%q", op.Subject, op.Reply, op.Header, op.Payload)
	case Subscribe:
		return fmt.Sprintf("SUB %s|%s|%s", op.Subject, op.Queue, op.SID)
	case Unsubscribe:
		return fmt.Sprintf("UNSUB %s|%d", op.SID, op.Max)
	case Connect, Info, Err:
		return fmt.Sprintf("%d %s", op.Verb, op.Arg)
	default:
		return fmt.Sprint(op.Verb)
	}
}

func TestParseTakesWhatClientsMaySend(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"PUB a 2\r\nhi\r\n", `PUB a||"hi"`},
		{"pub a 2\nhi\r\n", `PUB a||"hi"`},
		{"PuB \t a\t b   2 \r\nhi\r\n", `PUB a|b|"hi"`},
		{"PUB a 0\r\n\r\n", `PUB a||""`},
		{"PUB a 002\r\nhi\r\n", `PUB a||"hi"`},
		{"HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", `HPUB a||"NATS/1.0\r\n\r\n"|"hi"`},
		{"HPUB a b 12 12\r\nNATS/1.0\r\n\r\n\r\n", `HPUB a|b|"NATS/1.0\r\n\r\n"|""`},
		{"SUB a 1\r\n", "SUB a||1"},
		{"sub\ta q 1\n", "SUB a|q|1"},
		{"UNSUB 1\r\n", "UNSUB 1|-1"},
		{"UNSUB 1 5\r\n", "UNSUB 1|5"},
		{"UNSUB 1 x\r\n", "UNSUB 1|-1"},
		{"CONNECT{}\r\n", "1 {}"},
		{"CONNECT   {}\r\n", "1 {}"},
		{"INFO {}\r\n", "2 {}"},
		{"PING foo\r\n", "7"},
		{"PONGbar\n", "8"},
		{"+OK\r\n", "9"},
		{"-ERR 'x'\r\n", "10 'x'"},
	} {
		var op Op
		n, _, err := testLimits.Parse([]byte(c.in), &op)
		if err != nil || n != len(c.in) {
			t.Errorf("%q: took %d of %d bytes, error %v", c.in, n, len(c.in), err)
			continue
		}
		if got := describe(&op); got != c.want {
			t.Errorf("%q: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	long := strings.Repeat("x", 65)
	for _, c := range []struct {
		in   string
		want error
	}{
		{"x", ErrUnknownOperation},
		{"PUT", ErrUnknownOperation},
		{"PUB\r\n", ErrUnknownOperation},
		{"SUBx", ErrUnknownOperation},
		{"MSG a 1 2\r\n", ErrUnknownOperation},
		{"PUB a 2\r\nhi\n\n", ErrUnknownOperation},
		{"PUB a 2\r\nhixx", ErrUnknownOperation},
		{"PUB a\r\n", ErrArguments},
		{"PUB a b c 2\r\n", ErrArguments},
		{"PUB a -2\r\n", ErrArguments},
		{"PUB a 1x\r\n", ErrArguments},
		{"PUB a 9999999999\r\n", ErrArguments},
		{"HPUB a 13 12\r\n", ErrArguments},
		{"HPUB a 12\r\n", ErrArguments},
		{"SUB a\r\n", ErrArguments},
		{"SUB a b c d\r\n", ErrArguments},
		{"UNSUB \r\n", ErrArguments},
		{"UNSUB a b c\r\n", ErrArguments},
		{"PUB a 33\r\n", ErrPayload},
		{"SUB " + long, nil},
		{"SUB " + long + "x", ErrControlLine},
		{"SUB " + long + "\r\n", ErrControlLine},
	} {
		var op Op
		_, _, err := testLimits.Parse([]byte(c.in), &op)
		if !errors.Is(err, c.want) {
			t.Errorf("%q: error %v, want %v", c.in, err, c.want)
		}
	}
	noHeaders := Limits{MaxControlLine: 64, MaxPayload: 32}
	if _, _, err := noHeaders.Parse([]byte("HPUB a 12 14\r\n"), new(Op)); !errors.Is(err, ErrHeadersDisabled) {
		t.Errorf("HPUB without headers: %v", err)
	}
}

func TestParseTellsWhatItNeeds(t *testing.T) {
	var op Op
	n, need, err := testLimits.Parse([]byte("PUB a 20\r\nhi"), &op)
	if n != 0 || need != len("PUB a 20\r\n")+22 || err != nil {
		t.Errorf("got %d, %d, %v", n, need, err)
	}
}

// parseAll reads operations from chunks as a connection does: what is left over stands before the next chunk.
func parseAll(l *Limits, chunks ...[]byte) (ops []string, err error) {
	var buf []byte
	for _, chunk := range chunks {
		buf = append(buf, chunk...)
		for {
			var op Op
			n, need, err := l.Parse(buf, &op)
			if err != nil {
				return append(ops, err.Error()), err
			}
			if n == 0 {
				if need != 0 && need <= len(buf) {
					return nil, fmt.Errorf("needs %d bytes of %d", need, len(buf))
				}
				break
			}
			ops = append(ops, describe(&op))
			buf = buf[n:]
		}
	}
	return ops, nil
}

func FuzzParseAnySplit(f *testing.F) {
	f.Add([]byte("CONNECT {}\r\nSUB a q 1\r\nPUB a b 3\r\nabc\r\nHPUB x 12 13\r\nNATS/1.0\r\n\r\n!\r\nUNSUB 1 4\r\nPING\r\n"), uint16(7), uint16(30))
	f.Add([]byte("PUB a 40\r\n"), uint16(1), uint16(3))
	f.Add([]byte("INFO {}\r\n+OK\r\n-ERR 'x'\r\nPONG\r\nbad"), uint16(1), uint16(3))
	f.Fuzz(func(t *testing.T, in []byte, i, j uint16) {
		a, b := int(i)%(len(in)+1), int(j)%(len(in)+1)
		a, b = min(a, b), max(a, b)
		whole, _ := parseAll(&testLimits, in)
		split, _ := parseAll(&testLimits, in[:a:a], in[a:b:b], in[b:])
		// A line that is too long may be noticed before its end; everything before it is the same.
		if k := len(split) - 1; k >= 0 && split[k] == ErrControlLine.Error() {
			if len(whole) < k {
				t.Fatalf("%q split at %d, %d: %q, whole %q", in, a, b, split, whole)
			}
			return
		}
		if strings.Join(whole, "\n") != strings.Join(split, "\n") {
			t.Fatalf("%q split at %d, %d: %q, whole %q", in, a, b, split, whole)
		}
	})
}

// FuzzScanAgreesWithParse: what the fast path finds is what the general path finds.
func FuzzScanAgreesWithParse(f *testing.F) {
	f.Add([]byte("PUB a 2\r\nhi\r\n"), "a")
	f.Add([]byte("PUB a b 2\r\nhi\r\n"), "b")
	f.Add([]byte("PUB a 1b 2\r\nhi\r\n"), "")
	f.Add([]byte("HPUB a r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"), "a")
	f.Add([]byte("PUB a.b 02\r\nhi\r\n"), "a")
	f.Fuzz(func(t *testing.T, in []byte, memo string) {
		if strings.ContainsFunc(memo, func(r rune) bool { return r <= ' ' }) {
			t.Skip("no subject that Scan can have found")
		}
		var found Found
		result := testLimits.Scan(in, []byte(memo), &found)
		var op Op
		n, need, err := testLimits.Parse(in, &op)
		switch result {
		case Incomplete:
			if err != nil || n != 0 || need != found.Bytes {
				t.Fatalf("%q: scan needs %d, parse %d, %v", in, found.Bytes, need, err)
			}
		case Complete:
			if err != nil || n != found.Bytes {
				t.Fatalf("%q: scan took %d, parse %d, %v", in, found.Bytes, n, err)
			}
			compare(t, &op, &found)
		}
	})
}

func compare(t *testing.T, op *Op, found *Found) {
	t.Helper()
	m := &found.Message
	built, _ := AppendMessage(nil, op.Reply, op.Header, op.Payload)
	if op.Verb == Publish {
		built, _ = AppendMessage(nil, op.Reply, nil, op.Payload)
	}
	if string(found.Subject) != string(op.Subject) || string(m.Reply()) != string(op.Reply) ||
		string(m.Header()) != string(op.Header) || string(m.Payload()) != string(op.Payload) {
		t.Fatalf("scan found %q %q %q %q, parse %s", found.Subject, m.Reply(), m.Header(), m.Payload(), describe(op))
	}
	if string(built.Tail) != string(m.Tail) || built.Size() != m.Size() {
		t.Fatalf("scanned tail %q, built tail %q", m.Tail, built.Tail)
	}
}

func TestScanLeavesTheUnusualToParse(t *testing.T) {
	for _, in := range []string{
		"pub a 2\r\nhi\r\n", "PUB  a 2\r\nhi\r\n", "PUB a  2\r\nhi\r\n", "PUB a 2\nhi\r\n", "PUB a 02\r\nhi\r\n",
		"PUB a\t2\r\nhi\r\n", "PUB a 2 \r\nhi\r\n", "PUB a 33\r\n", "PUB a 2\r\nhixx", "SUB a 1\r\n", "PUB a", "PUB a 2",
		"HPUB a 3 2\r\n", "PUB a b c 2\r\nhi\r\n", "PUB " + strings.Repeat("x", 70) + " 2\r\nhi\r\n",
	} {
		var found Found
		if got := testLimits.Scan([]byte(in), nil, &found); got != NotCanonical {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestScanComparesWithTheMemo(t *testing.T) {
	var found Found
	for _, c := range []struct {
		in, memo string
		same     bool
	}{
		{"PUB abc 0\r\n\r\n", "abc", true},
		{"PUB abcd 0\r\n\r\n", "abc", false},
		{"PUB ab 0\r\n\r\n", "abc", false},
		{"PUB abc 0\r\n\r\n", "", false},
	} {
		if got := testLimits.Scan([]byte(c.in), []byte(c.memo), &found); got != Complete || found.Same != c.same {
			t.Errorf("%q, memo %q: %v, same %v", c.in, c.memo, got, found.Same)
		}
	}
}

func TestPutMsgWritesWhatMsgSizeSays(t *testing.T) {
	for _, c := range []struct{ reply, header, payload, want string }{
		{"", "", "hi", "MSG s.x 12 2\r\nhi\r\n"},
		{"r", "", "", "MSG s.x 12 r 0\r\n\r\n"},
		{"r", "NATS/1.0\r\n\r\n", "hi", "HMSG s.x 12 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"},
	} {
		var header []byte
		if c.header != "" {
			header = []byte(c.header)
		}
		m, _ := AppendMessage(nil, []byte(c.reply), header, []byte(c.payload))
		b := make([]byte, MsgSize([]byte("s.x"), "12", &m))
		if n := PutMsg(b, []byte("s.x"), "12", &m); n != len(b) || string(b) != c.want {
			t.Errorf("got %q (%d of %d bytes), want %q", b, n, len(b), c.want)
		}
	}
}

func TestWithoutHeader(t *testing.T) {
	m, _ := AppendMessage(nil, []byte("r"), []byte("NATS/1.0\r\nA: b\r\n\r\n"), []byte("hi"))
	plain, _ := m.WithoutHeader(nil)
	if string(plain.Tail) != " r 2\r\nhi\r\n" || plain.HasHeader() || plain.Size() != 2 {
		t.Errorf("got %q", plain.Tail)
	}
}

func TestHeaderValue(t *testing.T) {
	block := []byte("NATS/1.0 503 No Key: here\r\nKey: one\r\nKeys: two\r\nkey:three\r\nEmpty:\r\n\r\n")
	for _, c := range []struct {
		key, want string
		ok        bool
	}{
		{"Key", "one", true}, {"Keys", "two", true}, {"key", "three", true}, {"Empty", "", true}, {"ey", "", false}, {"None", "", false},
	} {
		got, ok := HeaderValue(block, c.key)
		if string(got) != c.want || ok != c.ok {
			t.Errorf("%s: %q, %v", c.key, got, ok)
		}
	}
}

func FuzzHeaderValue(f *testing.F) {
	f.Add([]byte("NATS/1.0\r\nA: b\r\n\r\n"), "A")
	f.Fuzz(func(t *testing.T, block []byte, key string) {
		if key == "" {
			return
		}
		if v, ok := HeaderValue(block, key); ok && len(v) > len(block) {
			t.Fatalf("%q", v)
		}
	})
}

func TestScanDoesNotAllocate(t *testing.T) {
	in := []byte("PUB a.subject reply 2\r\nhi\r\n")
	var found Found
	if n := testing.AllocsPerRun(100, func() { testLimits.Scan(in, nil, &found) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkScan(b *testing.B) {
	limits := Limits{MaxControlLine: 4096, MaxPayload: 1 << 20, Headers: true}
	for _, c := range []struct{ name, in, memo string }{
		{"memo", "PUB orders.eu.created 16\r\n0123456789abcdef\r\n", "orders.eu.created"},
		{"new", "PUB orders.eu.created 16\r\n0123456789abcdef\r\n", ""},
		{"reply", "PUB orders.eu.created _INBOX.abcdefghij.12 16\r\n0123456789abcdef\r\n", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			in, memo := []byte(c.in), []byte(c.memo)
			var found Found
			b.ReportAllocs()
			for b.Loop() {
				if limits.Scan(in, memo, &found) != Complete {
					b.Fatal("not complete")
				}
			}
		})
	}
}
