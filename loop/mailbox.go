package loop

import (
	"sync"

	"github.com/valyala/bytebufferpool"
)

// mail is what waits for a loop.
type mail struct {
	conns []*conn
	outs  []Out
	tasks []func()
	tick  bool // look for connections that are overdue
	stop  bool // flush and close every connection
	kill  bool // close what is left and end the loop
}

func (m *mail) empty() bool {
	return len(m.conns) == 0 && len(m.outs) == 0 && len(m.tasks) == 0 && !m.tick && !m.stop && !m.kill
}

// mailbox is the door from everybody to one loop.
type mailbox struct {
	wake func()

	mu     sync.Mutex
	box    mail
	asleep bool // the loop waits, and nobody has woken it yet
	closed bool

	// life is held while the loop is woken, so that its descriptor is not closed under the waker's hands.
	life sync.RWMutex

	spare mail // belongs to take
}

// post appends to the mail and wakes the loop if it sleeps. It reports whether the loop will see it; after close it will
// not.
func (m *mailbox) post(fill func(*mail)) bool {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false
	}
	fill(&m.box)
	m.unlockAndWake()
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
	m.unlockAndWake()
}

func (m *mailbox) unlockAndWake() {
	wake := m.asleep
	m.asleep = false
	m.mu.Unlock()
	if !wake {
		return
	}
	m.life.RLock()
	defer m.life.RUnlock()
	m.mu.Lock()
	closed := m.closed
	m.mu.Unlock()
	if !closed { // else close has dealt with the mail
		m.wake()
	}
}

// sleep notes that the loop is about to wait, unless there is mail.
func (m *mailbox) sleep() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asleep = m.box.empty()
	return m.asleep
}

// awake notes that it waits no more.
func (m *mailbox) awake() {
	m.mu.Lock()
	m.asleep = false
	m.mu.Unlock()
}

// take returns the mail. It is valid until the next take. Only the loop takes.
func (m *mailbox) take() *mail {
	m.mu.Lock()
	got := m.box
	m.box = mail{conns: m.spare.conns[:0], outs: m.spare.outs[:0]}
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
