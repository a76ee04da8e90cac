package interop

import (
	"slices"
	"testing"
)

// TestClientsOfEveryLanguageLiveAWholeSession runs the programs in clients/. Each checks for itself what it gets back; here
// the server is restarted under it, cleanly and by kill -9, and the list of its steps is held against the one of all.
func TestClientsOfEveryLanguageLiveAWholeSession(t *testing.T) {
	clients, err := SessionClients(tools.cache, tools.goClient)
	check(t, err)
	s := started(t)
	for _, client := range clients {
		t.Run(client.Name, func(t *testing.T) {
			addr, restart := s.Addr(), s.Restart
			if s.Program.Name == "apache" { // Paddock has no such weak moment, so its clients see it directly
				gate, err := NewProxy(s.Addr())
				check(t, err)
				defer func() { check(t, gate.Close()) }()
				addr, restart = gate.Addr(), gate.Restarter(s)
			}
			steps, err := RunSession(client, addr, "/session-"+client.Name, restart)
			check(t, err)
			if want := Steps(); !sameSet(steps, want) {
				t.Errorf("steps done: %q, want %q", steps, want)
			}
		})
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
