package metrics

import (
	"maps"
	"slices"

	"sinew.dev/sinew/internal/observe/status"
)

// Operations is what operators ask for and no document tells. Counts are since the server began.
type Operations struct {
	LameDuck bool
	// Closed counts the connections that were closed by why. The reasons are those of /connz; such that did not happen
	// should be there with zero, so that the first one shows as an increase.
	Closed map[string]uint64
	// What permissions did not allow. Nothing was delivered, and the client was told.
	PublishViolations, SubscribeViolations uint64
	// Reloads of the configuration, and whether the last one that was tried failed.
	Reloads, FailedReloads uint64
	LastReloadFailed       bool
}

// operations writes the series that the exporter does not have.
func (p *page) operations(labels, version string, v *status.Varz, o Operations) {
	build := []byte(labels)
	for _, l := range [][2]string{
		{"version", version}, {"nats_version", v.Version}, {"revision", v.GitCommit}, {"goversion", v.GoVersion},
	} {
		build = label(build, l[0], l[1])
	}
	p.family("sinew_build_info", gauge, "What runs: always 1, the labels say what.")
	p.count(string(build), 1)

	p.family("sinew_config_last_reload_successful", gauge, "Whether the last reload of the configuration was applied.")
	p.count(labels, one(!o.LastReloadFailed))
	p.family("sinew_config_load_timestamp_seconds", gauge, "When the configuration in force was read.")
	p.value(labels, float64(v.ConfigLoadTime.UnixMilli())/1000)
	p.family("sinew_config_reloads_total", counter, "Reloads of the configuration by result.")
	p.count(with(labels, "result", "failed"), int64(o.FailedReloads))
	p.count(with(labels, "result", "ok"), int64(o.Reloads))

	p.family("sinew_connections_closed_total", counter, "Connections closed by reason; the reasons are those of /connz.")
	for _, reason := range slices.Sorted(maps.Keys(o.Closed)) {
		p.count(with(labels, "reason", reason), int64(o.Closed[reason]))
	}
	p.family("sinew_lame_duck", gauge, "Whether the server is about to go away and moves its clients off.")
	p.count(labels, one(o.LameDuck))
	p.family("sinew_permission_violations_total", counter, "What permissions did not allow, by operation.")
	p.count(with(labels, "operation", "publish"), int64(o.PublishViolations))
	p.count(with(labels, "operation", "subscribe"), int64(o.SubscribeViolations))
	p.family("sinew_producer_stalls_total", counter, "Times a producer was slowed down for consumers that do not keep up.")
	p.count(labels, v.StalledClients)
	if !v.TLSCertNotAfter.IsZero() {
		p.family("sinew_tls_certificate_expiry_timestamp_seconds", gauge, "When the first certificate of the client port expires.")
		p.count(labels, v.TLSCertNotAfter.Unix())
	}
}

func with(labels, name, value string) string { return string(label([]byte(labels), name, value)) }

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
