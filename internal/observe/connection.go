package observe

// Connection is a connection that can stand in the log. Lines about one have a format that begins with "%s - " and the
// connection as their first argument: written as text, String says who it is, and written as JSON, LogLabel does.
type Connection interface {
	String() string
	LogLabel() Label
}

// Label says which connection a line of the log is about. Fields that are not known yet are empty.
type Label struct {
	Remote  string // the peer's address, "127.0.0.1:53124"
	CID     uint64 // the connection's number
	Client  string // what the client says it is, "v1.2:go:orders"
	Account string
	User    string // who has logged in, "user:joe" or "nkey:U..."; secrets never
}
