package server

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestServersAreFoundInProc(t *testing.T) {
	proc := fstest.MapFS{
		"cpuinfo": {}, "self/comm": {Data: []byte("nats-server\n")}, "self/cmdline": {Data: []byte("nats-server\x00")},
		"13": {}, // hidden from us
	}
	add := func(pid, comm, cmdline string) {
		proc[pid+"/comm"] = &fstest.MapFile{Data: []byte(comm + "\n")}
		proc[pid+"/cmdline"] = &fstest.MapFile{Data: []byte(cmdline)}
	}
	add("1", "sinew", "/sinew\x00-c\x00x\x00")
	add("2", "sinew", "sinew\x00sub\x00>\x00")
	add("300", "nats-server", "/usr/bin/nats-server\x00")
	add("30", "nats-server", "nats-server\x00-DV\x00")
	add("31", "nats-server", "") // a zombie
	add("32", "bash", "bash\x00nats-server\x00")
	add("99", "sinew", "sinew\x00--signal\x00reload\x00") // ourselves
	got, err := findServers(proc, 99)
	if err != nil || !slices.Equal(got, []int{1, 30, 300}) {
		t.Errorf("%d, %v", got, err)
	}
}
