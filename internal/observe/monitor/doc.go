// Package monitor serves the status documents over HTTP.
//
// It knows neither the server nor its connections: a Source makes the documents. Requests come from whoever reaches the
// port, so their size, their time and the number that is worked on at once are bounded.
package monitor
