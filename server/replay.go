package server

import (
	"paddock/apply"
	"paddock/wal"
)

// replayBatchBytes is how much of the log is read and decoded at once, replayBatches how far that may be ahead.
const (
	replayBatchBytes = 256 << 10
	replayBatches    = 3
)

// replayBatch is a stretch of the log. What is decoded points into its bytes.
type replayBatch struct {
	bytes   []byte
	records []apply.LogRecord
}

// replayLog applies the log. It is read, verified and decoded on this goroutine, and applied on another: each is about half
// of the work of a start.
func replayLog(cfg wal.Config, replay *apply.Replay) (wal.Position, error) {
	full, empty, done := make(chan *replayBatch, replayBatches), make(chan *replayBatch, replayBatches), make(chan struct{})
	for range replayBatches {
		empty <- &replayBatch{bytes: make([]byte, 0, replayBatchBytes)}
	}
	go func() {
		defer close(done)
		for b := range full {
			for i := range b.records {
				replay.Take(&b.records[i])
			}
			clear(b.records)
			b.bytes, b.records = b.bytes[:0], b.records[:0]
			empty <- b
		}
	}()
	batch := <-empty
	position, err := wal.Recover(cfg, replay.Zxid, func(_ int64, payload []byte) error {
		if len(batch.bytes) > 0 && len(batch.bytes)+len(payload) > cap(batch.bytes) {
			full <- batch
			batch = <-empty
		}
		start := len(batch.bytes)
		batch.bytes = append(batch.bytes, payload...) // grows for a single large payload only, when nothing points into it
		record, err := apply.DecodeRecord(batch.bytes[start:])
		if err == nil {
			batch.records = append(batch.records, record)
		}
		return err
	})
	full <- batch
	close(full)
	<-done
	return position, err
}
