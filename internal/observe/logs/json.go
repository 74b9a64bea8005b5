package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sinew.dev/sinew/internal/observe"
)

// jsonLine is a line as a JSON object.
type jsonLine struct {
	Time    string `json:"time,omitempty"`
	Level   string `json:"level"`
	PID     int    `json:"pid,omitempty"`
	Message string `json:"msg"`
	Remote  string `json:"remote,omitempty"`
	CID     uint64 `json:"cid,omitempty"`
	Client  string `json:"client,omitempty"`
	Account string `json:"account,omitempty"`
	User    string `json:"user,omitempty"`
}

// aboutConnection begins the format of a line whose first argument is the connection that it is about.
const aboutConnection = "%s - "

// appendJSON appends a line, its end included. What is about a connection has that in fields of their own, and not in
// the message.
func appendJSON(b []byte, o *Options, v level, now time.Time, pid int, format string, args []any) []byte {
	line := jsonLine{Level: labels[v].word}
	if o.PID {
		line.PID = pid
	}
	if o.Time {
		if o.UTC {
			now = now.UTC()
		}
		line.Time = now.Format("2006-01-02T15:04:05.000000Z07:00")
	}
	if rest, ok := strings.CutPrefix(format, aboutConnection); ok && len(args) > 0 {
		if c, ok := args[0].(observe.Connection); ok {
			label := c.LogLabel()
			line.Remote, line.CID, line.Client, line.Account, line.User = label.Remote, label.CID, label.Client, label.Account, label.User
			format, args = rest, args[1:]
		}
	}
	line.Message = fmt.Sprintf(format, args...)
	out := bytes.NewBuffer(b)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false) // arrows are for people
	_ = encoder.Encode(line)     // strings and numbers always can be
	return out.Bytes()
}
