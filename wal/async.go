package wal

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"paddock/disk"
)

// calls is what the goroutine that submits asks of a disk.Async.
type calls interface {
	StartWrite(f disk.File, p []byte, off int64) bool
	StartSync(f disk.File) bool
	Ended(wait bool) (n int, ended bool, err error)
}

// Async lets the goroutine that submits do without the writer's: Submit begins the write of a batch itself, and Poll goes on with
// its sync and its Done, where the segment is written past the page cache and has zeros left. All else is the writer's
// goroutine's as before. The eventfd signal is added to whenever Poll has something to do or Committed to give. It is called
// once, by the goroutine that submits. From then on a batch may follow only when the one before was answered.
func (w *Writer) Async() (signal int, err error) {
	a, err := disk.NewAsync()
	if err != nil {
		return 0, fmt.Errorf("wal: %w", err)
	}
	w.async.Store(a)
	w.mine.calls = a
	a.Kick() // an answer may have come before there was a signal
	return a.Signal(), nil
}

// Settle waits until the batch that Submit has begun is answered or with the writer's goroutine, if there is one: for who wants
// to wait for Committed.
func (w *Writer) Settle() {
	for w.mine.batch != nil {
		w.step(true)
	}
}

// Poll goes on with the batch that Submit has begun. It never blocks.
func (w *Writer) Poll() {
	for w.mine.batch != nil && w.step(false) {
	}
}

// begin starts the write of a batch; false leaves it to the writer's goroutine.
func (w *Writer) begin(b *Batch) bool {
	if w.mine.calls == nil || w.busy.Load() > 0 || w.own.err != nil {
		return false
	}
	if w.mine.batch != nil {
		panic("wal: a batch before the last one was answered")
	}
	s := w.own.seg
	if w.needsNew(b) || s.block == 1 || s.end+int64(b.Len()) > s.zeroed {
		return false
	}
	w.seal(b)
	blocks, at := s.lay(b.buf.B)
	if !w.mine.calls.StartWrite(s.f, blocks, at) {
		return false
	}
	w.stall.begin(b.Len())
	w.mine.batch, w.mine.written = b, false
	return true
}

// step looks whether the call on its way has ended, and does what comes next.
func (w *Writer) step(wait bool) (goOn bool) {
	_, ended, err := w.mine.calls.Ended(wait)
	switch {
	case !ended:
		return false
	case w.mine.written:
		w.endSync(err)
		return false
	}
	return w.endWrite(err)
}

// endWrite goes on from the end of a batch's write. One that did nothing or not all may be done once more; one that failed may not.
func (w *Writer) endWrite(err error) (goOn bool) {
	s := w.own.seg
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		w.handBack()
		return false
	case errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported):
		w.mine.calls = nil
		w.handBack()
		return false
	case err != nil:
		w.own.err = fmt.Errorf("wal: write %s at byte %d: %w", w.cfg.path(s.name), s.end, err)
		w.landed(0)
		return false
	}
	w.mine.written, w.mine.syncing = true, w.cfg.Now()
	if !w.mine.calls.StartSync(s.f) {
		w.mine.calls = nil
		w.handBack()
		return false
	}
	return true
}

// endSync goes on from the end of a batch's sync. Whatever one fails with, no later one makes up for it.
func (w *Writer) endSync(err error) {
	s, b := w.own.seg, w.mine.batch
	if err != nil {
		w.own.err = fmt.Errorf("wal: sync %s: %w", w.cfg.path(s.name), err)
		w.landed(0)
		return
	}
	took := w.synced(s, b, w.mine.syncing)
	s.went(b.Len())
	w.wrote(b)
	w.landed(took)
}

// landed answers the batch, for good or ill.
func (w *Writer) landed(took time.Duration) {
	b := w.mine.batch
	w.mine.batch = nil
	w.stall.end()
	w.answer(b, took)
}

// handBack gives the batch to the writer's goroutine, which writes it once more to the same place: nobody was told of it.
func (w *Writer) handBack() {
	b := w.mine.batch
	w.mine.batch = nil
	w.stall.end()
	w.hand(b)
}

// hand gives a batch to the writer's goroutine, and with it all that is own until that batch is answered.
func (w *Writer) hand(b *Batch) {
	w.busy.Add(1)
	w.in <- b
}
