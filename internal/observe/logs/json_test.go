package logs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe"
	"sinew.dev/sinew/internal/observe/logs"
)

// peer is a connection.
type peer struct{ label observe.Label }

func (p peer) String() string          { return "text" }
func (p peer) LogLabel() observe.Label { return p.label }

func TestLinesAreJSONIfAsked(t *testing.T) {
	var out bytes.Buffer
	log := logs.New(&out, logs.Options{JSON: true, PID: true, Colour: true, Debug: true, Trace: true})
	joe := peer{observe.Label{Remote: "127.0.0.1:1", CID: 7, Client: "v1:go:x", Account: "A", User: "user:joe"}}
	pid := float64(os.Getpid())
	for _, c := range []struct {
		say  func(string, ...any)
		form string
		args []any
		want map[string]any
	}{
		{log.Infof, "a %d\n\"<>\x1b\xff", []any{1}, map[string]any{"level": "info", "pid": pid, "msg": "a 1\n\"<>\x1b\ufffd"}},
		{log.Errorf, "%s - no %s", []any{joe, "way"}, map[string]any{
			"level": "error", "pid": pid, "msg": "no way", "remote": "127.0.0.1:1", "cid": 7.0, "client": "v1:go:x", "account": "A", "user": "user:joe",
		}},
		{log.Tracef, "%s - ->> [PING]", []any{peer{observe.Label{Remote: "r"}}}, map[string]any{"level": "trace", "pid": pid, "msg": "->> [PING]", "remote": "r"}},
		{log.Warnf, "%s - x", []any{"no connection"}, map[string]any{"level": "warn", "pid": pid, "msg": "no connection - x"}},
		{log.Fatalf, "%s - ", nil, map[string]any{"level": "fatal", "pid": pid, "msg": "%!s(MISSING) - "}},
		{log.Debugf, "", nil, map[string]any{"level": "debug", "pid": pid, "msg": ""}},
	} {
		out.Reset()
		c.say(c.form, c.args...)
		var got map[string]any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("got %s, %v, want %v", out.Bytes(), err, c.want)
		}
		if bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Errorf("%q is not one line", out.Bytes())
		}
	}
}

func TestTimesInJSON(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("far", 12*3600)
	for _, utc := range []bool{false, true} {
		var out bytes.Buffer
		logs.New(&out, logs.Options{JSON: true, Time: true, UTC: utc}).Infof("x")
		var line struct{ Time time.Time }
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || time.Since(line.Time).Abs() > time.Minute {
			t.Errorf("utc %v: %s, %v", utc, out.Bytes(), err)
		}
		if bytes.Contains(out.Bytes(), []byte("+12:00")) == utc {
			t.Errorf("utc %v: %s", utc, out.Bytes())
		}
	}
}
