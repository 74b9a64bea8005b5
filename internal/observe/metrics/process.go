package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"
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
	if p.open {
		separate(families)
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

// separate changes counters whose name without "_total" is another family's, as go_memstats_alloc_bytes is: OpenMetrics
// would have two families of one name. They keep theirs when their type is unknown.
func separate(families []*dto.MetricFamily) {
	names := make(map[string]bool, len(families))
	for _, f := range families {
		names[f.GetName()] = true
	}
	for _, f := range families {
		base, total := strings.CutSuffix(f.GetName(), "_total")
		if !total || !names[base] || f.GetType() != dto.MetricType_COUNTER {
			continue
		}
		f.Type = dto.MetricType_UNTYPED.Enum()
		for _, m := range f.Metric {
			m.Untyped, m.Counter = &dto.Untyped{Value: m.Counter.Value}, nil
		}
	}
}
