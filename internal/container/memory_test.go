package container_test

import (
	"testing"
	"testing/fstest"

	"sinew.dev/sinew/internal/container"
)

const (
	v2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	v1 = "31 23 0:28 / /sys/fs/cgroup/cpu rw shared:5 - cgroup cgroup rw,cpu,cpuacct\n" +
		"32 23 0:29 / /sys/fs/cgroup/memory rw shared:6 - cgroup cgroup rw,memory\n"
	other = "23 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n24 bad line\n"
)

func TestMemoryLimit(t *testing.T) {
	for name, c := range map[string]struct {
		cgroup, mounts string
		files          map[string]string
		want           int64 // 0: none
	}{
		"version 2, in a container": {"0::/\n", other + v2, map[string]string{"sys/fs/cgroup/memory.max": "1000\n"}, 1000},
		"version 2, a service": {"0::/system.slice/a.service\n", other + v2, map[string]string{
			"sys/fs/cgroup/system.slice/a.service/memory.max": "max\n", "sys/fs/cgroup/system.slice/memory.max": "3000\n",
		}, 3000},
		"the least of those above": {"0::/a/b/c\n", v2, map[string]string{
			"sys/fs/cgroup/a/b/c/memory.max": "300\n", "sys/fs/cgroup/a/b/memory.max": "200\n", "sys/fs/cgroup/a/memory.max": "400\n",
		}, 200},
		"no limit":                           {"0::/a\n", v2, map[string]string{"sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		"version 1":                          {"5:cpu,cpuacct:/x\n4:memory:/d/1\n", other + v1, map[string]string{"sys/fs/cgroup/memory/d/1/memory.limit_in_bytes": "700\n"}, 700},
		"version 1 without a limit":          {"4:memory:/d\n", v1, map[string]string{"sys/fs/cgroup/memory/d/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		"version 1 with another huge number": {"4:memory:/d\n", v1, map[string]string{"sys/fs/cgroup/memory/d/memory.limit_in_bytes": "4611686018427383808\n"}, 0},
		"version 1, only the group is mounted": {
			"4:memory:/docker/123\n", "32 23 0:29 /docker/123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "900\n"},
			900,
		},
		"another group is mounted": {
			"4:memory:/docker/1234\n", "32 23 0:29 /docker/123 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "900\n"},
			900,
		},
		"both versions, memory in the first": {"1:memory:/m\n0::/n\n", v1 + "33 23 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", map[string]string{
			"sys/fs/cgroup/memory/m/memory.limit_in_bytes": "500\n",
		}, 500},
		"a group that leaves the tree": {"0::/../../x\n", v2, map[string]string{"sys/fs/cgroup/memory.max": "60\n"}, 60},
		"no control groups":            {"", other, nil, 0},
		"nonsense":                     {"::\n0\n", "- - -\n - cgroup2 x y\n", nil, 0},
		"a limit that is no number":    {"0::/\n", v2, map[string]string{"sys/fs/cgroup/memory.max": "many\n"}, 0},
	} {
		root := fstest.MapFS{
			"proc/self/cgroup":    {Data: []byte(c.cgroup)},
			"proc/self/mountinfo": {Data: []byte(c.mounts)},
		}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		got, ok := container.MemoryLimit(root)
		if ok != (c.want != 0) || got != c.want {
			t.Errorf("%s: %d, %v, want %d", name, got, ok, c.want)
		}
	}
	if _, ok := container.MemoryLimit(fstest.MapFS{}); ok {
		t.Error("a limit without /proc")
	}
}
