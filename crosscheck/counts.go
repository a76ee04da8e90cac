package main

import (
	"fmt"
	"strings"
	"time"
)

// counts are the lines of mntr that must be the same on both sides when nothing is going on.
//
// The approximate data size is so only without quotas: Apache forgets what it writes into their stats.
func (r *run) counts() []string {
	keys := []string{
		"zk_znode_count", "zk_ephemerals_count", "zk_watch_count", "zk_global_sessions", "zk_outstanding_requests",
		"zk_num_alive_connections",
	}
	if !r.hasQuotas {
		keys = append(keys, "zk_approximate_data_size")
	}
	return keys
}

// noticeMax is how long a server may take to notice that a client has hung up.
const noticeMax = 5 * time.Second

// compareCounts compares what the servers have counted.
func (r *run) compareCounts() error {
	for deadline := time.Now().Add(noticeMax); ; time.Sleep(20 * time.Millisecond) {
		var both [2]string
		for i, s := range r.pair {
			answer, err := s.server.Word("mntr")
			if err != nil {
				return err
			}
			both[i] = chosen(answer, r.counts())
		}
		if both[0] == both[1] {
			return nil
		}
		if time.Now().After(deadline) {
			return &mismatch{text: fmt.Sprintf("mntr differs:\n%s", firstDifference(both[0], both[1]))}
		}
	}
}

// chosen keeps the lines of mntr with these keys, in their order.
func chosen(mntr string, keys []string) string {
	values := map[string]string{}
	for line := range strings.Lines(mntr) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "\t")
		values[key] = value
	}
	var b strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&b, "%s %q\n", key, values[key])
	}
	return b.String()
}
