//go:build linux

package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	got, err := parseStat([]byte("77 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20 0"))
	if err != nil || got != 4*time.Second {
		t.Errorf("%v, %v; want 4s", got, err)
	}
	for _, bad := range []string{"", "77 (x) S 1 2", "77 (x) S 1 2 3 4 5 6 7 8 9 10 a b 0"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestOwnProcessCanBeRead(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for x := 0; ; x++ { // until the clock shows that this burns time
		now, err := cpuTime(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now > before {
			break
		}
	}
	all, err := residentBytes(os.Getpid(), "VmRSS")
	if err != nil {
		t.Fatal(err)
	}
	anonymous, err := residentBytes(os.Getpid(), "RssAnon")
	if err != nil || anonymous <= 0 || anonymous > all {
		t.Errorf("RssAnon %d of VmRSS %d, %v", anonymous, all, err)
	}
	if _, err := residentBytes(os.Getpid(), "VmNothing"); err == nil {
		t.Error("a line that does not exist is found")
	}
}
