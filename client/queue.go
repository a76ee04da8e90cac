package client

import "paddock/zk"

// Handler gets the answer to one request, on the reading goroutine. The Reply and everything in it is borrowed and
// dies when the handler returns.
type Handler func(*Reply)

// Reply is the answer to one request.
type Reply struct {
	Op   zk.Op
	Tag  int64  // the caller's, as given to SendX
	Zxid int64  // the newest that the server had applied
	Code zk.Err // the server's verdict; a Body comes only with ErrOK
	Body []byte // behind the reply header
	Lost error  // why no answer came; then only Op and Tag count besides
}

// call is a request under way.
type call struct {
	done Handler
	tag  int64
	xid  int32
	op   zk.Op
}

// queue is a ring of calls that grows and is reused for ever, so that a call costs no allocation.
//
// Invariant: len(ring) is 0 or a power of two, and at least count.
type queue struct {
	ring  []call
	head  int
	count int
}

func (q *queue) push(c call) {
	if q.count == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.count)&(len(q.ring)-1)] = c
	q.count++
}

func (q *queue) pop() (call, bool) {
	if q.count == 0 {
		return call{}, false
	}
	c := q.ring[q.head]
	q.ring[q.head].done = nil // keep no handler alive
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.count--
	return c, true
}

func (q *queue) grow() {
	bigger := make([]call, max(16, 2*len(q.ring)))
	n := copy(bigger, q.ring[q.head:])
	copy(bigger[n:], q.ring[:q.head])
	q.ring, q.head = bigger, 0
}
