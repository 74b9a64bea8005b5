package main

// goal is what Sinew is meant to reach in one figure of one workload. Immutable.
type goal struct {
	workload string
	metric   metric
	versus   comparison
	bound    float64 // at least, if more is better in this metric; else at most
	stretch  float64 // a bound further out; zero is none
}

// comparison says what is held against the bound.
type comparison int

const (
	ratio    comparison = iota // ours divided by the reference's
	absolute                   // ours alone
)

// goals is the table of all goals. Those in bytes count a kilobyte as 1000.
var goals = []goal{
	{"pub-16", rate, ratio, 5, 0},
	{"pub-16", cpu, ratio, 0.17, 0},
	{"pub-256", rate, ratio, 3, 0},
	{"pub-256", cpu, ratio, 0.29, 0},
	{"pub-4096", rate, ratio, 1.0, 1.3},
	{"pub-4096", cpu, ratio, 1.0, 0.63},
	{"fan-10", rate, ratio, 5, 0},
	{"fan-10", cpu, ratio, 0.17, 0},
	{"fan-100", rate, ratio, 3, 5},
	{"fan-100", cpu, ratio, 0.2, 0},
	{"pairs-4x4", rate, ratio, 3, 0},
	{"pairs-4x4", cpu, ratio, 0.29, 0},
	{"queue-8", rate, ratio, 3, 0},
	{"queue-8", cpu, ratio, 0.29, 0},
	{"subjects-1000", rate, ratio, 6, 0},
	{"subjects-1000", cpu, ratio, 0.2, 0},
	{"subjects-100000", rate, ratio, 4, 0},
	{"subjects-100000", cpu, ratio, 0.25, 0},
	{"reqrep-1", p50, ratio, 0.7, 0},
	{"reqrep-1", p99, ratio, 0.7, 0},
	{"reqrep-1", cpu, ratio, 0.45, 0},
	{"reqrep-50", rate, ratio, 1.3, 2},
	{"reqrep-50", p99, ratio, 0.5, 0},
	{"reqrep-50", p999, ratio, 1.0, 0},
	{"reqrep-50", cpu, ratio, 0.65, 0.4},
	{"tls-1024", rate, ratio, 1.2, 0},
	{"tls-1024", cpu, ratio, 0.8, 0},
	{"headers", rate, ratio, 4, 0},
	{"headers", cpu, ratio, 0.2, 0},
	{"natsgo", rate, ratio, 1.3, 0},
	{"natsgo", cpu, ratio, 0.3, 0},
	{"reload-10k", p99, absolute, 10e3, 0},
	{"connect", rate, ratio, 1.5, 0},
	{"subscribe", rate, ratio, 2, 0},
	{"stalled", kept, absolute, 0.9, 0},
	{"watched-1s", kept, absolute, 0.95, 0},
	{"watched-1s", costs, absolute, 1.05, 0},
	{"watched-always", kept, absolute, 0.95, 0},
	{"watched-always", costs, absolute, 1.05, 0},
	{"idle-conn", memory, absolute, 2e3, 0},
	{"idle-conn-portable", memory, absolute, 6e3, 0},
	{"idle-conn-tls", memory, absolute, 14e3, 0},
	{"idle-sub", memory, absolute, 220, 0},
	{"startup", startup, absolute, 20, 0},
	{"startup", idleMemory, absolute, 15e6, 0},
	{"startup", binarySize, absolute, 20e6, 0},
}

// goalFor finds the goal for a figure, if it has one.
func goalFor(workload string, m metric) (goal, bool) {
	for _, g := range goals {
		if g.workload == workload && g.metric == m {
			return g, true
		}
	}
	return goal{}, false
}

// verdict judges the median against the goal; without a figure there is none.
func (g goal) verdict(r result) string {
	value := r.Ours
	if g.versus == ratio {
		value = r.Ratio
	}
	switch {
	case !value.known():
		return ""
	case !g.reached(value.Median, g.bound):
		return "not met"
	case g.stretch != 0 && g.reached(value.Median, g.stretch):
		return "met, and the stretch goal"
	default:
		return "met"
	}
}

func (g goal) reached(value, bound float64) bool {
	if higherIsBetter[g.metric] {
		return value >= bound
	}
	return value <= bound
}

// String is the goal as the report shows it, such as `≥ ×5` or `≤ 2.00 KB`.
func (g goal) String() string {
	sign := "≤ "
	if higherIsBetter[g.metric] {
		sign = "≥ "
	}
	show := func(v float64) string {
		if g.versus == ratio {
			return "×" + significant(v)
		}
		return g.metric.format(v)
	}
	text := sign + show(g.bound)
	if g.stretch != 0 {
		text += " (" + show(g.stretch) + ")"
	}
	return text
}
