package wal

import (
	"sync/atomic"
	"time"
)

// Stats are counts since Open, read from any goroutine.
type Stats struct {
	Syncs        int64         // of batches
	SyncTime     time.Duration // their sum
	SyncTimeMax  time.Duration
	SlowSyncs    int64 // above Config.SlowSync
	Stalls       int64 // batches that were told about while they lasted
	Records      int64
	BatchMax     int64 // records in the largest batch
	Bytes        int64 // of batches
	Segments     int64 // begun
	Spares       int64 // segments filled with zeros ahead of time
	SpareErrors  int64 // attempts at it that failed
	SegmentBytes int64 // used in the open segment
}

// counters is Stats as the two goroutines keep it. Each field has one writer at a time, so maxima need no loop.
type counters struct {
	syncs, syncTime, syncTimeMax             atomic.Int64
	slowSyncs, stalls                        atomic.Int64
	records, batchMax, bytes                 atomic.Int64
	segments, spares, spareErrs, segmentUsed atomic.Int64
}

func (c *counters) batch(records, bytes int) {
	c.records.Add(int64(records))
	c.bytes.Add(int64(bytes))
	c.batchMax.Store(max(c.batchMax.Load(), int64(records)))
}

func (c *counters) sync(took time.Duration) {
	c.syncs.Add(1)
	c.syncTime.Add(int64(took))
	c.syncTimeMax.Store(max(c.syncTimeMax.Load(), int64(took)))
}

// Stats reads the counts. They are read one by one, so a sum may be a batch ahead of its count.
func (w *Writer) Stats() Stats {
	c := &w.counts
	return Stats{
		Syncs:        c.syncs.Load(),
		SyncTime:     time.Duration(c.syncTime.Load()),
		SyncTimeMax:  time.Duration(c.syncTimeMax.Load()),
		SlowSyncs:    c.slowSyncs.Load(),
		Stalls:       c.stalls.Load(),
		Records:      c.records.Load(),
		BatchMax:     c.batchMax.Load(),
		Bytes:        c.bytes.Load(),
		Segments:     c.segments.Load(),
		Spares:       c.spares.Load(),
		SpareErrors:  c.spareErrs.Load(),
		SegmentBytes: c.segmentUsed.Load(),
	}
}
