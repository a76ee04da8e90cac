package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/cli/getopt"
)

// topRows is how many connections are listed, the busiest first.
const topRows = 15

const (
	topIntervalSec = 2
	clearScreen    = "\x1b[H\x1b[2J"
)

// look is one look at a server.
type look struct {
	at      time.Time
	addr    string
	metrics map[string]string
	conns   []connection
	noConns error // why there are none
}

// top looks at the connected server every few seconds. The counters come from mntr, the sessions from cons.
func top(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	seconds, err := number(p, "i", topIntervalSec)
	if err != nil {
		return err
	}
	limit, err := number(p, "c", -1)
	if err != nil {
		return err
	}
	if err := s.link.Wait(ctx); err != nil {
		return err
	}
	var last *look
	for seen := 0; seen != limit; seen++ {
		now, err := s.look(ctx)
		if err != nil {
			return unlessInterrupted(ctx, err)
		}
		s.showLook(now, last)
		last = now
		select {
		case <-time.After(time.Duration(seconds) * time.Second):
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C is how it is meant to end
	}
	return err
}

func (s *Shell) look(ctx context.Context) (*look, error) {
	l := &look{at: s.opts.Now(), addr: s.link.Addr()}
	text, err := word(ctx, s.dial, l.addr, "mntr")
	if err != nil {
		return nil, err
	}
	l.metrics = metrics(text)
	text, l.noConns = word(ctx, s.dial, l.addr, "cons")
	l.conns = slices.DeleteFunc(connections(text), func(c connection) bool { return c.Fields["sid"] == "" }) // words have no session
	return l, nil
}

// rate is the change per second of a counter, "-" at the first look or after a restart of the server.
func (l *look) rate(last *look, name string) string {
	if last == nil {
		return "-"
	}
	now, err1 := strconv.ParseFloat(l.metrics[name], 64)
	before, err2 := strconv.ParseFloat(last.metrics[name], 64)
	span := l.at.Sub(last.at).Seconds()
	if err1 != nil || err2 != nil || now < before || span <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", (now-before)/span)
}

func (s *Shell) showLook(l, last *look) {
	slices.SortStableFunc(l.conns, func(a, b connection) int { return cmp.Compare(l.busy(last, b), l.busy(last, a)) })
	if s.set.json {
		s.printJSON(map[string]any{
			"time": l.at.UTC().Format(time.RFC3339Nano), "addr": l.addr, "metrics": l.metrics, "connections": l.conns,
		})
		return
	}
	text := l.draw(last)
	s.mu.Lock()
	defer s.mu.Unlock()
	if isTerminal(s.opts.Out) && s.opts.Env("TERM") != "dumb" {
		_, _ = fmt.Fprint(s.opts.Out, clearScreen, safe(text))
		return
	}
	_, _ = fmt.Fprint(s.out, text, "\n")
}

// busy is how many requests a connection sent since the last look.
func (l *look) busy(last *look, c connection) int64 {
	now, _ := strconv.ParseInt(c.Fields["recved"], 10, 64) // 0 if it says nothing
	if last != nil {
		for _, old := range last.conns {
			if old.Addr == c.Addr && old.Fields["sid"] == c.Fields["sid"] {
				before, _ := strconv.ParseInt(old.Fields["recved"], 10, 64)
				return now - before
			}
		}
	}
	return now
}

func (l *look) draw(last *look) string {
	m := func(name string) string { return cmp.Or(l.metrics[name], "-") }
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s  %s\n\n", l.addr, m("version"), m("server_state"), l.at.Format("15:04:05"))
	fmt.Fprintf(&b, "requests in   %10s /s   latency ms min %s avg %s max %s\n",
		l.rate(last, "packets_received"), m("min_latency"), m("avg_latency"), m("max_latency"))
	fmt.Fprintf(&b, "answers out   %10s /s   outstanding %s\n", l.rate(last, "packets_sent"), m("outstanding_requests"))
	fmt.Fprintf(&b, "connections   %10s      sessions %s (global)\n", m("num_alive_connections"), m("global_sessions"))
	fmt.Fprintf(&b, "znodes        %10s      ephemerals %s, watches %s, data %s B\n\n",
		m("znode_count"), m("ephemerals_count"), m("watch_count"), m("approximate_data_size"))
	if l.noConns != nil {
		text, _ := explain(l.noConns)
		fmt.Fprintf(&b, "No list of sessions: %s\n", text)
		return b.String()
	}
	fmt.Fprintf(&b, "%-24s %-20s %10s %8s %8s  %s\n", "CLIENT", "SESSION", "REQUESTS", "QUEUED", "AVG MS", "LAST")
	for _, c := range l.conns[:min(len(l.conns), topRows)] {
		f := func(name string) string { return cmp.Or(c.Fields[name], "-") }
		fmt.Fprintf(&b, "%-24s %-20s %10d %8s %8s  %s\n", c.Addr, f("sid"), l.busy(last, c), f("queued"), f("avglat"), f("lop"))
	}
	if more := len(l.conns) - topRows; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return b.String()
}
