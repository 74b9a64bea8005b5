package netio

import (
	"context"
	"errors"
	"testing"
)

func TestProbeSeesALoopThatHangs(t *testing.T) {
	r := newRig(t, mode{"system", false, false}, ConnOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.engine.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	if r.engine.system.size() == 0 {
		return // no loops here
	}
	hanging, release := make(chan struct{}, 2), make(chan struct{})
	r.engine.system.everywhere(func(*Worker) {
		hanging <- struct{}{}
		<-release
	})
	<-hanging
	<-hanging
	gone, give := context.WithCancel(t.Context())
	give()
	if err := r.engine.Probe(gone); !errors.Is(err, context.Canceled) || err.Error() != "2 of 2 event loops do not turn: context canceled" {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := r.engine.Probe(ctx); err != nil {
		t.Error(err)
	}
}

func TestProbeOfThePortableDriver(t *testing.T) {
	r := newRig(t, mode{"portable", true, false}, ConnOptions{})
	if err := r.engine.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}
