package proto

// MsgSize is the length of "MSG subject sid" or "HMSG subject sid" and the message's tail.
func MsgSize(subject []byte, sid string, m *Message) int {
	n := 4 + len(subject) + 1 + len(sid) + len(m.Tail)
	if m.headerBytes >= 0 {
		n++
	}
	return n
}

// PutMsg writes the MSG or HMSG of m to dst, which has room for MsgSize bytes, and returns how many it wrote.
func PutMsg(dst, subject []byte, sid string, m *Message) int {
	n := 0
	if m.headerBytes >= 0 {
		dst[0] = 'H'
		n = 1
	}
	n += copy(dst[n:], "MSG ")
	n += copy(dst[n:], subject)
	dst[n] = ' '
	n++
	n += copy(dst[n:], sid)
	return n + copy(dst[n:], m.Tail)
}

// AppendErr appends the -ERR line with text.
func AppendErr(dst []byte, text string) []byte {
	dst = append(dst, "-ERR '"...)
	dst = append(dst, text...)
	return append(dst, "'\r\n"...)
}

// The fixed lines a server sends.
const (
	OKLine   = "+OK\r\n"
	PingLine = "PING\r\n"
	PongLine = "PONG\r\n"
)
