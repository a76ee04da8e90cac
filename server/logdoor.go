package server

import (
	"time"

	"paddock/codec"
	"paddock/wal"
)

// logDoor collects the processor's transactions into batches and gives the log writer one at a time: whatever
// queues up while it syncs becomes the next batch.
type logDoor struct {
	writer        *wal.Writer
	batchBytesMax int

	filling *wal.Batch
	full    []*wal.Batch // waiting in front of filling
	flying  *wal.Batch
	sizes   int       // bytes of flying, full and filling
	flyingN int       // bytes of flying
	since   time.Time // when flying went off
	roll    bool      // the next batch begins a new segment

	txns  int   // appended since resetRoll
	bytes int64 // appended since resetRoll
}

// Append implements apply.Log.
func (l *logDoor) Append(h *codec.TxnHeader, t *codec.Txn, digest codec.TxnDigest) {
	if l.filling == nil {
		l.filling = wal.NewBatch()
		l.filling.Roll, l.roll = l.roll, false
	}
	before := l.filling.Len()
	l.filling.Finish(codec.AppendTxn(l.filling.Start(), h, t, digest), h.Zxid)
	grown := l.filling.Len() - before
	l.sizes += grown
	l.bytes += int64(grown)
	l.txns++
	if l.filling.Len() >= l.batchBytesMax {
		l.full = append(l.full, l.filling)
		l.filling = nil
	}
}

// QueuedBytes implements apply.Log.
func (l *logDoor) QueuedBytes() int { return l.sizes }

// kick hands the next batch over if the writer is idle.
func (l *logDoor) kick() {
	if l.flying != nil {
		return
	}
	switch {
	case len(l.full) > 0:
		l.flying = l.full[0]
		l.full = append(l.full[:0], l.full[1:]...)
	case l.filling != nil:
		l.flying, l.filling = l.filling, nil
	default:
		return
	}
	l.flyingN, l.since = l.flying.Len(), time.Now()
	l.writer.Submit(l.flying)
}

// landed notes that the batch on its way has become durable.
func (l *logDoor) landed() {
	l.sizes -= l.flyingN
	l.flying, l.flyingN = nil, 0
}

// beginSegment makes the next batch start a new log file and the counts begin anew.
func (l *logDoor) beginSegment() {
	l.roll, l.txns, l.bytes = true, 0, 0
}
