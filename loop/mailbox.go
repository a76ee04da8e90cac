package loop

import (
	"sync"

	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"github.com/panjf2000/gnet/v2/pkg/queue"
	"github.com/valyala/bytebufferpool"
)

// mail is what waits for a loop.
type mail struct {
	conns []*conn
	outs  []Out
	tick  bool // look for connections that are overdue
	stop  bool // flush and close every connection
	kill  bool // close what is left and end the loop
}

// mailbox is the door from everybody to one loop: a FIFO of our own, of which gnet's task queue only hears "drain".
type mailbox struct {
	poller *netpoll.Poller
	drain  queue.Func

	mu     sync.Mutex
	box    mail
	told   bool
	closed bool

	// life is held while gnet's wake-up descriptor is written to, so that it is not closed under the writer's hands.
	life sync.RWMutex

	spare mail // belongs to take
}

// post appends to the mail and wakes the loop if it has not been woken since its last take. It reports whether the
// loop will see it; after close it will not.
func (m *mailbox) post(fill func(*mail)) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	fill(&m.box)
	m.unlockAndTell()
	return true
}

// postOuts is post for the hot path, without a closure.
func (m *mailbox) postOuts(outs []Out) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		releaseOuts(outs)
		return
	}
	m.box.outs = append(m.box.outs, outs...)
	m.unlockAndTell()
}

func (m *mailbox) unlockAndTell() {
	tell := !m.told
	m.told = true
	m.mu.Unlock()
	if !tell {
		return
	}
	m.life.RLock()
	defer m.life.RUnlock()
	m.mu.Lock()
	closed := m.closed
	m.mu.Unlock()
	if closed {
		return // close has dealt with the mail
	}
	// High priority keeps gnet from moving the task to its second queue when many wait.
	if err := m.poller.Trigger(queue.HighPriority, m.drain, nil); err != nil {
		panic("loop: cannot wake a loop through its eventfd: " + err.Error())
	}
}

// take returns the mail. It is valid until the next take. Only the loop takes.
func (m *mailbox) take() *mail {
	m.mu.Lock()
	got := m.box
	m.box = mail{conns: m.spare.conns[:0], outs: m.spare.outs[:0]}
	m.told = false
	m.mu.Unlock()
	m.spare = got
	return &m.spare
}

// close refuses further mail and returns what nobody has taken. Nobody touches the poller afterwards.
func (m *mailbox) close() mail {
	m.mu.Lock()
	m.closed = true
	left := m.box
	m.box = mail{}
	m.mu.Unlock()
	m.life.Lock()   // waits for those who are about to write to the descriptor
	m.life.Unlock() //nolint:staticcheck // an empty critical section is the point
	return left
}

// releaseOuts puts the buffers of outs that will not be sent back into the pool.
func releaseOuts(outs []Out) {
	for i := range outs {
		if outs[i].Buf != nil {
			bytebufferpool.Put(outs[i].Buf)
		}
	}
}
