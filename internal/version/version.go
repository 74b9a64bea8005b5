package version

import "runtime/debug"

// Speaks is the version of nats-server whose behaviour Sinew reproduces. Clients see it as the version in
// INFO and choose their features by it.
const Speaks = "2.15.2"

// version is a variable so that a release build can set it:
//
//	go build -ldflags "-X sinew.dev/sinew/internal/version.version=1.2.3" ./cmd/sinew
var version = "0.1.0"

// Version returns Sinew's own version, without a leading "v".
func Version() string { return version }

// Commit returns the first 7 digits of the git commit this binary was built from, with "+dirty" after them when the
// tree had changes. It is empty when the build did not record one, as in tests.
func Commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return commit(info.Settings)
}

func commit(settings []debug.BuildSetting) string {
	var revision, dirty string
	for _, setting := range settings {
		switch setting.Key {
		case "vcs.revision":
			revision = setting.Value[:min(7, len(setting.Value))]
		case "vcs.modified":
			if setting.Value == "true" {
				dirty = "+dirty"
			}
		}
	}
	if revision == "" {
		return ""
	}
	return revision + dirty
}
