package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// queueBytesMax is how much may wait for the disk: some ten thousand lines.
const queueBytesMax = 4 << 20

// closePatience is how long the end of a server waits for the last lines. A disk that hangs would keep it for ever.
const closePatience = 5 * time.Second

// ErrNotWritten says that the disk has not taken the last lines in time.
var ErrNotWritten = errors.New("audit: the disk has not taken the last lines")

// Log is an audit log that never makes anybody wait.
type Log struct {
	out  io.WriteCloser
	log  *slog.Logger
	zone *time.Location

	mu     sync.Mutex
	queue  []byte // whole lines
	closed bool
	wake   chan struct{} // something is in queue
	ended  chan error    // what run has found in the end

	unqueued atomic.Int64 // lines that found the queue full
	lost     atomic.Int64 // all that were not written
	writing  atomic.Int64 // lines that are on their way to out
	torn     bool         // out ends in the middle of a line
}

// New makes a log that writes to out, which gets whole lines only, and closes it in the end. logger is told of lines that
// are lost. Times are in zone.
func New(out io.WriteCloser, logger *slog.Logger, zone *time.Location) *Log {
	l := &Log{out: out, log: logger, zone: zone, wake: make(chan struct{}, 1), ended: make(chan error, 1)}
	go l.run()
	return l
}

// Record takes an event. After Close it does nothing.
func (l *Log) Record(e *Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	before := len(l.queue)
	l.queue = appendLine(l.queue, e, l.zone)
	if len(l.queue) > queueBytesMax && before > 0 { // a line longer than the queue may go alone
		l.queue = l.queue[:before]
		l.unqueued.Add(1)
		l.lost.Add(1)
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Lost counts the lines that were not written.
func (l *Log) Lost() int64 { return l.lost.Load() }

// Close writes what is left. It waits for the disk for closePatience, then it counts as lost what is not written, tells so, and
// leaves the writer behind.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.wake)
	l.mu.Unlock()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(closePatience):
	}
	l.mu.Lock()
	n := int64(bytes.Count(l.queue, []byte{'\n'})) + l.writing.Load()
	l.queue = nil
	l.mu.Unlock()
	l.lost.Add(n)
	l.log.Error("the audit log was ended before the disk had taken its last lines", "waited", closePatience, "lines", n, "inAll", l.Lost())
	return fmt.Errorf("%w: %d are lost", ErrNotWritten, n)
}

// run writes whatever has gathered while it wrote what was before.
func (l *Log) run() {
	var spare []byte
	for range l.wake {
		spare = l.writeQueue(spare)
	}
	l.writeQueue(spare)
	err := l.out.Close()
	if err != nil {
		err = fmt.Errorf("audit: close: %w", err)
	}
	l.ended <- err
}

// writeQueue puts an empty queue into the place of the full one, and writes that. It returns a buffer for the next time.
func (l *Log) writeQueue(empty []byte) []byte {
	l.mu.Lock()
	lines := l.queue
	l.queue = empty[:0]
	l.writing.Store(int64(bytes.Count(lines, []byte{'\n'})))
	l.mu.Unlock()
	if len(lines) > 0 {
		l.write(lines)
	}
	l.writing.Store(0)
	if n := l.unqueued.Swap(0); n > 0 {
		l.log.Error("audit lines were left out: the audit log is slower than the clients", "lines", n, "inAll", l.Lost())
	}
	return lines
}

// write writes lines. What fails is lost, not tried again: the next lines are, and they come soon.
func (l *Log) write(lines []byte) {
	if l.torn {
		if _, err := l.out.Write([]byte{'\n'}); err != nil {
			l.failed(lines, err)
			return
		}
		l.torn = false
	}
	n, err := l.out.Write(lines)
	if err != nil {
		l.torn = n > 0 && lines[n-1] != '\n'
		l.failed(lines[n:], err)
	}
}

// failed counts what was not written; the rest of a line counts as one.
func (l *Log) failed(rest []byte, err error) {
	n := int64(bytes.Count(rest, []byte{'\n'}))
	l.lost.Add(n)
	l.log.Error("the audit log could not be written", "err", err, "lines", n, "inAll", l.Lost())
}
