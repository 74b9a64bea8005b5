package tool

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/contexts"
)

// maxRoundTrips is the most that one may ask for.
const maxRoundTrips = 1_000_000

// rtt is the command `sinew rtt`.
type rtt struct {
	*connection
	json bool
}

func newRTT(link *connection) *cobra.Command {
	r := &rtt{connection: link}
	cmd := &cobra.Command{
		Use:   "rtt [COUNT]",
		Short: "Measure round trips to a server",
		Long: "Measure how long a ping takes to the server and back, COUNT times (default 5), for each server named and each of its\n" +
			"addresses. Connecting is not counted.",
		Example: "  sinew rtt\n  sinew rtt 100 -s nats://127.0.0.1:4222 --json",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE:    r.run,
	}
	cmd.Flags().BoolVarP(&r.json, "json", "j", false, "report in JSON, times in nanoseconds")
	return cmd
}

// rttServer is a server in the report; rttResult one of its addresses. The names are those of the nats tool.
type rttServer struct {
	URL     string      `json:"url"`
	Results []rttResult `json:"results"`
}

type rttResult struct {
	Time    time.Time     `json:"time"`
	Address string        `json:"address"`
	RTT     time.Duration `json:"rtt"` // the average
	Min     time.Duration `json:"min"`
	Max     time.Duration `json:"max"`
	Count   int           `json:"count"`
	URL     string        `json:"url"`
}

func (r *rtt) run(cmd *cobra.Command, args []string) error {
	count := 5
	if len(args) > 0 {
		var err error
		if count, err = strconv.Atoi(args[0]); err != nil || count < 1 || count > maxRoundTrips {
			return usage(cmd, fmt.Errorf("COUNT must be between 1 and %d", maxRoundTrips))
		}
	}
	if err := r.complete(cmd.Flags()); err != nil {
		return err
	}
	var servers []rttServer
	for one := range strings.SplitSeq(r.server, ",") {
		server := rttServer{URL: contexts.PublicURLs(one)}
		addresses, err := r.addresses(cmd.Context(), one)
		if err != nil {
			return err
		}
		for _, address := range addresses {
			result, err := r.measure(cmd.Context(), one, address, count)
			if err != nil {
				return err
			}
			server.Results = append(server.Results, result)
		}
		servers = append(servers, server)
	}
	if r.json {
		return writeJSON(cmd.OutOrStdout(), servers)
	}
	for _, server := range servers {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n", server.URL)
		for _, result := range server.Results {
			fmt.Fprintf(cmd.OutOrStdout(), "  %s: %v on average of %d, %v to %v\n",
				result.Address, result.RTT, result.Count, result.Min, result.Max)
		}
	}
	return nil
}

// addresses are the addresses, host and port, of one server.
func (r *rtt) addresses(ctx context.Context, server string) ([]string, error) {
	server = strings.TrimSpace(server)
	if !strings.Contains(server, "://") {
		server = "nats://" + server
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("the server's URL is not valid: %w", innermostURLError(err))
	}
	port := u.Port()
	if port == "" {
		port = strconv.Itoa(nats.DefaultPort)
	}
	if r.socksProxy != "" || net.ParseIP(u.Hostname()) != nil || strings.HasPrefix(u.Scheme, "ws") {
		return []string{net.JoinHostPort(u.Hostname(), port)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	hosts, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("cannot find %s: %w", u.Hostname(), err)
	}
	for i, host := range hosts {
		hosts[i] = net.JoinHostPort(host, port)
	}
	return hosts, nil
}

// measure connects to one address of a server, and pings it.
func (r *rtt) measure(ctx context.Context, server, address string, count int) (rttResult, error) {
	options, err := r.options()
	if err != nil {
		return rttResult{}, err
	}
	one := *r.connection
	one.server = server
	nc, err := one.dial(ctx, options, address)
	if err != nil {
		return rttResult{}, err
	}
	defer nc.Close()
	result := rttResult{Time: time.Now().UTC(), Address: address, Count: count, URL: contexts.PublicURLs(server)}
	times := make([]time.Duration, count)
	var sum time.Duration
	for i := range times {
		if ctx.Err() != nil {
			return rttResult{}, explain(ctx.Err())
		}
		began := time.Now()
		if err := settle(ctx, nc, r.timeout); err != nil {
			return rttResult{}, err
		}
		times[i] = time.Since(began)
		sum += times[i]
	}
	result.RTT, result.Min, result.Max = sum/time.Duration(count), slices.Min(times), slices.Max(times)
	return result, nil
}
