package container

import (
	"bufio"
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// unlimited is from which size, in bytes, a limit is none. Version 1 has no word for it and writes huge numbers, not always
// the same.
const unlimited = 1 << 50

// MemoryLimit is how much memory, in bytes, the process's control group and all above it allow: the least of their limits.
// root is the root of the file system. ok is false where there is no limit, or none that can be read.
func MemoryLimit(root fs.FS) (limit int64, ok bool) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	mounts, err := fs.ReadFile(root, "proc/self/mountinfo")
	if err != nil {
		return 0, false
	}
	limit = unlimited
	for _, h := range hierarchies(mounts) {
		group, found := h.group(groups)
		if !found {
			continue
		}
		// Limits above the mount's root are not to be seen; the runtime that hides them has set them below, too.
		for dir := path.Join(h.mount, group); ; dir = path.Dir(dir) {
			limit = min(limit, readLimit(root, path.Join(dir, h.file)))
			if dir == h.mount || len(dir) < len(h.mount) {
				break
			}
		}
	}
	if limit >= unlimited {
		return 0, false
	}
	return limit, true
}

// hierarchy is a mounted tree of control groups that limit memory.
type hierarchy struct {
	mount string // where, without the leading slash
	root  string // the group that is mounted there
	file  string // with a group's limit
	v1    bool
}

// hierarchies finds the trees in the text of mountinfo, which has for each mount
//
//	id parent device root mount options [optional fields] - type source super-options
func hierarchies(mountinfo []byte) []hierarchy {
	var list []hierarchy
	lines := bufio.NewScanner(bytes.NewReader(mountinfo))
	for lines.Scan() {
		before, after, _ := strings.Cut(lines.Text(), " - ")
		mount, super := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(super) < 3 {
			continue
		}
		h := hierarchy{mount: strings.TrimPrefix(mount[4], "/"), root: mount[3]}
		switch {
		case super[0] == "cgroup2":
			h.file = "memory.max"
		case super[0] == "cgroup" && has(super[2], "memory"):
			h.file, h.v1 = "memory.limit_in_bytes", true
		default:
			continue
		}
		list = append(list, h)
	}
	return list
}

// group finds the process's group in the text of /proc/self/cgroup, relative to the mount. Its lines are
// "number:controllers:group", with "0::group" for version 2.
func (h *hierarchy) group(text []byte) (string, bool) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if h.v1 && has(parts[1], "memory") || !h.v1 && parts[0] == "0" && parts[1] == "" {
			return h.below(parts[2]), true
		}
	}
	return "", false
}

// below is a group's path under the mount. A container may see its group by the name that it has outside, while only the
// group itself is mounted.
func (h *hierarchy) below(group string) string {
	if h.root == "/" {
		return path.Clean("/" + group)
	}
	if rest, ok := strings.CutPrefix(group, h.root); ok && (rest == "" || rest[0] == '/') {
		return path.Clean("/" + rest)
	}
	return "/"
}

func has(list, word string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one == word {
			return true
		}
	}
	return false
}

func readLimit(root fs.FS, name string) int64 {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return unlimited
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n <= 0 { // "max" among them
		return unlimited
	}
	return n
}
