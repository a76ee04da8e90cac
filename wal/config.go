package wal

import (
	"log/slog"
	"time"

	"paddock/disk"
)

// Defaults, each Apache's own where Apache has one.
const (
	// DefaultPreallocBytes is Apache's preAllocSize of 65536 KiB.
	DefaultPreallocBytes = 64 << 20
	// DefaultSlowSync is Apache's fsync.warningthresholdms.
	DefaultSlowSync = time.Second
	// DefaultBatchBytesMax bounds where the last record of a batch may start. 4 MiB syncs in some ten milliseconds on the
	// slowest disks worth using, and holds Apache's largest group (1000 transactions) at 4 KiB each.
	DefaultBatchBytesMax = 4 << 20
)

// Config is what reading and writing the log take. Zero values mean the default.
type Config struct {
	Dir string       // the version-2 folder itself; it must exist
	FS  disk.FS      // nil is the operating system's
	Log *slog.Logger // nil discards

	// PreallocBytes is how much of a segment is filled with zeros ahead of time (preAllocSize); negative is none.
	PreallocBytes int64
	// SegmentBytesMax starts a new segment once one holds more (txnLogSizeLimitInKb); 0 is no limit.
	SegmentBytesMax int64
	// BatchBytesMax is the largest distance from a batch's first byte to the start of its last record. Recovery tells a
	// torn batch from damage by it, so it must not shrink while a log written with a larger one is unread.
	BatchBytesMax int
	// NoSync leaves out every sync (forceSync=no): a power cut may then lose anything, or leave what Recover refuses.
	NoSync bool
	// SlowSync is the duration above which a sync is logged and counted (fsync.warningthresholdms).
	SlowSync time.Duration
	// Now is the clock that syncs are measured with.
	Now func() time.Time
}

func (c Config) withDefaults() Config {
	if c.FS == nil {
		c.FS = disk.OS{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.PreallocBytes == 0 {
		c.PreallocBytes = DefaultPreallocBytes
	}
	if c.BatchBytesMax == 0 {
		c.BatchBytesMax = DefaultBatchBytesMax
	}
	if c.SlowSync == 0 {
		c.SlowSync = DefaultSlowSync
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
