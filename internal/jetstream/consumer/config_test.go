package consumer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/jetstream/jsapi"
)

// fragments are what random configurations are made of.
var fragments = []string{
	`"durable_name":"c"`, `"description":"d"`, `"ack_policy":"explicit"`, `"ack_policy":"explicit"`, `"ack_policy":"all"`, `"ack_policy":"none"`,
	`"ack_policy":"flow_control"`, `"deliver_policy":"by_start_sequence"`, `"deliver_policy":"by_start_time"`, `"deliver_policy":"last"`,
	`"deliver_policy":"new"`, `"deliver_policy":"last_per_subject"`, `"opt_start_seq":3`, `"opt_start_time":"2020-01-01T00:00:00Z"`,
	`"ack_wait":-1`, `"ack_wait":5000000000`, `"max_deliver":0`, `"max_deliver":-5`, `"max_deliver":2`, `"backoff":[1000000000,2000000000,3000000000]`,
	`"backoff":[1000000000,-1]`, `"backoff":[1000000000]`, `"max_ack_pending":5`, `"max_ack_pending":-1`, `"max_ack_pending":-7`, `"max_ack_pending":60`,
	`"filter_subject":"s.a"`, `"filter_subject":"a..b"`, `"filter_subjects":["s.a","s.*"]`, `"filter_subjects":["s.a",""]`,
	`"filter_subjects":["s.a","s.b"]`, `"filter_subjects":["a..b"]`, `"filter_subjects":["s.a","a..b"]`, `"replay_policy":"original"`,
	`"rate_limit_bps":5`, `"sample_freq":"x"`, `"sample_freq":"30%"`, `"sample_freq":"-1"`, `"max_waiting":-1`, `"max_waiting":5`, `"headers_only":true`,
	`"max_batch":-1`, `"max_batch":5`, `"max_expires":5`, `"max_expires":-5`, `"max_expires":5000000000`, `"max_bytes":-1`, `"max_bytes":5`,
	`"deliver_subject":"d"`, `"deliver_subject":"d"`, `"deliver_subject":"d"`, `"deliver_subject":"d.*"`, `"deliver_subject":"d..e"`,
	`"deliver_subject":"s.x"`, `"deliver_subject":"l.x"`, `"idle_heartbeat":5`, `"idle_heartbeat":-5`, `"idle_heartbeat":1000000000`, `"flow_control":true`,
	`"deliver_group":"g"`, `"inactive_threshold":-1`, `"inactive_threshold":1000000000`, `"inactive_threshold":5000000000`, `"num_replicas":-1`,
	`"num_replicas":1`, `"num_replicas":3`, `"num_replicas":6`, `"mem_storage":true`, `"direct":true`, `"sourcing":true`, `"metadata":{"a":"b"}`,
	`"pause_until":"2030-01-01T00:00:00Z"`, `"priority_policy":"overflow"`, `"priority_policy":"pinned_client"`, `"priority_policy":"prioritized"`,
	`"priority_groups":["g"]`, `"priority_groups":["g"]`, `"priority_groups":[""]`, `"priority_groups":["g g"]`, `"priority_groups":["g","ggggggggggggggggg"]`,
	`"priority_timeout":5000000000`, `"priority_timeout":-5`,
}

// streams are what consumers are made on.
var streams = map[string]string{
	"S": `{"name":"S","subjects":["s.>"]}`,
	"W": `{"name":"W","subjects":["w.>"],"retention":"workqueue"}`,
	"I": `{"name":"I","subjects":["i.>"],"retention":"interest"}`,
	"L": `{"name":"L","subjects":["l.>"],"consumer_limits":{"inactive_threshold":2000000000,"max_ack_pending":50}}`,
}

var record = flag.String("record", "", "URL of an empty reference server with JetStream, whose verdicts are to be recorded")

var seed = flag.Uint64("seed", 1, "which random requests to record")

const recorded = "testdata/create.jsonl"

// verdict is what the reference server said of one request to create a consumer.
type verdict struct {
	Request json.RawMessage       `json:"request"`
	Error   *jsapi.Error          `json:"error,omitempty"`
	Config  *jsapi.ConsumerConfig `json:"config,omitempty"`
}

func randomRequest(random *rand.Rand) []byte {
	parts := []string{`"name":"c"`}
	keys := map[string]bool{}
	for range 1 + random.IntN(6) {
		f := fragments[random.IntN(len(fragments))]
		if key, _, _ := strings.Cut(f, ":"); !keys[key] {
			keys[key] = true
			parts = append(parts, f)
		}
	}
	return request("SSWIL"[random.IntN(5)], strings.Join(parts, ","), random.IntN(6) == 0)
}

func request(stream byte, config string, pedantic bool) []byte {
	text := fmt.Sprintf(`{"stream_name":%q,"config":{%s}`, string(stream), config)
	if pedantic {
		text += `,"pedantic":true`
	}
	return []byte(text + "}")
}

// recordVerdicts asks a reference server about every fragment by itself and about many random combinations.
func recordVerdicts(t *testing.T) {
	nc, err := nats.Connect(*record)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	ask := func(subject string, body []byte) []byte {
		m, err := nc.Request("$JS.API."+subject, body, 5*time.Second)
		if err != nil {
			t.Fatal(subject, string(body), err)
		}
		return m.Data
	}
	for name, config := range streams {
		ask("STREAM.CREATE."+name, []byte(config))
	}
	random := rand.New(rand.NewPCG(*seed, 2))
	var requests [][]byte
	for _, f := range fragments {
		requests = append(requests, request('S', `"name":"c",`+f, false), request('L', `"name":"c",`+f, true))
	}
	for range 900 {
		requests = append(requests, randomRequest(random))
	}
	out := &bytes.Buffer{}
	for _, request := range requests {
		var r jsapi.ConsumerRequest
		if err := json.Unmarshal(request, &r); err != nil {
			t.Fatal(string(request), err)
		}
		v := verdict{Request: request}
		if err := json.Unmarshal(ask("CONSUMER.CREATE."+r.Stream+".c", request), &v); err != nil {
			t.Fatal(err)
		}
		if v.Error == nil {
			ask("CONSUMER.DELETE."+r.Stream+".c", nil)
			v.Config.Metadata = nil
		}
		if err := json.NewEncoder(out).Encode(&v); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(recorded, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestVerdictsAreTheReferences compares with what nats-server 2.15.2 said of the same requests. To record anew:
//
//	go test ./internal/jetstream/consumer -run Verdicts -record nats://127.0.0.1:4222
func TestVerdictsAreTheReferences(t *testing.T) {
	if *record != "" {
		recordVerdicts(t)
	}
	file, err := os.Open(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	count, refused := 0, 0
	for lines.Scan() {
		count++
		var want verdict
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if want.Error != nil {
			refused++
		}
		var r jsapi.ConsumerRequest
		if err := json.Unmarshal(want.Request, &r); err != nil {
			t.Fatal(err)
		}
		env := Env{}
		if err := json.Unmarshal([]byte(streams[r.Stream]), &env.Stream); err != nil {
			t.Fatal(err)
		}
		if env.Stream.Retention == "" {
			env.Stream.Retention = jsapi.LimitsRetention
		}
		got := verdict{Request: want.Request}
		config, refusal := Check(r.Config, r.Pedantic, env)
		if got.Error = refusal; refusal == nil {
			config.Metadata = nil
			got.Config = &config
		}
		if a, b := encoded(t, got), encoded(t, want); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	}
	if count < 1000 || refused < count/4 || refused > count*9/10 {
		t.Errorf("%d verdicts, %d of them refusals", count, refused)
	}
}

func encoded(t *testing.T, v verdict) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTextsAreBounded(t *testing.T) {
	for want, c := range map[string]jsapi.ConsumerConfig{
		"consumer description is too long, maximum allowed is 4096": {Description: strings.Repeat("x", 4097)},
		"consumer metadata exceeds maximum size of 128KB":           {Metadata: map[string]string{"a": strings.Repeat("x", 131072)}},
	} {
		if _, err := Check(c, false, Env{}); err == nil || err.Description != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRequiredLevels(t *testing.T) {
	soon := time.Now()
	for want, c := range map[int]jsapi.ConsumerConfig{
		0: {AckPolicy: jsapi.AckExplicit}, 1: {PauseUntil: &soon}, 4: {AckPolicy: jsapi.AckFlowControl, PriorityPolicy: jsapi.PriorityPinned},
	} {
		if got := RequiredLevel(&c); got != want {
			t.Errorf("%+v needs level %d, want %d", c, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(randomRequest(random))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var r jsapi.ConsumerRequest
		if json.Unmarshal(body, &r) != nil {
			return
		}
		c, err := Check(r.Config, false, Env{})
		if err != nil {
			return
		}
		// What was taken once, with its defaults, is taken again and stays.
		again, err := Check(c, false, Env{})
		a, _ := json.Marshal(c)
		b, _ := json.Marshal(again)
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("%s\n%s\n%v", a, b, err)
		}
	})
}
