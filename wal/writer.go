package wal

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"paddock/disk"
)

// queueMax is how many batches may be on their way to the disk or back. The design has one; the rest is slack for tests
// and for a caller that submits once more before it looks at the answer.
const queueMax = 8

// Done reports one batch, in the order of submission.
type Done struct {
	LastZxid int64 // of the batch
	Records  int
	Bytes    int
	SyncTime time.Duration // 0 without a sync
	// Err is why the batch may not be on the disk. Every later batch has the same: the writer is dead, and so is the server.
	Err error
}

// Writer appends batches to the log. Make one with Open.
type Writer struct {
	cfg    Config
	in     chan *Batch
	done   chan Done
	helper *helper
	counts counters
	stall  *stall
	closed error // why Close failed; written before exited is closed
	exited chan struct{}

	async atomic.Pointer[disk.Async] // set by Async
	busy  atomic.Int32               // batches that the writer's goroutine has not answered
	mine  struct {                   // of the goroutine that submits
		calls   calls     // with which it writes what it can itself; nil leaves all to the writer's goroutine
		batch   *Batch    // that it has on its way; nil is none
		written bool      // its write has ended, and its sync begun
		syncing time.Time // when that was
	}

	// own is touched by whoever has a batch on its way: the writer's goroutine, or the one that submits.
	own struct {
		seg  *segment // nil before the first batch
		last int64    // zxid of the last record written
		err  error    // the first failure; never cleared
	}
}

// Open cuts the log at its true end, makes that durable, removes what a crash left of helper files, and starts the writer.
// The next batch begins a new segment, as Apache does after a restart: no old file is appended to.
func Open(cfg Config, pos Position) (*Writer, error) {
	cfg = cfg.withDefaults()
	if err := cutTail(cfg, pos); err != nil {
		return nil, err
	}
	if err := removeSpares(cfg); err != nil {
		return nil, err
	}
	w := &Writer{
		cfg:    cfg,
		in:     make(chan *Batch, queueMax),
		done:   make(chan Done, queueMax),
		exited: make(chan struct{}),
	}
	w.own.last = pos.LastZxid
	w.stall = newStall(cfg, &w.counts)
	w.helper = newHelper(cfg, &w.counts)
	go w.helper.run()
	go w.run()
	return w, nil
}

// Submit hands a batch over for good. It never blocks, and panics when the caller has more than a few batches unanswered,
// when the batch is empty, too long, or does not follow the one before: each a broken invariant of the caller.
func (w *Writer) Submit(b *Batch) {
	if b.count == 0 {
		panic("wal: an empty batch")
	}
	if b.last > w.cfg.BatchBytesMax {
		panic(fmt.Sprintf("wal: a record starts %d bytes into its batch, the limit is %d", b.last, w.cfg.BatchBytesMax))
	}
	// One more may be between the two channels. So an answer always finds room, and the writer never waits for the caller.
	if len(w.in)+len(w.done)+2 > queueMax {
		panic(fmt.Sprintf("wal: %d batches unanswered", len(w.in)+len(w.done)))
	}
	if !w.begin(b) {
		w.hand(b)
	}
}

// Committed delivers one Done for each batch. It is closed when the writer has ended.
func (w *Writer) Committed() <-chan Done { return w.done }

// Close waits for the batches that were submitted, cuts the zeros off the open segment, removes the spare one, and ends the
// writer. It is the last call, made by the goroutine that submits. Answers stay readable from Committed.
func (w *Writer) Close() error {
	w.Settle()
	close(w.in)
	<-w.exited
	if a := w.async.Load(); a != nil {
		return errors.Join(w.closed, a.Close())
	}
	return w.closed
}

func (w *Writer) run() {
	for b := range w.in {
		took := time.Duration(0)
		if w.own.err == nil {
			w.stall.begin(b.Len())
			took, w.own.err = w.commit(b)
			w.stall.end()
		}
		w.answer(b, took)
		w.busy.Add(-1)
		if a := w.async.Load(); a != nil {
			a.Kick()
		}
	}
	w.closed = w.shutdown()
	close(w.done)
	close(w.exited)
}

// answer sends the Done of a batch.
func (w *Writer) answer(b *Batch, took time.Duration) {
	d := Done{LastZxid: b.LastZxid, Records: b.count, Bytes: b.Len(), SyncTime: took, Err: w.own.err}
	b.Release()
	w.done <- d
}

// commit puts one batch on the disk: one write, one sync, and for a new segment its name.
func (w *Writer) commit(b *Batch) (time.Duration, error) {
	w.seal(b)
	if w.needsNew(b) {
		return w.commitToNew(b)
	}
	took, err := w.append(w.own.seg, b)
	if err != nil {
		return took, err
	}
	w.wrote(b)
	return took, nil
}

// seal checks that a batch follows what was written, and fills in its checksums.
func (w *Writer) seal(b *Batch) {
	if last := w.own.last; b.FirstZxid != last && !follows(last, b.FirstZxid) {
		panic(fmt.Sprintf("wal: a batch from zxid %#x after %#x", b.FirstZxid, last))
	}
	b.seal()
}

func (w *Writer) needsNew(b *Batch) bool {
	return w.own.seg == nil || b.Roll || w.full(b.Len())
}

// full says whether the open segment should take no more: it is over its limit, or it is out of zeros and the next is ready.
// Out of zeros with none ready, it simply grows, at the price of slower syncs.
func (w *Writer) full(batchBytes int) bool {
	s := w.own.seg
	if w.cfg.SegmentBytesMax > 0 && s.end > w.cfg.SegmentBytesMax {
		return true
	}
	return s.end+int64(batchBytes) > s.zeroed && len(w.helper.ready) > 0
}

// commitToNew writes the batch into a new segment and gives that its name once header and batch are durable. Whatever of
// this a crash leaves behind under another name was never answered.
func (w *Writer) commitToNew(b *Batch) (time.Duration, error) {
	s, err := w.nextSegment()
	if err != nil {
		return 0, err
	}
	took, err := w.append(s, b)
	if err == nil {
		err = w.serve(s, logName(b.FirstZxid))
	}
	if err != nil {
		return took, errors.Join(err, s.f.Close())
	}
	if old := w.own.seg; old != nil {
		w.helper.retire(old, b.Len())
	}
	w.own.seg = s
	w.helper.want()
	w.counts.segments.Add(1)
	w.wrote(b)
	return took, nil
}

// serve gives a segment its name, durably.
func (w *Writer) serve(s *segment, name string) error {
	if err := w.cfg.FS.Rename(w.cfg.path(s.name), w.cfg.path(name)); err != nil {
		return fmt.Errorf("wal: put segment %s into service: %w", w.cfg.path(name), err)
	}
	s.name = name
	return w.cfg.syncDir()
}

// nextSegment takes the segment that the helper has ready, or begins an unfilled one: waiting for 64 MiB of zeros would
// take longer than all the slow syncs until they are there.
func (w *Writer) nextSegment() (*segment, error) {
	select {
	case s := <-w.helper.ready:
		return s, nil
	default:
	}
	return w.cfg.createSegment(spareNow)
}

// append writes and syncs a batch at the segment's end.
func (w *Writer) append(s *segment, b *Batch) (time.Duration, error) {
	if err := s.write(b.buf.B); err != nil {
		return 0, fmt.Errorf("wal: write %s at byte %d: %w", w.cfg.path(s.name), s.end, err)
	}
	if w.cfg.NoSync {
		return 0, nil
	}
	start := w.cfg.Now()
	if err := s.f.SyncData(); err != nil {
		return 0, fmt.Errorf("wal: sync %s: %w", w.cfg.path(s.name), err)
	}
	return w.synced(s, b, start), nil
}

// synced counts a sync that began at start.
func (w *Writer) synced(s *segment, b *Batch, start time.Time) time.Duration {
	took := w.cfg.Now().Sub(start)
	w.counts.sync(took)
	if took > w.cfg.SlowSync {
		w.counts.slowSyncs.Add(1)
		w.cfg.Log.Warn("syncing the transaction log was slow; every write waits for it",
			"file", w.cfg.path(s.name), "took", took, "threshold", w.cfg.SlowSync, "bytes", b.Len())
	}
	return took
}

func (w *Writer) wrote(b *Batch) {
	w.own.last = b.LastZxid
	w.counts.batch(b.count, b.Len())
	w.counts.segmentUsed.Store(w.own.seg.end)
}

// shutdown ends the helper, then the open segment. After a failure it only lets go of the files: what is on the disk is for
// the next start to judge.
func (w *Writer) shutdown() error {
	err := w.helper.close(w.own.err == nil)
	s := w.own.seg
	if s == nil {
		return errors.Join(w.own.err, err)
	}
	if w.own.err != nil {
		return errors.Join(w.own.err, err, s.f.Close())
	}
	return errors.Join(err, w.cfg.finish(s))
}

func (c Config) syncDir() error {
	if c.NoSync {
		return nil
	}
	if err := c.FS.SyncDir(c.Dir); err != nil {
		return fmt.Errorf("wal: sync folder %s: %w", c.Dir, err)
	}
	return nil
}
