// Package jsapi is the vocabulary of the JetStream API: the JSON of its requests and answers, its subjects, and its error
// codes, as clients of API level 5 know them.
//
// Durations are nanoseconds in JSON, times RFC 3339 with nanoseconds. The order of fields is the reference server's, for
// people who compare.
package jsapi
