package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// replayPatience is how long an answer may take when a script is tried again.
const replayPatience = 2 * time.Second

// minimiser looks for the shortest script that still differs: it leaves out ever smaller pieces (delta debugging).
// Every attempt begins with fresh servers.
type minimiser struct {
	dir      string
	paddock  string
	settings []string
	options  options
	deadline time.Time
	tries    int
	found    error // what the shortest script shows
}

// piece is what can be left out alone: an act, or one request of a burst.
type piece struct {
	act     int
	request int // -1 for the act as a whole
}

// minimise returns the shortest script that it found in the time, and what that shows; nothing if the whole script, sent
// again, shows no difference.
func minimise(dir, paddock string, settings []string, s script, o options) (shortest script, tries int, found error) {
	o.say = nil
	m := &minimiser{dir: dir, paddock: paddock, settings: settings, options: o, deadline: time.Now().Add(o.minimise)}
	pieces := piecesOf(s)
	if !m.differs(assemble(s, pieces)) {
		return nil, m.tries, nil
	}
	for size := (len(pieces) + 1) / 2; size >= 1 && m.inTime(); {
		smaller := false
		for at := 0; at < len(pieces) && m.inTime(); {
			rest := slices.Concat(pieces[:at], pieces[min(at+size, len(pieces)):])
			if m.differs(assemble(s, rest)) {
				pieces, smaller = rest, true
			} else {
				at += size
			}
		}
		if !smaller || size > 1 {
			if size == 1 {
				break
			}
			size /= 2
		}
	}
	return assemble(s, pieces), m.tries, m.found
}

func (m *minimiser) inTime() bool { return time.Now().Before(m.deadline) }

// differs plays a script on fresh servers.
func (m *minimiser) differs(s script) bool {
	m.tries++
	p, err := startPair(filepath.Join(m.dir, fmt.Sprint("try-", m.tries)), m.paddock, m.settings)
	if err != nil {
		return false
	}
	r := newRun(p, 1, variant{}, m.options)
	r.patience = replayPatience
	err = r.play(s)
	r.close()
	_ = p.stop() // they are killed, and their directory goes with the whole run's
	if _, is := errors.AsType[*mismatch](err); !is {
		return false
	}
	m.found = err
	return true
}

// piecesOf takes a script apart, the last act first to stay: it is the one that differs.
func piecesOf(s script) []piece {
	var pieces []piece
	for i, a := range s {
		if a.kind != "ask" {
			pieces = append(pieces, piece{i, -1})
			continue
		}
		for k := range a.requests {
			pieces = append(pieces, piece{i, k})
		}
	}
	return pieces
}

// assemble makes a script of pieces. A session that is renewed keeps its first connect only if that is there too.
func assemble(s script, pieces []piece) script {
	var out script
	last := -1
	for _, p := range pieces {
		a := s[p.act]
		if p.request < 0 {
			out = append(out, a)
			continue
		}
		q := a.requests[p.request]
		if p.act == last {
			tail := &out[len(out)-1]
			tail.requests = append(tail.requests, q)
			continue
		}
		a.requests = []request{q}
		out, last = append(out, a), p.act
	}
	return out
}
