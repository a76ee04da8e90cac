package bench

import "sync"

// mailbox brings tasks to an engine from other goroutines.
type mailbox struct {
	mu    sync.Mutex
	tasks []func()
	over  bool // the engine has ended: nobody takes anything any more
}

// put adds a task and wakes the engine for the first of several. False means that nobody will run it. The lock is held while
// waking, so that an engine that ends does not close what wakes it in between.
func (m *mailbox) put(task, wake func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return false
	}
	m.tasks = append(m.tasks, task)
	if len(m.tasks) == 1 {
		wake()
	}
	return true
}

// take gives what has come.
func (m *mailbox) take() (tasks []func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks, m.tasks = m.tasks, nil
	return tasks
}

// end gives the last tasks and refuses all later ones.
func (m *mailbox) end() []func() {
	m.mu.Lock()
	m.over = true
	m.mu.Unlock()
	return m.take()
}
