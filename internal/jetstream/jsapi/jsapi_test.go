package jsapi

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestErrorsSayWhatIsFilledIn(t *testing.T) {
	err := ErrStreamInvalidConfig.Because(`subject "a.*" overlaps with "a.1"`)
	if err.Code != 500 || err.ErrCode != 10052 || err.Description != `subject "a.*" overlaps with "a.1"` {
		t.Errorf("got %+v", err)
	}
	if !errors.Is(err, ErrStreamInvalidConfig) || errors.Is(err, ErrStreamNotFound) {
		t.Error("an error does not know its kind")
	}
	if ErrStreamInvalidConfig.Description != "{err}" {
		t.Errorf("filling in changed the table: %+v", ErrStreamInvalidConfig)
	}
	b, _ := json.Marshal(ErrStreamNotFound)
	if string(b) != `{"code":404,"err_code":10059,"description":"stream not found"}` {
		t.Errorf("as JSON: %s", b)
	}
}

func TestErrorCodesAreUnique(t *testing.T) {
	seen := map[uint16]bool{}
	for _, e := range Errors {
		if seen[e.ErrCode] || e.Code < 400 || e.Code > 599 || e.Description == "" {
			t.Errorf("%+v", e)
		}
		seen[e.ErrCode] = true
	}
	if len(Errors) != 227 {
		t.Errorf("%d errors", len(Errors))
	}
}

// What the reference server answered when it was asked to create streams and consumers: what is read must be written again
// in the same words and order.
func TestAnswersOfTheReferenceAreReadAndWrittenAlike(t *testing.T) {
	for _, text := range []string{
		`{"config":{"name":"A","subjects":["a.\u003e"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old","storage":"file","num_replicas":1,"duplicate_window":120000000000,"compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,"deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,"consumer_limits":{},"allow_msg_ttl":false,"metadata":{"_nats.level":"5","_nats.req.level":"0","_nats.ver":"2.15.2"}},"created":"2026-11-24T22:02:51.92098446Z","state":{"messages":1,"bytes":35,"first_seq":1,"first_ts":"2026-11-24T22:02:52.013632524Z","last_seq":1,"last_ts":"2026-11-24T22:02:52.013632524Z","num_subjects":1,"subjects":{"a.1":1},"consumer_count":0},"cluster":{"leader":"NDDOZ2N4SYLJWJDXTLN42HV6GCEH73ELGYD7C3JI3XSZRACVREOFMWWH"},"ts":"2026-11-24T22:02:52.044553227Z"}`,
		`{"config":{"name":"B","description":"d","subjects":["b.\u003e"],"retention":"interest","max_consumers":3,"max_msgs":5,"max_bytes":1000,"max_age":10000000000,"max_msgs_per_subject":2,"max_msg_size":100,"discard":"new","storage":"memory","num_replicas":1,"no_ack":true,"duplicate_window":1000000000,"placement":{"tags":["t"]},"sources":[{"name":"A","opt_start_seq":4,"subject_transforms":[{"src":"a.x","dest":"b.q"}]}],"compression":"s2","first_seq":10,"subject_transform":{"src":"b.x","dest":"b.y"},"republish":{"src":"b.\u003e","dest":"r.\u003e","headers_only":true},"allow_direct":true,"mirror_direct":false,"discard_new_per_subject":true,"sealed":false,"deny_delete":true,"deny_purge":false,"allow_rollup_hdrs":true,"consumer_limits":{"inactive_threshold":5000000000,"max_ack_pending":10},"allow_msg_ttl":true,"subject_delete_marker_ttl":1000000000,"allow_atomic":true,"allow_batched":true,"metadata":{"_nats.level":"5","_nats.req.level":"4","_nats.ver":"2.15.2","a":"b"}},"created":"2026-11-24T22:05:38.858911812Z","state":{"messages":0,"bytes":0,"first_seq":10,"first_ts":"0001-01-01T00:00:00Z","last_seq":9,"last_ts":"0001-01-01T00:00:00Z","consumer_count":0},"cluster":{"leader":"NDHOAYV7IRNRGW4M5U7YHE2FEATWZDWPUVYLYTDUSBR6EYVTZNY4MWE3"},"sources":[{"name":"A","lag":0,"active":-1,"subject_transforms":[{"src":"a.x","dest":"b.q"}]}],"ts":"2026-11-24T22:05:38.896577858Z"}`,
	} {
		var info StreamInfo
		again(t, text, &info)
	}
	for _, text := range []string{
		`{"stream_name":"A","name":"c","created":"2026-11-24T22:02:52.084802229Z","config":{"durable_name":"c","name":"c","deliver_policy":"all","ack_policy":"explicit","ack_wait":30000000000,"max_deliver":-1,"replay_policy":"instant","max_waiting":512,"max_ack_pending":1000,"num_replicas":0,"metadata":{"_nats.level":"5","_nats.req.level":"0","_nats.ver":"2.15.2"}},"delivered":{"consumer_seq":0,"stream_seq":0},"ack_floor":{"consumer_seq":0,"stream_seq":0},"num_ack_pending":0,"num_redelivered":0,"num_waiting":0,"num_pending":1,"ts":"2026-11-24T22:02:52.085584676Z"}`,
		`{"stream_name":"A","name":"d","created":"2026-11-24T22:02:52.120936381Z","config":{"durable_name":"d","name":"d","description":"x","deliver_policy":"by_start_sequence","opt_start_seq":1,"ack_policy":"explicit","ack_wait":1000000000,"max_deliver":5,"backoff":[1000000000],"filter_subjects":["a.1","a.2"],"replay_policy":"original","sample_freq":"30%","max_waiting":10,"max_ack_pending":20,"headers_only":true,"max_batch":5,"max_expires":5000000000,"max_bytes":500,"inactive_threshold":60000000000,"num_replicas":0,"mem_storage":true,"metadata":{"_nats.level":"5","_nats.req.level":"1","_nats.ver":"2.15.2","q":"w"},"priority_groups":["g"],"priority_policy":"pinned_client","priority_timeout":5000000000},"delivered":{"consumer_seq":0,"stream_seq":0},"ack_floor":{"consumer_seq":0,"stream_seq":0},"num_ack_pending":0,"num_redelivered":0,"num_waiting":0,"num_pending":1,"ts":"2026-11-24T22:02:52.121028604Z","priority_groups":[{"group":"g","pinned_ts":"0001-01-01T00:00:00Z"}]}`,
		`{"stream_name":"A","name":"p","created":"2026-11-24T22:02:52.20540882Z","config":{"name":"p","deliver_policy":"all","ack_policy":"all","ack_wait":30000000000,"max_deliver":-1,"replay_policy":"instant","rate_limit_bps":1000000,"max_ack_pending":1000,"flow_control":true,"deliver_subject":"dd","deliver_group":"g","idle_heartbeat":1000000000,"inactive_threshold":5000000000,"num_replicas":1,"metadata":{"_nats.level":"5","_nats.req.level":"1","_nats.ver":"2.15.2"},"pause_until":"2030-01-01T00:00:00Z"},"delivered":{"consumer_seq":0,"stream_seq":0},"ack_floor":{"consumer_seq":0,"stream_seq":0},"num_ack_pending":0,"num_redelivered":0,"num_waiting":0,"num_pending":1,"paused":true,"pause_remaining":97898227794021792,"ts":"2026-11-24T22:02:52.205977336Z"}`,
	} {
		var info ConsumerInfo
		again(t, text, &info)
	}
}

func again(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Errorf("%.60s: %v", text, err)
		return
	}
	b, err := json.Marshal(to)
	if err != nil || string(b) != text {
		t.Errorf("read:\n%s\nwritten, %v:\n%s", text, err, b)
	}
}

func TestUnknownWordsAreRefusedInTheReferencesWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"retention":""}`:         `can not unmarshal "\"\""`,
		`{"retention":5}`:          `can not unmarshal "5"`,
		`{"storage":"Memory"}`:     `can not unmarshal "\"Memory\""`,
		`{"discard":null}`:         `can not unmarshal "null"`,
		`{"compression":"zip"}`:    `unknown compression algorithm`,
		`{"persist_mode":"zz"}`:    `can not unmarshal "\"zz\""`,
		`{"persist_mode":""}`:      "",
		`{"persist_mode":"async"}`: "",
	} {
		check(t, text, new(StreamConfig), want)
	}
	for text, want := range map[string]string{
		`{"deliver_policy":""}`:          `can not unmarshal "\"\""`,
		`{"deliver_policy":"undefined"}`: "",
		`{"deliver_policy":"ALL"}`:       `can not unmarshal "\"ALL\""`,
		`{"ack_policy":5}`:               `can not unmarshal "5"`,
		`{"replay_policy":"fast"}`:       `can not unmarshal "\"fast\""`,
		`{"priority_policy":"zz"}`:       `unknown priority policy: "zz"`,
		`{"priority_policy":""}`:         `unknown priority policy: ""`,
		`{"priority_policy":"none"}`:     "",
	} {
		check(t, text, new(ConsumerConfig), want)
	}
	check(t, `{"action":"foo"}`, new(ConsumerRequest), `unknown consumer action: "foo"`)
	check(t, `{"action":"update"}`, new(ConsumerRequest), "")
}

func check(t *testing.T, text string, to any, want string) {
	t.Helper()
	err := json.Unmarshal([]byte(text), to)
	if got := errText(err); got != want {
		t.Errorf("%s: %q, want %q", text, got, want)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
