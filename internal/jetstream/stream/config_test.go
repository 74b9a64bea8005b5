package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
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
	`"description":"d"`, `"max_consumers":-2`, `"max_msgs":-7`, `"max_bytes":-7`, `"max_msg_size":-5`, `"max_msgs_per_subject":3`, `"max_msgs_per_subject":-3`,
	`"subject_delete_marker_ttl":1000000000`, `"subject_delete_marker_ttl":-1`, `"subject_delete_marker_ttl":5`, `"allow_msg_ttl":true`, `"allow_rollup_hdrs":true`, `"sealed":true`,
	`"duplicate_window":1000000000`, `"duplicate_window":-1`, `"duplicate_window":5`, `"duplicate_window":2000000000`, `"max_age":1000000000`, `"max_age":-1`, `"max_age":7`,
	`"num_replicas":-1`, `"num_replicas":6`, `"num_replicas":1`, `"num_replicas":2`, `"allow_msg_schedules":true`, `"discard":"new"`, `"retention":"interest"`, `"retention":"workqueue"`,
	`"republish":{"dest":"q"}`, `"republish":{"src":">","dest":"q.>"}`, `"republish":{"src":"S","dest":"S"}`, `"republish":{"src":"S.*","dest":"q.{{wildcard(2)}}"}`, `"republish":{"src":"a.>","dest":"a.b.>"}`, `"republish":{"src":"a","dest":""}`,
	`"mirror":{"name":"X"}`, `"mirror":{"name":""}`, `"mirror":{"name":"S"}`, `"mirror":{"name":"X","filter_subject":"a..b"}`, `"mirror":{"name":"X","filter_subject":"a","subject_transforms":[{"src":"a","dest":"b"}]}`, `"mirror":{"name":"X","subject_transforms":[{"src":"a.*","dest":"{{wildcard(2)}}"}]}`,
	`"mirror":{"name":"X","external":{"api":"$JS.API","deliver":""}}`, `"mirror":{"name":"X","external":{"api":"$JS.q.API","deliver":"q.*"}}`, `"mirror":{"name":"X","consumer":{"name":"q"}}`, `"mirror":{"name":"X","consumer":{"name":"q","deliver_subject":"d"}}`,
	`"sources":[{"name":"X"}]`, `"sources":[{"name":""}]`, `"sources":[{"name":"S"}]`, `"sources":[{"name":"X"},{"name":"X"}]`, `"sources":[{"name":"X","filter_subject":"a..b"}]`, `"sources":[{"name":"X","filter_subject":"a","subject_transforms":[{"src":"a","dest":"b"}]}]`, `"sources":[{"name":"X","subject_transforms":[{"src":"a..","dest":"b"}]}]`, `"sources":[{"name":"X","subject_transforms":[{"src":"a.*","dest":"b"},{"src":"a.1","dest":"c"}]}]`, `"sources":[{"name":"X","consumer":{"name":"q"}}]`, `"sources":[{"name":"X","external":{"api":"$JS.q.API","deliver":"S"}}]`,
	`"sources":[{"name":"X","subject_transforms":[{"src":"a","dest":"{{foo(1)}}"}]}]`,
	`"persist_mode":"async"`, `"allow_atomic":true`, `"allow_batched":true`, `"allow_msg_counter":true`, `"storage":"memory"`, `"mirror_direct":true`, `"allow_direct":true`, `"deny_purge":true`, `"deny_delete":true`, `"first_seq":7`,
	`"subjects":["a"]`, `"subjects":["a.>"]`, `"subjects":["a","a"]`, `"subjects":[""]`, `"subjects":[">"]`, `"subjects":["$JS.API.x"]`, `"subjects":["$SYS.x"]`, `"subjects":["S.>","q"]`, `"subjects":["a..b"]`, `"no_ack":true`,
	`"discard_new_per_subject":true`, `"placement":{"preferred":"x"}`, `"placement":{"cluster":"x"}`, `"consumer_limits":{"max_ack_pending":5}`, `"compression":"s2"`, `"subject_transform":{"src":"a","dest":"b"}`, `"subject_transform":{"src":"a..","dest":"b"}`, `"subject_transform":{"src":"a","dest":"b.>"}`, `"subject_transform":{"src":"","dest":""}`,
	`"pedantic":true`, `"metadata":{"a":"b"}`,
}

var record = flag.String("record", "", "URL of a reference server with JetStream, whose verdicts are to be recorded")

const recorded = "testdata/create.jsonl"

// verdict is what the reference server said of one request to create a stream.
type verdict struct {
	Request json.RawMessage     `json:"request"`
	Error   *jsapi.Error        `json:"error,omitempty"`
	Config  *jsapi.StreamConfig `json:"config,omitempty"`
}

func randomRequest(random *rand.Rand) []byte {
	parts := []string{`"name":"S"`}
	keys := map[string]bool{}
	for range 1 + random.IntN(5) {
		f := fragments[random.IntN(len(fragments))]
		if key, _, _ := strings.Cut(f, ":"); !keys[key] {
			keys[key] = true
			parts = append(parts, f)
		}
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// recordVerdicts asks a reference server about every fragment by itself and about many random combinations.
func recordVerdicts(t *testing.T) {
	nc, err := nats.Connect(*record)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var requests [][]byte
	for _, f := range fragments {
		requests = append(requests, []byte(`{"name":"S",`+f+`}`), []byte(`{"name":"S",`+f+`,"pedantic":true}`))
	}
	for range 700 {
		requests = append(requests, randomRequest(random))
	}
	out := &bytes.Buffer{}
	for _, request := range requests {
		if !json.Valid(request) {
			t.Fatalf("%s", request)
		}
		v := verdict{Request: request}
		for attempt := 0; ; attempt++ {
			m, err := nc.Request("$JS.API.STREAM.CREATE.S", request, 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			v.Error, v.Config = nil, nil
			if err := json.Unmarshal(m.Data, &v); err != nil {
				t.Fatal(err)
			}
			if v.Error == nil {
				if _, err := nc.Request("$JS.API.STREAM.DELETE.S", nil, 5*time.Second); err != nil {
					t.Fatal(err)
				}
				break
			}
			// Now and then it is still busy with deleting the stream before.
			if v.Error.Description != "error creating store for stream" || attempt > 10 {
				break
			}
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
//	go test ./internal/jetstream/stream -run Verdicts -record nats://127.0.0.1:4222
func TestVerdictsAreTheReferences(t *testing.T) {
	if *record != "" {
		recordVerdicts(t)
	}
	file, err := os.Open(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, refused := bufio.NewScanner(file), 0
	lines.Buffer(nil, 1<<20)
	count := 0
	for lines.Scan() {
		count++
		var want verdict
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if want.Error != nil {
			refused++
		}
		var request jsapi.StreamRequest
		if err := json.Unmarshal(want.Request, &request); err != nil {
			t.Fatal(err)
		}
		got := verdict{Request: want.Request}
		config, refusal := Check(request.StreamConfig, request.Pedantic, Env{})
		if got.Error = refusal; refusal == nil {
			config.Metadata = Shown(Stored(config.Metadata, RequiredLevel(&config)), 5, "2.15.2")
			got.Config = &config
		}
		if a, b := encoded(t, got), encoded(t, want); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	}
	if count < 700 || refused < count/4 || refused > count*9/10 {
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
	for want, c := range map[string]jsapi.StreamConfig{
		"stream description is too long, maximum allowed is 4096": {Name: "S", Description: strings.Repeat("x", 4097)},
		"stream metadata exceeds maximum size of 131072 bytes":    {Name: "S", Metadata: map[string]string{"a": strings.Repeat("x", 131072)}},
		"replicas count cannot be negative":                       {Name: "S", Replicas: -1},
	} {
		if _, err := Check(c, false, Env{}); err == nil || err.Description != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheServerBoundsTheDuplicateWindow(t *testing.T) {
	env := Env{MaxDuplicates: time.Second}
	c, err := Check(jsapi.StreamConfig{Name: "S"}, false, env)
	if err != nil || c.Duplicates != time.Second {
		t.Errorf("by default %v, %v", c.Duplicates, err)
	}
	const above = "duplicates window can not be larger then server limit of 1s"
	if _, err := Check(jsapi.StreamConfig{Name: "S", Duplicates: 2 * time.Second}, false, env); err == nil || err.Description != above {
		t.Errorf("a window above the server's limit: %v", err)
	}
	const silent = "pedantic mode: duplicate window limits are higher than current limits"
	if _, err := Check(jsapi.StreamConfig{Name: "S"}, true, env); err == nil || err.Description != silent {
		t.Errorf("pedantic: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(randomRequest(random))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var request jsapi.StreamRequest
		if json.Unmarshal(body, &request) != nil {
			return
		}
		c, err := Check(request.StreamConfig, false, Env{})
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
