package wal

import (
	"errors"
	"fmt"
	"time"
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

	// own is touched by the writer goroutine alone, once it runs.
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
	w.in <- b
}

// Committed delivers one Done for each batch. It is closed when the writer has ended.
func (w *Writer) Committed() <-chan Done { return w.done }

// Close waits for the batches that were submitted, cuts the zeros off the open segment, removes the spare one, and ends the
// writer. It is the last call, made by the goroutine that submits. Answers stay readable from Committed.
func (w *Writer) Close() error {
	close(w.in)
	<-w.exited
	return w.closed
}

func (w *Writer) run() {
	for b := range w.in {
		d := Done{LastZxid: b.LastZxid, Records: b.count, Bytes: b.Len()}
		if w.own.err == nil {
			w.stall.begin(b.Len())
			d.SyncTime, w.own.err = w.commit(b)
			w.stall.end()
		}
		d.Err = w.own.err
		b.Release()
		w.done <- d
	}
	w.closed = w.shutdown()
	close(w.done)
	close(w.exited)
}

// commit puts one batch on the disk: one write, one sync, and for a new segment its name.
func (w *Writer) commit(b *Batch) (time.Duration, error) {
	if last := w.own.last; b.FirstZxid != last && !follows(last, b.FirstZxid) {
		panic(fmt.Sprintf("wal: a batch from zxid %#x after %#x", b.FirstZxid, last))
	}
	b.seal()
	if w.own.seg == nil || b.Roll || w.full(b.Len()) {
		return w.commitToNew(b)
	}
	took, err := w.append(w.own.seg, b)
	if err != nil {
		return took, err
	}
	w.wrote(b)
	return took, nil
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
		w.helper.retire(old)
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
	took := w.cfg.Now().Sub(start)
	w.counts.sync(took)
	if took > w.cfg.SlowSync {
		w.counts.slowSyncs.Add(1)
		w.cfg.Log.Warn("syncing the transaction log was slow; every write waits for it",
			"file", w.cfg.path(s.name), "took", took, "threshold", w.cfg.SlowSync, "bytes", b.Len())
	}
	return took, nil
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
