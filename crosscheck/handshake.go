package main

import (
	"fmt"

	"paddock/zk"
)

// connect opens a connection on both sides and compares the answers to its connect request and to what was sent
// right behind it.
func (r *run) connect(n int, h hello) error {
	r.history.say(n, h.String())
	s := &r.slots[n]
	done := act{kind: "connect", slot: n, hello: h}
	defer func() { r.record(done) }()
	var welcomes [2]welcome
	for i, side := range r.pair {
		c, err := dial(side.server.Addr(), r.patience)
		if err != nil {
			return err
		}
		s.conns[i] = c
		if err := c.send(h.frame(i)); err != nil {
			return err
		}
	}
	for i, side := range r.pair {
		frame, err := s.conns[i].receive()
		if err != nil {
			welcomes[i].text, welcomes[i].kind = err.Error(), err.Error()
			continue
		}
		welcomes[i] = side.renderWelcome(frame)
		if welcomes[i].id == 0 {
			_, err = s.conns[i].receive()
			welcomes[i].text += fmt.Sprintf(", then: %v", err)
		}
	}
	r.history.say(n, welcomes[0].text)
	r.done++
	r.history.tally["connect: "+welcomes[0].kind]++
	if welcomes[0].text != welcomes[1].text {
		return r.differConnect(n, &h, &welcomes)
	}
	if welcomes[0].id == 0 {
		r.hangUp(n)
		return nil
	}
	s.memory = &memory{}
	done.got = s.memory
	for i := range welcomes {
		s.memory.ids[i], s.memory.passwords[i] = welcomes[i].id, welcomes[i].password
	}
	if len(h.behind) == 0 {
		return nil
	}
	var both [2]outcome
	for i, side := range r.pair {
		both[i] = r.collect(side, s.conns[i], h.behind)
	}
	r.done += len(h.behind)
	return r.compare(n, h.behind, &both)
}

// arrive connects, and proves an identity if that is needed and has not been done right behind the connect request.
func (r *run) arrive(n int, h hello) error {
	if err := r.connect(n, h); err != nil {
		return err
	}
	if !r.plan.variant.needsProof || r.slots[n].conns[0] == nil || len(h.behind) > 0 {
		return nil
	}
	return r.ask(n, []request{r.plan.proof()})
}

// stranger connects, proves nothing, and asks for something: the first request but auth and sasl ends the connection.
func (r *run) stranger(n int) error {
	h := r.plan.hello(r.slots[n].memory)
	h.behind = nil
	for range r.plan.rng.IntN(3) {
		aside := r.plan.saslRequest()
		if r.plan.rng.IntN(2) == 0 {
			aside = r.plan.auth("ip", "whatever")
		}
		h.behind = append(h.behind, aside)
	}
	r.plan.xid++
	last := request{xid: r.plan.xid, op: pick(r.plan, []zk.Op{zk.OpCloseSession, 99, zk.OpCheck, zk.OpMulti, zk.OpSetWatches}), note: "no body"}
	if r.plan.rng.IntN(2) == 0 {
		last = r.plan.burstRequest()
		for last.op == zk.OpAuth || last.op == zk.OpSASL {
			last = r.plan.burstRequest()
		}
	}
	last.ends = true
	if r.plan.rng.IntN(2) == 0 {
		h.behind = append(h.behind, last)
		return r.connect(n, h)
	}
	if err := r.connect(n, h); err != nil || r.slots[n].conns[0] == nil {
		return err
	}
	return r.ask(n, []request{last})
}

// takeOver renews a living session from another slot: right or wrong, the connection that holds it ends.
func (r *run) takeOver(n int) error {
	if err := r.settle(n); err != nil {
		return err
	}
	old := r.slots[n].memory
	free := r.freeSlot()
	if free < 0 {
		return nil
	}
	h := r.plan.hello(old)
	h.wrong = r.plan.rng.IntN(2) == 0
	if h.wrong {
		h.behind = nil
	}
	keep := r.slots[free].memory
	if err := r.arrive(free, h); err != nil {
		return err
	}
	if err := r.expectEnd(n); err != nil {
		return err
	}
	if h.wrong {
		r.slots[free].memory = keep
	} else {
		r.slots[n].memory = nil // it has gone with the session
	}
	return nil
}

// expectEnd checks that both sides have ended a connection.
func (r *run) expectEnd(n int) error {
	var both [2]outcome
	nothing := []request{{op: rawOp, note: "the session has moved", ends: true}}
	for i, side := range r.pair {
		both[i] = r.collect(side, r.slots[n].conns[i], nothing)
	}
	return r.compare(n, nothing, &both)
}
