package metrics

import "sinew.dev/sinew/internal/observe/status"

// jetStream writes what the exporter says of a server without JetStream: that it is off, and nothing is stored.
func (p *page) jetStream(v *status.Varz) {
	var labels []byte
	for _, l := range [][2]string{
		{"cluster", ""},
		{"domain", ""},
		{"is_meta_leader", "true"},
		{"meta_leader", ""},
		{"server_id", v.ServerID},
		{"server_name", v.ServerName},
	} {
		labels = label(labels, l[0], l[1])
	}
	for _, f := range []struct {
		name, help string
		value      int64
	}{
		{"jetstream_disabled", "JetStream disabled or not", 1},
		{"max_memory", "JetStream Max Memory", 0},
		{"max_storage", "JetStream Max Storage", 0},
		{"total_consumers", "Total number of consumers in JetStream", 0},
		{"total_message_bytes", "Total number of bytes stored in JetStream", 0},
		{"total_messages", "Total number of stored messages in JetStream", 0},
		{"total_streams", "Total number of streams in JetStream", 0},
	} {
		p.family(p.stream+"_server_"+f.name, gauge, f.help)
		p.count(string(labels), f.value)
	}
}
