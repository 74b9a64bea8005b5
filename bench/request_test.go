//go:build linux

package main

import (
	"strings"
	"testing"
)

func TestResponderAnswersWithTheTail(t *testing.T) {
	w := requests{message{payload: 3}, 1}
	shape := w.arriving(requestSubject+" 1 "+inboxPrefix, inboxDigits+1+tokenDigits, "")
	shape.tail = []byte(w.sizes())
	r := &responder{shape: shape}
	one := "MSG bench.request 1 _INBOX.bench.0007.00000042 3\r\nxxx\r\n"
	answer := "PUB _INBOX.bench.0007.00000042 3\r\nxxx\r\n"
	for name, c := range map[string]struct {
		input, want, rest string
		answered          int64
	}{
		"one":            {one, answer, "", 1},
		"three":          {one + one + one, answer + answer + answer, "", 3},
		"one and a half": {one + one[:30], answer, one[:30], 1},
		"a body short":   {one[:len(one)-1], "", one[:len(one)-1], 0},
		"a PING":         {"PING\r\n" + one, "PONG\r\n" + answer, "", 1},
		"half a PING":    {one + "PI", answer, "PI", 1},
	} {
		got, rest, answered, err := r.answers(nil, []byte(c.input))
		if err != nil || string(got) != c.want || string(rest) != c.rest || answered != c.answered {
			t.Errorf("%s: %q, rest %q, %d answered, %v; want %q, %q, %d", name, got, rest, answered, err, c.want, c.rest, c.answered)
		}
	}
	if _, _, _, err := r.answers(nil, []byte("-ERR 'no'\r\n")); err == nil || !strings.Contains(err.Error(), "-ERR") {
		t.Errorf("an error line gives %v", err)
	}
}

func TestPutDigits(t *testing.T) {
	for n, want := range map[uint32]string{0: "0000", 42: "0042", 9999: "9999", 12345: "2345"} {
		b := []byte("xxxx")
		if putDigits(b, n); string(b) != want {
			t.Errorf("putDigits(%d) = %s, want %s", n, b, want)
		}
	}
}
