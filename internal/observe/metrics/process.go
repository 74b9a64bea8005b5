package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// newProcess returns what gathers go_* and process_*.
func newProcess() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// process writes Go's runtime and the process. They have no server_id: the scraper's labels tell processes apart.
func (p *page) process(from prometheus.Gatherer) error {
	families, err := from.Gather()
	if err != nil {
		return err
	}
	for _, f := range families {
		if p.open {
			_, err = expfmt.MetricFamilyToOpenMetrics(p, f)
		} else {
			_, err = expfmt.MetricFamilyToText(p, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
