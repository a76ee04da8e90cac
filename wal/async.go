package wal

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"paddock/disk"
)

// Async lets the goroutine that submits do without the writer's: Submit begins the write of a batch itself, and Poll goes on with
// its sync and its Done, where the segment is written past the page cache and has zeros left. All else is the writer's
// goroutine's as before. The eventfd signal is added to whenever Poll has something to do or Committed to give.
func (w *Writer) Async() (signal int, err error) {
	a, err := disk.NewAsync()
	if err != nil {
		return 0, fmt.Errorf("wal: %w", err)
	}
	w.async.Store(a)
	w.mine.polls = true
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
	if !w.mine.polls || w.busy.Load() || w.own.err != nil {
		return false
	}
	if w.mine.batch != nil {
		panic("wal: a batch before the last one was answered")
	}
	if w.needsNew(b) || w.own.seg.block == 1 || w.own.seg.end+int64(b.Len()) > w.own.seg.zeroed {
		return false
	}
	w.seal(b)
	blocks, at := w.own.seg.lay(b.buf.B)
	if !w.async.Load().StartWrite(w.own.seg.f, blocks, at) {
		return false
	}
	w.stall.begin(b.Len())
	w.mine.batch, w.mine.syncing = b, time.Time{}
	return true
}

// step looks whether the call on its way has ended, and does what comes next.
func (w *Writer) step(wait bool) (goOn bool) {
	_, ended, err := w.async.Load().Ended(wait)
	if !ended {
		return false
	}
	b, s := w.mine.batch, w.own.seg
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, unix.EINVAL):
		w.mine.polls = errors.Is(err, unix.EAGAIN)
		w.handBack()
		return false
	case err != nil && w.mine.syncing.IsZero():
		w.own.err = fmt.Errorf("wal: write %s at byte %d: %w", w.cfg.path(s.name), s.end, err)
	case err != nil:
		w.own.err = fmt.Errorf("wal: sync %s: %w", w.cfg.path(s.name), err)
	case w.mine.syncing.IsZero():
		w.mine.syncing = w.cfg.Now()
		if !w.async.Load().StartSync(s.f) {
			w.mine.polls = false
			w.handBack()
			return false
		}
		return true
	}
	took := time.Duration(0)
	if w.own.err == nil {
		took = w.synced(s, b, w.mine.syncing)
		s.went(b.Len())
		w.wrote(b)
	}
	w.mine.batch = nil
	w.stall.end()
	w.answer(b, took)
	return false
}

// handBack gives the batch to the writer's goroutine, which writes it once more to the same place: nobody was told of it.
func (w *Writer) handBack() {
	b := w.mine.batch
	w.mine.batch = nil
	w.stall.end()
	w.busy.Store(true)
	w.in <- b
}
