package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/zk"
)

// slot is a place for a connection, and for the session that it holds or held last.
type slot struct {
	conns  [2]*conn // nil when there is none
	memory *memory  // nil when there is no session to come back to
}

// run is one stream on one pair of servers.
type run struct {
	pair    pair
	plan    *plan
	slots   []slot
	history history
	orders  orders
	done    int // requests

	hasQuotas bool
	script    script // everything done so far
	patience  time.Duration
}

const slotCount = 5

func newRun(p pair, seed uint64, v variant, o options) *run {
	r := &run{
		pair: p, plan: newPlan(seed, v), slots: make([]slot, slotCount), orders: orders{closes: map[int64]bool{}, multis: map[int64]bool{}},
		history: history{listen: o.say, tally: tally{}}, patience: patienceMax,
	}
	r.plan.nulls = o.nulls
	return r
}

// mismatch is the error of answers that differ; its text is the report.
type mismatch struct {
	text string
	same bool // but both do the same that nobody expected
}

func (m *mismatch) Error() string { return m.text }

// stream runs until ops requests are answered, looks at every operation once more, and compares the trees.
func (r *run) stream(ops int) error {
	for r.done < ops {
		if err := r.step(); err != nil {
			return err
		}
	}
	if err := r.tour(); err != nil {
		return err
	}
	return r.compareTrees()
}

// step does one thing.
func (r *run) step() error {
	n := r.plan.rng.IntN(len(r.slots))
	s := &r.slots[n]
	choice := r.plan.rng.IntN(1000)
	switch {
	case s.conns[0] == nil && choice < 150:
		return r.arrive(n, r.plan.oddHello(s.memory))
	case s.conns[0] == nil && choice < 450 && r.plan.variant.needsProof:
		return r.stranger(n)
	case s.conns[0] == nil:
		return r.arrive(n, r.plan.hello(s.memory))
	case choice < 400:
		return r.ask(n, []request{r.plan.request()})
	case choice < 460:
		return r.quotas(n)
	case choice < 970:
		return r.burst(n)
	case choice < 980:
		return r.end(n)
	case choice < 988:
		return r.drop(n)
	case choice < 994:
		return r.takeOver(n)
	case choice < 997:
		return r.lookAround(n)
	case r.plan.rng.IntN(8) == 0:
		return r.expire(n)
	default:
		return r.storm()
	}
}

// outcome is what one side said to one or more requests.
type outcome struct {
	lines []answer // answers and events in order
	aside []answer // answers to auth and sasl in a burst
	ended error    // errClosed or errSilent, nil while the connection lives
}

// orders knows the transactions that fire for several znodes: a multi in the order of its parts, a closeSession in any.
type orders struct{ closes, multis map[int64]bool }

// anyOrder tells whether the events of one transaction on one connection come in any order. Two deleted or two changed
// parents are more than one operation fires; where no answer has told yet whose they are, they are taken for those of a
// session that another slot, or its expiry, has ended.
func (o *orders) anyOrder(events []answer) bool {
	if o.closes[events[0].zxid] {
		return true
	}
	count := map[string]int{}
	for i := range events {
		_, kind, _ := strings.Cut(events[i].text, " type=")
		kind, _, _ = strings.Cut(kind, " ")
		count[kind]++
	}
	return !o.multis[events[0].zxid] && (count["2"] > 1 || count["4"] > 1)
}

// all gives the answers, those out of line last.
func (o *outcome) all() []*answer {
	var all []*answer
	for _, list := range [][]answer{o.lines, o.aside} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	return all
}

// text makes the outcome comparable.
func (o *outcome) text(known *orders) string {
	for from := 0; from < len(o.lines); {
		end := from + 1
		for end < len(o.lines) && o.lines[from].event && o.lines[end].event && o.lines[end].zxid == o.lines[from].zxid {
			end++
		}
		if group := o.lines[from:end]; len(group) > 1 && known.anyOrder(group) {
			slices.SortFunc(group, func(a, b answer) int { return strings.Compare(a.text, b.text) })
		}
		from = end
	}
	var b strings.Builder
	for _, a := range slices.Concat(o.lines, o.aside) {
		b.WriteString("  " + a.text + "\n")
	}
	if o.ended != nil {
		b.WriteString("  " + strings.ToUpper(o.ended.Error()) + "\n")
	}
	return b.String()
}

// ask sends requests down one connection of each side and compares everything that comes back. Several requests are a
// burst.
func (r *run) ask(n int, requests []request) error {
	r.record(act{kind: "ask", slot: n, requests: requests})
	var packet []byte
	for i := range requests {
		packet = append(packet, requests[i].frame()...)
	}
	if most := r.plan.variant.frameBytesMax; most > 0 && len(requests) == 1 && len(packet) > most+4 && !requests[0].ends {
		return fmt.Errorf("crosscheck: a request of %d bytes, where %d are the most: %v", len(packet)-4, most, &requests[0])
	}
	var both [2]outcome
	for i := range r.pair {
		if err := r.slots[n].conns[i].send(packet); err != nil {
			return err
		}
	}
	for i, side := range r.pair {
		both[i] = r.collect(side, r.slots[n].conns[i], requests)
	}
	r.done += len(requests)
	return r.compare(n, requests, &both)
}

// collect reads until every request is answered or the connection ends.
func (r *run) collect(s *side, c *conn, requests []request) outcome {
	var o outcome
	wanted := map[int32][]zk.Op{} // by the xid of the answer
	for i := range requests {
		xid := requests[i].xid
		if requests[i].op == zk.OpPing {
			xid = zk.XidPing
		}
		wanted[xid] = append(wanted[xid], requests[i].op)
	}
	ends := requests[len(requests)-1].ends
	for left := len(requests); left > 0 || ends; {
		frame, err := c.receive()
		if err != nil {
			o.ended = err
			break
		}
		op := rawOp
		if xid := frameXid(frame); len(wanted[xid]) > 0 {
			op, wanted[xid] = wanted[xid][0], wanted[xid][1:]
		}
		a := s.render(op, frame)
		r.note(&o, &a, op, len(requests) > 1)
		if !a.event {
			left--
		}
	}
	return o
}

// note files an answer or event.
func (r *run) note(o *outcome, a *answer, op zk.Op, isBurst bool) {
	switch {
	case a.event:
	case op == zk.OpCloseSession:
		r.orders.closes[a.zxid] = true
	case op == zk.OpMulti:
		r.orders.multis[a.zxid] = true
	}
	if (op == zk.OpAuth || op == zk.OpSASL) && isBurst {
		o.aside = append(o.aside, *a)
		return
	}
	o.lines = append(o.lines, *a)
}

// compare tells the plan about equal outcomes and makes a report of different ones.
func (r *run) compare(n int, requests []request, both *[2]outcome) error {
	texts := [2]string{both[0].text(&r.orders), both[1].text(&r.orders)}
	for i := range requests {
		r.history.add(n, &requests[i], texts[0])
	}
	last := &requests[len(requests)-1]
	if texts[0] != texts[1] || both[0].ended != nil && !last.ends {
		return r.differ(n, requests, both, texts)
	}
	for _, a := range both[0].all() {
		q := matching(requests, a.xid)
		r.history.count(q, a)
		if !a.event {
			r.plan.learn(q, a)
		}
	}
	if both[0].ended != nil {
		r.hangUp(n)
	}
	if last.op == zk.OpCloseSession {
		r.slots[n].memory = nil
	}
	return nil
}

// matching finds the request that an answer belongs to.
func matching(requests []request, xid int32) *request {
	for i := range requests {
		if requests[i].xid == xid {
			return &requests[i]
		}
	}
	return &requests[0]
}

// settle sees to it that everything sent so far has arrived: what follows may end the connection.
func (r *run) settle(n int) error {
	return r.ask(n, []request{{xid: zk.XidPing, op: zk.OpPing, note: "settle"}})
}

// end sends something that ends the connection.
func (r *run) end(n int) error {
	return errors.Join(r.settle(n), r.ask(n, []request{r.plan.ending()}))
}

// hangUp forgets a connection.
func (r *run) hangUp(n int) {
	for i, c := range r.slots[n].conns {
		if c != nil {
			c.close()
		}
		r.slots[n].conns[i] = nil
	}
}

// drop ends a connection and leaves its session.
func (r *run) drop(n int) error {
	if err := r.settle(n); err != nil {
		return err
	}
	r.history.say(n, "drop")
	r.record(act{kind: "hangup", slot: n})
	r.hangUp(n)
	if r.plan.rng.IntN(3) == 0 {
		r.slots[n].memory = nil // never to come back
	}
	return nil
}
