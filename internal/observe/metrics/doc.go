// Package metrics writes the server's state for Prometheus: the series that prometheus-nats-exporter derives from the
// monitoring documents, under its names and labels; Go's own; and some under "sinew_" that neither has.
//
// It asks a Source for the documents at each scrape and keeps nothing between scrapes. The names are in docs/metrics.md,
// and docs/decisions/0008 says why the text is written here and not by a metrics library.
package metrics
