package proto

import "strconv"

// Message is one published message in the form in which it is forwarded: Tail holds the bytes that follow the subject
// in PUB and HPUB, and that follow the subscription's sid in MSG and HMSG. They are the same bytes:
//
//	" [reply ]<#payload>\r\n<payload>\r\n"              without headers
//	" [reply ]<#header> <#total>\r\n<header><payload>\r\n"  with headers
//
// A Message aliases the buffer that it was read from and is valid as long as that is.
type Message struct {
	Tail        []byte
	body        uint32 // offset of header and payload in Tail
	replyBytes  uint32
	headerBytes int32 // -1: no header block
}

// Reply is the reply subject, or nil.
func (m *Message) Reply() []byte {
	if m.replyBytes == 0 {
		return nil
	}
	return m.Tail[1 : 1+m.replyBytes]
}

// HasReply reports whether the message asks for an answer.
func (m *Message) HasReply() bool { return m.replyBytes != 0 }

// HasHeader reports whether the message has a header block.
func (m *Message) HasHeader() bool { return m.headerBytes >= 0 }

// Header is the header block from "NATS/1.0" to its blank line, or nil.
func (m *Message) Header() []byte {
	if m.headerBytes < 0 {
		return nil
	}
	return m.Tail[m.body : m.body+uint32(m.headerBytes)]
}

// Payload is the message's payload.
func (m *Message) Payload() []byte {
	start := m.body
	if m.headerBytes > 0 {
		start += uint32(m.headerBytes)
	}
	return m.Tail[start : len(m.Tail)-2]
}

// Size is the bytes of header and payload together, as statistics count them.
func (m *Message) Size() int { return len(m.Tail) - 2 - int(m.body) }

// AppendMessage builds a message in buf and returns it with the extended buffer, in which its tail lies. A nil header
// means none; a nil reply likewise.
func AppendMessage(buf, reply, header, payload []byte) (Message, []byte) {
	start := len(buf)
	buf = append(buf, ' ')
	if len(reply) > 0 {
		buf = append(append(buf, reply...), ' ')
	}
	m := Message{replyBytes: uint32(len(reply)), headerBytes: -1}
	if header != nil {
		m.headerBytes = int32(len(header))
		buf = append(strconv.AppendInt(buf, int64(len(header)), 10), ' ')
	}
	buf = strconv.AppendInt(buf, int64(len(header)+len(payload)), 10)
	buf = append(buf, '\r', '\n')
	m.body = uint32(len(buf) - start)
	buf = append(append(buf, header...), payload...)
	buf = append(buf, '\r', '\n')
	m.Tail = buf[start:len(buf):len(buf)]
	return m, buf
}

// AppendOp is AppendMessage for a parsed publish. Its sizes are forwarded as they were written.
func AppendOp(buf []byte, op *Op) (Message, []byte) {
	start := len(buf)
	buf = append(buf, ' ')
	if len(op.Reply) > 0 {
		buf = append(append(buf, op.Reply...), ' ')
	}
	m := Message{replyBytes: uint32(len(op.Reply)), headerBytes: -1}
	if op.Verb == PublishHeader {
		m.headerBytes = int32(len(op.Header))
		buf = append(append(buf, op.HeaderSize...), ' ')
	}
	buf = append(append(buf, op.TotalSize...), '\r', '\n')
	m.body = uint32(len(buf) - start)
	buf = append(append(buf, op.Header...), op.Payload...)
	buf = append(buf, '\r', '\n')
	m.Tail = buf[start:len(buf):len(buf)]
	return m, buf
}

// WithoutHeader builds in buf the message that a connection without header support gets: the same reply and payload,
// no header block.
func (m *Message) WithoutHeader(buf []byte) (Message, []byte) {
	return AppendMessage(buf, m.Reply(), nil, m.Payload())
}
