package sysevents

import (
	"encoding/json"
	"testing"
	"time"
)

// FuzzRequests sends any body to any service, in the system account and in another. Whatever is answered is JSON, and the
// services go on.
func FuzzRequests(f *testing.F) {
	services := []string{
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.IDZ", "$SYS.REQ.SERVER.NSERVER.KICK", "$SYS.REQ.SERVER.NSERVER.LDM",
		"$SYS.REQ.SERVER.NSERVER.RELOAD", "$SYS.REQ.ACCOUNT.A.CONNS", "$SYS.REQ.ACCOUNT.NSUBS", "$SYS.DEBUG.SUBSCRIBERS",
		"$SYS.REQ.USER.x.INFO", "$SYS.REQ.USER.INFO",
	}
	for _, one := range serverServices {
		services = append(services, "$SYS.REQ.SERVER.NSERVER."+one.name)
	}
	for _, one := range accountServices {
		services = append(services, "$SYS.REQ.ACCOUNT.A."+one.name, "$SYS.REQ.ACCOUNT.PING."+one.name)
	}
	for i := range services {
		for _, body := range []string{"", "{}", `{"host":5}`, `{"acc":"A","subject":">"}`, `{"cid":7}`, "foo q", "{bad", `{"tags":["x"],"limit":-1,"offset":9}`} {
			f.Add(uint8(i), []byte(body))
		}
	}
	r := newRig(content{})
	r.Start(r.broker.Accounts())
	f.Cleanup(r.Close)
	r.a.Connect()
	sys, tenant := watch(r.sys, "inbox", "end"), watch(r.a, "inbox", "end")
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		for _, w := range []*watcher{sys, tenant} {
			w.mu.Lock()
			w.docs, w.got, w.at = nil, nil, nil
			w.mu.Unlock()
			w.request(services[int(which)%len(services)], body)
			w.end(t, r)
			w.mu.Lock()
			for i, doc := range w.docs {
				if w.got[i] == "inbox" && !json.Valid([]byte(doc)) {
					t.Errorf("answer to %q: %q", body, doc)
				}
			}
			w.mu.Unlock()
		}
	})
}

// end waits until what was asked before is answered.
func (w *watcher) end(t *testing.T, r *rig) {
	local := r.services
	if w.account != r.sys {
		local = r.tenants
	}
	for _, l := range []interface{ Post(func()) bool }{local, r.tenants} {
		done := make(chan struct{})
		if !l.Post(func() { close(done) }) {
			t.Fatal("the queue is full")
		}
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("the services hang")
		}
	}
}
