package server_test

import (
	"fmt"
	"strings"
	"testing"
)

// manyUsers is a configuration with so many users of their own permissions, of which one in a hundred differs from version to
// version.
func manyUsers(users, version int) string {
	var b strings.Builder
	b.WriteString("authorization { users: [\n")
	for i := range users {
		subject := "app"
		if i%100 == version%100 {
			subject = "other"
		}
		fmt.Fprintf(&b, "{user: user%d, password: secret, permissions: {publish: {allow: [\"%s.%d.>\", \"_INBOX.>\"]}, subscribe: [\"mine.%d.>\", \"_INBOX.>\"]}}\n",
			i, subject, i, i)
	}
	b.WriteString("] }\n")
	return b.String()
}

func BenchmarkReloadOf10000Users(b *testing.B) {
	texts := []string{manyUsers(10_000, 0), manyUsers(10_000, 1)}
	r := start(b, texts[0])
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r.reload(texts[(i+1)%2])
	}
}
