package wal

import (
	"encoding/binary"
	"fmt"
	"hash/adler32"

	"github.com/valyala/bytebufferpool"
)

// Batch is the records of one sync, laid out as they will stand in the file. The processor fills it and hands it over for
// good with Writer.Submit; the writer gives the buffer back to the pool.
//
//	buf := b.Start()
//	buf = header.Append(buf) // the payload, straight behind a hole of 12 bytes
//	b.Finish(buf, zxid)
//
// A record that was started and not finished is forgotten by the next Start.
type Batch struct {
	// FirstZxid and LastZxid are those of the first and the last finished record.
	FirstZxid, LastZxid int64
	// Roll starts a new segment with this batch: set after a snapshot has begun.
	Roll bool

	buf   *bytebufferpool.ByteBuffer
	count int
	last  int // where the last record starts, in bytes from the batch's beginning
}

// NewBatch takes a buffer from the pool.
func NewBatch() *Batch { return &Batch{buf: bytebufferpool.Get()} }

// Start begins a record: the caller appends the payload to what it gets and passes the result to Finish.
func (b *Batch) Start() []byte {
	var hole [prefixBytes]byte
	return append(b.buf.B, hole[:]...)
}

// Finish ends the record that Start began. The checksum is left to the writer.
// It panics on a payload shorter than a transaction header and on one that does not carry the zxid.
func (b *Batch) Finish(buf []byte, zxid int64) {
	start := len(b.buf.B)
	payload := buf[start+prefixBytes:]
	if len(payload) < payloadBytesMin || len(payload) > 1<<31-1 || payloadZxid(payload) != zxid {
		panic(fmt.Sprintf("wal: payload of %d bytes for zxid %#x is no transaction of that zxid", len(payload), zxid))
	}
	if b.count > 0 && zxid != b.LastZxid && !follows(b.LastZxid, zxid) {
		panic(fmt.Sprintf("wal: zxid %#x follows %#x in one batch", zxid, b.LastZxid))
	}
	binary.BigEndian.PutUint32(buf[start+8:], uint32(len(payload)))
	b.buf.B = append(buf, endMark)
	if b.count == 0 {
		b.FirstZxid = zxid
	}
	b.LastZxid, b.last = zxid, start
	b.count++
}

// Len is the batch's size in bytes. No record may be started once it exceeds Config.BatchBytesMax.
func (b *Batch) Len() int { return len(b.buf.B) }

// Count is the number of finished records.
func (b *Batch) Count() int { return b.count }

// Release gives back a batch that will not be submitted after all.
func (b *Batch) Release() {
	bytebufferpool.Put(b.buf)
	b.buf = nil
}

// seal fills in the checksums.
func (b *Batch) seal() {
	for rest := b.buf.B; len(rest) > 0; {
		end := prefixBytes + int(binary.BigEndian.Uint32(rest[8:]))
		binary.BigEndian.PutUint64(rest, uint64(adler32.Checksum(rest[prefixBytes:end])))
		rest = rest[end+1:]
	}
}
