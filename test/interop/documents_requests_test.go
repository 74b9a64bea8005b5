package interop

// plainRequests ask one server for every document with every option.
var plainRequests = []string{
	"/varz", "/varz?x=y", "/varz?callback=f",
	"HEAD /healthz", "POST /healthz", "PUT /healthz", "DELETE /healthz", "OPTIONS /healthz", "OPTIONS /varz",

	"/connz", "/connz?callback=f", "/connz?subs=1", "/connz?subs=true", "/connz?subs=0", "/connz?subs=detail", "/connz?subs=DETAIL", "/connz?auth=1",
	"/connz?auth=T", "/connz?auth=f", "/connz?auth=1&subs=detail", "/connz?limit=1", "/connz?limit=2&offset=1", "/connz?offset=3",
	"/connz?offset=100", "/connz?offset=-1", "/connz?limit=-1", "/connz?limit=0", "/connz?limit=99999",
	"/connz?sort=", "/connz?sort=cid", "/connz?sort=start", "/connz?sort=subs", "/connz?sort=msgs_to", "/connz?sort=msgs_from",
	"/connz?sort=bytes_to", "/connz?sort=bytes_from", "/connz?sort=uptime",
	"/connz?sort=stop", "/connz?sort=reason", "/connz?sort=none", "/connz?sort=CID",
	"/connz?sort=subs&limit=2", "/connz?sort=msgs_to&offset=1&limit=1",
	"/connz?state=open", "/connz?state=OPEN", "/connz?state=closed", "/connz?state=any", "/connz?state=all", "/connz?state=none",
	"/connz?state=closed&subs=1", "/connz?state=closed&subs=detail", "/connz?state=closed&auth=1", "/connz?state=closed&sort=stop",
	"/connz?state=closed&sort=reason", "/connz?state=closed&sort=start", "/connz?state=closed&sort=stop&limit=1",
	"/connz?state=all&sort=stop", "/connz?state=all&sort=cid&limit=3&offset=2", "/connz?state=all&auth=1&subs=detail",
	"/connz?cid=99999", "/connz?cid=0", "/connz?cid=99999&state=closed", "/connz?user=nobody", "/connz?user=nobody&auth=1", "/connz?acc=$G",
	"/connz?acc=$G&auth=1", "/connz?acc=NONE", "/connz?acc=$G&state=closed", "/connz?acc=$G&filter_subject=foo",
	"/connz?filter_subject=foo", "/connz?mqtt_client=x", "/connz?acc=",
	"/connz?auth=x", "/connz?subs=x", "/connz?limit=x", "/connz?offset=x", "/connz?cid=x", "/connz?cid=-1", "/connz?limit=1.5",
	"/connz?auth=x&subs=x&limit=x", "/connz?offset=x&limit=x&cid=x&state=x", "/connz?limit=99999999999999999999", "/connz?unknown=x",

	"/subsz", "/subscriptionsz", "/subsz?subs=1", "/subsz?subs=1&limit=100", "/subsz?subs=0", "/subsz?subs=detail", "/subsz?limit=7",
	"/subsz?offset=2&limit=3", "/subsz?subs=1&offset=100", "/subsz?offset=-1&limit=-1", "/subsz?acc=$G&subs=1", "/subsz?acc=NONE",
	"/subsz?acc=NONE&subs=1", "/subsz?test=foo", "/subsz?test=foo&subs=1", "/subsz?test=foo.x&subs=1", "/subsz?test=bar&subs=1&acc=$G",
	"/subsz?test=none&subs=1", "/subsz?test=foo.*&subs=1", "/subsz?test=>", "/subsz?test=foo.", "/subsz?test=*&acc=NONE",
	"/subsz?subs=x", "/subsz?limit=x", "/subsz?offset=x", "/subsz?subs=x&offset=x&limit=x&test=*", "/subsz?test=a%20b&subs=1",

	"/accountz", "/accountz?acc=", "/accountz?acc=$G", "/accountz?acc=NONE", "/accountz?acc=%3Cb%3E", "/accountz?unknown=1",
	"/accstatz", "/accstatz?unused=1", "/accstatz?unused=0", "/accstatz?unused=x", "/accstatz?accounts=$G",

	"/healthz", "/healthz?details=1", "/healthz?details=x", "/healthz?js-enabled=1", "/healthz?js-enabled=x",
	"/healthz?js-enabled-only=1", "/healthz?js-enabled-only=x", "/healthz?js-server-only=1", "/healthz?js-server-only=x",
	"/healthz?js-meta-only=1", "/healthz?js-meta-only=x", "/healthz?account=A", "/healthz?account=A&stream=S",
	"/healthz?account=A&stream=S&consumer=C", "/healthz?stream=S", "/healthz?consumer=C", "/healthz?account=A&consumer=C",
	"/healthz?stream=S&details=1", "/healthz?consumer=C&details=1", "/healthz?js-enabled=x&details=x",

	"/routez", "/routez?subs=1", "/routez?subs=detail", "/routez?subs=x",
	"/gatewayz", "/gatewayz?accs=1", "/gatewayz?accs=x", "/gatewayz?subs=x", "/gatewayz?accs=x&subs=x", "/gatewayz?subs=detail",
	"/gatewayz?acc_name=A&gw_name=B", "/gatewayz?accs=1&subs=1",
	"/leafz", "/leafz?subs=1", "/leafz?subs=detail", "/leafz?subs=x", "/leafz?acc=A", "/leafz?acc=NONE&subs=1",
	"/jsz", "/jsz?accounts=1", "/jsz?streams=1", "/jsz?consumers=1", "/jsz?direct-consumers=1", "/jsz?config=1", "/jsz?raft=1", "/jsz?acc=A",
	"/jsz?acc=NONE&streams=1", "/jsz?limit=1&offset=1", "/jsz?leader-only=1", "/jsz?stream-leader-only=1", "/jsz?leader-only=0",
	"/jsz?accounts=x", "/jsz?streams=x", "/jsz?consumers=x", "/jsz?direct-consumers=x", "/jsz?config=x", "/jsz?raft=x", "/jsz?limit=x",
	"/jsz?offset=x", "/jsz?leader-only=x", "/jsz?stream-leader-only=x",
	"/jsz?limit=x&offset=x", "/jsz?offset=x&config=x", "/jsz?config=x&direct-consumers=x", "/jsz?direct-consumers=x&consumers=x",
	"/jsz?consumers=x&streams=x", "/jsz?streams=x&accounts=x", "/jsz?leader-only=x&limit=x", "/jsz?leader-only=x&raft=x",
	"/jsz?leader-only=x&config=x", "/jsz?leader-only=x&offset=x", "/jsz?raft=x&stream-leader-only=x", "/jsz?raft=x&limit=x",
	"/jsz?leader-only=1&raft=x", "/jsz?leader-only=1&limit=x",

	"/ipqueuesz", "/ipqueuesz?all=0", "/ipqueuesz?queues=x", "/ipqueuesz?all=x", "/raftz", "/raftz?acc=A", "/raftz?group=G",
	"/stacksz", "/debug/vars",
	"/nope", "/varz/", "/VARZ", "/debug", "/debug/", "/debug/vars/", "//varz", "/x/../varz?a=b", "/healthz/", "/expvarz", "/favicon.ico",

	"/varz?at=the+end", // the counts of all these requests
}

// accountRequests ask for accounts, and for what each of some has.
func accountRequests(names ...string) []string {
	requests := []string{
		"/varz", "/accountz", "/accstatz", "/accstatz?unused=1", "/connz", "/connz?auth=1", "/connz?state=all&auth=1&subs=detail",
		"/connz?user=alice", "/connz?user=alice&auth=1", "/connz?user=bob&auth=1&state=all", "/connz?user=al2&acc=A&auth=1",
		"/connz?user=al2&acc=B&auth=1", "/connz?acc=A&auth=1&subs=1&sort=subs", "/connz?state=closed&acc=B&auth=1", "/subsz?subs=1",
		"/subsz?subs=1&test=bar.1", "/connz?acc=A&limit=1&offset=1",
	}
	for _, name := range names {
		requests = append(requests, "/accountz?acc="+name, "/connz?acc="+name, "/connz?state=closed&auth=1&acc="+name,
			"/subsz?acc="+name, "/subsz?subs=1&acc="+name)
	}
	return requests
}
