package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/zk"
)

// record is the header of one transaction in the log (TxnHeader, 3.9.5).
type record struct {
	session int64
	cxid    int32
	zxid    int64
	timeMs  int64
	op      zk.Op
}

// readLog reads every transaction of a data directory that no server uses. It does so by itself, not by wal, so that a
// mistake there cannot hide.
func readLog(dir string) (all []record, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		return nil, fmt.Errorf("crash: %w", err)
	}
	first := map[string]int64{}
	for _, name := range names {
		if first[name], err = strconv.ParseInt(strings.TrimPrefix(filepath.Ext(name), "."), 16, 64); err != nil {
			return nil, fmt.Errorf("crash: %s: %w", name, err)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(first[a], first[b]) })
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("crash: %w", err)
		}
		records, err := parseLog(b)
		if err != nil {
			return nil, fmt.Errorf("crash: %s: %w", name, err)
		}
		all = append(all, records...)
	}
	for i := 1; i < len(all); i++ {
		if all[i].zxid != all[i-1].zxid+1 {
			return nil, fmt.Errorf("crash: in the log 0x%x is followed by 0x%x", all[i-1].zxid, all[i].zxid)
		}
	}
	return all, nil
}

// parseLog reads a file: "ZKLG", version and database id in 16 bytes, then for each transaction its checksum in 8 bytes, its
// length in 4, itself, and 'B'; zeros follow the last one (FileTxnLog, 3.9.5).
func parseLog(b []byte) (records []record, err error) {
	const headerBytes, txnHeaderBytes = 16, 32
	if len(b) < headerBytes || string(b[:4]) != "ZKLG" {
		return nil, errors.New("not a log")
	}
	at := headerBytes
	for at+12 <= len(b) && !allZero(b[at:at+12]) {
		sum, n := binary.BigEndian.Uint64(b[at:]), int(binary.BigEndian.Uint32(b[at+8:]))
		end := at + 12 + n
		if n < txnHeaderBytes || end >= len(b) || b[end] != 'B' || uint64(adler32.Checksum(b[at+12:end])) != sum {
			return nil, fmt.Errorf("a broken record of %d bytes at offset %d", n, at)
		}
		txn := b[at+12 : end]
		records = append(records, record{
			session: int64(binary.BigEndian.Uint64(txn)), cxid: int32(binary.BigEndian.Uint32(txn[8:])),
			zxid: int64(binary.BigEndian.Uint64(txn[12:])), timeMs: int64(binary.BigEndian.Uint64(txn[20:])), op: zk.Op(binary.BigEndian.Uint32(txn[28:])),
		})
		at = end + 1
	}
	if !allZero(b[at:]) {
		return nil, fmt.Errorf("something other than zeros behind the last record, at offset %d", at)
	}
	return records, nil
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// testimony is the log as a witness of what the clients could not see: which writes without an answer happened, and when
// sessions ended that nobody kept alive.
type testimony struct {
	records  []record
	begansMs []int64        // when each life was started
	expiring map[int64]bool // sessions that nobody kept alive
	end      time.Duration  // of the history
}

// request finds a request in the log: a session has one connection per life, and numbers its requests anew on each.
type request struct {
	life    int
	session int64
	cxid    int32
}

// hear puts the testimony into the history, and holds the acknowledged writes against it.
func (h *history) hear(t *testimony) error {
	var f faults
	byZxid, left := map[int64]record{}, map[request]record{}
	for _, r := range t.records {
		byZxid[r.zxid] = r
	}
	for _, o := range h.ops {
		r := byZxid[o.zxid]
		if o.lost || !o.changes() || !o.succeeded() {
			continue
		}
		if r.session != o.session || r.cxid != o.xid || r.op == zk.OpError {
			f.add("crash: acknowledged, and the log has %+v instead of:\n  %s", r, o)
		}
		delete(byZxid, o.zxid)
	}
	for _, r := range byZxid {
		life, _ := slices.BinarySearch(t.begansMs, r.timeMs+1)
		left[request{life, r.session, r.cxid}] = r
	}
	h.hearLost(left, &f)
	h.hearEnds(t, &f)
	return f.join()
}

// hearLost drops the writes that never happened and completes the others. What survives is a beginning of what was sent.
func (h *history) hearLost(left map[request]record, f *faults) {
	type conn struct {
		life    int
		session int64
	}
	missing := map[conn]*operation{}
	h.ops = slices.DeleteFunc(h.ops, func(o *operation) bool {
		if !o.lost {
			return false
		}
		r, found := left[request{o.life, o.session, o.xid}]
		on := conn{o.life, o.session}
		if !found {
			missing[on] = o
			return true
		}
		if before := missing[on]; before != nil {
			f.add("crash: a session's later write survived, an earlier one did not:\n  %s\n  %s", before, o)
		}
		if o.zxid = r.zxid; r.op == zk.OpError {
			o.code = zk.ErrSystemError // which one, the answer would have told
		}
		return false
	})
}

// hearEnds adds the ends of sessions that nobody asked for.
func (h *history) hearEnds(t *testimony, f *faults) {
	asked, known := map[int64]bool{}, map[int64]bool{} // by zxid, by session
	for _, o := range h.ops {
		known[o.session] = true
		asked[o.zxid] = asked[o.zxid] || o.kind == kindClose
	}
	for _, r := range t.records {
		if r.op != zk.OpCloseSession || asked[r.zxid] || !known[r.session] {
			continue
		}
		if !t.expiring[r.session] {
			f.add("crash: session 0x%x was ended, and nobody had asked for it: %+v", r.session, r)
		}
		h.ops = append(h.ops, &operation{
			kind: kindClose, session: r.session, family: everyFamily, zxid: r.zxid, lost: true, returned: t.end,
		})
	}
}
