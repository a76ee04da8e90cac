package main

import (
	"fmt"
	"strings"

	"paddock/interop"
	"paddock/zk"
)

// A storm is bursts of all sessions at once, each below a znode of its own. Which session comes first is chance, so the
// two servers number the transactions differently; the answers to the same write tell which numbers belong together.

// stormRoot begins the names of the znodes below which storms happen. Nothing else goes there.
const stormRoot = "/storm-"

// stormMax is the longest burst of one session, in requests.
const stormMax = 60

// storm sends a burst down every connection and compares each session's answers.
func (r *run) storm() error {
	var bursts [slotCount][]request
	for n := range r.slots {
		if r.slots[n].conns[0] == nil {
			continue
		}
		high := request{op: zk.OpRemoveWatches, path: "/", body: watchTypeBody("/", recursiveType), note: "before a storm"}
		r.plan.xid++
		high.xid = r.plan.xid // or it would tell of the other storms, in the order of chance
		if err := r.ask(n, []request{high}); err != nil {
			return err
		}
		base := fmt.Sprintf("%s%d", stormRoot, n)
		if err := r.ask(n, []request{r.plan.on(zk.OpCreate, base)}); err != nil {
			return err
		}
		bursts[n] = r.plan.stormBurst(base)
	}
	for n := range bursts {
		if len(bursts[n]) > 0 {
			r.record(act{kind: "ask", slot: n, requests: bursts[n]})
		}
	}
	for i := range r.pair {
		for n := range bursts {
			if err := r.sendAll(i, n, bursts[n]); err != nil {
				return err
			}
		}
	}
	return r.compareStorm(&bursts)
}

// stormBurst makes requests that stay below base.
func (p *plan) stormBurst(base string) []request {
	nulls := p.nulls
	p.base, p.nulls = base, false // whether a null uses a zxid up is not to be seen from its answer
	defer func() { p.base, p.nulls = "", nulls }()
	ops := []zk.Op{
		zk.OpCreate, zk.OpCreate, zk.OpCreate2, zk.OpDelete, zk.OpDelete, zk.OpSetData, zk.OpGetData, zk.OpExists, zk.OpGetChildren2,
		zk.OpGetChildren, zk.OpGetACL, zk.OpSync, zk.OpPing, zk.OpMulti, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpMultiRead,
		zk.OpAddWatch, zk.OpAddWatch, zk.OpRemoveWatches, zk.OpCheckWatches, zk.OpGetAllChildrenNumber, zk.OpGetEphemerals,
	}
	requests := make([]request, 0, stormMax)
	for range 5 + p.rng.IntN(stormMax-5) {
		op := pick(p, ops)
		path := p.path()
		if op == zk.OpGetChildren || op == zk.OpGetChildren2 && p.rng.IntN(2) == 0 {
			path = base
		}
		q := p.on(op, path)
		switch op {
		case zk.OpMulti:
			q.path = ""
			q.body, q.note = p.multiBody()
		case zk.OpMultiRead:
			q.path = ""
			q.body, q.note = p.multiReadBody()
		case zk.OpGetEphemerals:
			q.body = interop.Body(nil).String(base)
		}
		requests = append(requests, q)
	}
	return requests
}

func (r *run) sendAll(i, n int, requests []request) error {
	if len(requests) == 0 {
		return nil
	}
	var packet []byte
	for k := range requests {
		packet = append(packet, requests[k].frame()...)
	}
	return r.slots[n].conns[i].send(packet)
}

// compareStorm reads all answers of all sessions before it compares any: an event may carry a number that another
// answer explains.
func (r *run) compareStorm(bursts *[slotCount][]request) error {
	var frames [slotCount][2][][]byte
	var ended [slotCount][2]error
	for n := range bursts {
		for i := range r.pair {
			if len(bursts[n]) > 0 {
				frames[n][i], ended[n][i] = stormFrames(r.slots[n].conns[i], len(bursts[n]))
			}
		}
		r.pair[1].learnNumbers(bursts[n], &frames[n])
	}
	for n := range bursts {
		if len(bursts[n]) == 0 {
			continue
		}
		var both [2]outcome
		for i, side := range r.pair {
			both[i] = side.renderStorm(bursts[n], frames[n][i])
			both[i].ended = ended[n][i]
		}
		r.done += len(bursts[n])
		if err := r.compare(n, bursts[n], &both); err != nil {
			return err
		}
	}
	return nil
}

// stormFrames reads until count answers are there, or less if no more come.
func stormFrames(c *conn, count int) (frames [][]byte, ended error) {
	for count > 0 {
		frame, err := c.receive()
		if err != nil {
			return frames, err
		}
		frames = append(frames, frame)
		if frameXid(frame) != zk.XidNotification {
			count--
		}
	}
	return frames, nil
}

// learnNumbers pairs the zxids that both sides gave to the same write.
func (s *side) learnNumbers(requests []request, frames *[2][][]byte) {
	answers := [2][][]byte{withoutEvents(frames[0]), withoutEvents(frames[1])}
	for k := range min(len(requests), len(answers[0]), len(answers[1])) {
		a, b := header(answers[0][k]), header(answers[1][k])
		if numbered(requests[k].op, a.err) {
			s.numbers[b.zxid] = a.zxid
		}
	}
}

func withoutEvents(frames [][]byte) [][]byte {
	var rest [][]byte
	for _, frame := range frames {
		if frameXid(frame) != zk.XidNotification {
			rest = append(rest, frame)
		}
	}
	return rest
}

// numbered tells whether an answer carries the zxid of its own transaction.
func numbered(op zk.Op, err zk.Err) bool {
	switch op {
	case zk.OpMulti:
		return true
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpSetData, zk.OpSetACL:
		return err != zk.ErrMarshallingError
	}
	return false
}

// renderStorm makes comparable text: the zxids of reads tell only how far the others have come, so they are checked
// for running backwards and then left out.
func (s *side) renderStorm(requests []request, frames [][]byte) outcome {
	var o outcome
	next, last := 0, int64(0)
	for _, frame := range frames {
		op := rawOp
		isEvent := frameXid(frame) == zk.XidNotification
		if !isEvent && next < len(requests) {
			op = requests[next].op
			next++
		}
		a := s.render(op, frame)
		if !isEvent && !numbered(op, a.err) {
			a.text = strings.Replace(a.text, fmt.Sprintf("zxid=0x%x ", a.zxid), "", 1)
		}
		if a.zxid < last {
			a.text += fmt.Sprintf(" BACKWARDS from 0x%x", last)
		}
		last = a.zxid
		o.lines = append(o.lines, a)
	}
	return o
}
