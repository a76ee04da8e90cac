package wal

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"os"
	"slices"
	"testing"

	"paddock/disk"
)

// FuzzReader feeds arbitrary files to the reader of one file, with a window small enough to be outgrown. Its properties:
//
//  1. It neither panics nor fails: every file has a beginning that is whole, and a place where that ends.
//  2. What it delivers is in the file: the records, framed again by hand, are the file's bytes up to the stop.
//  3. At the stop there is no whole record.
//  4. It never holds more memory than the file is long, plus the window.
//  5. Cutting the file at the stop gives the same records again, and then a clean end.
func FuzzReader(f *testing.F) {
	captured, err := os.ReadFile("testdata/captured/apache-3.9.5-killed/log.1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(captured[:0x400])
	f.Add(logFile(recs(1, 3), zeros(100)))
	f.Add(logFile(recs(1, 3), flip(rec(4, "damaged"), 20), recs(5, 9)))
	f.Add(logFile(rec(1, string(zeros(3000))), rec(2, "")[:40]))
	f.Add(logFile(rec(1, ""), binary.BigEndian.AppendUint32(zeros(8), 1<<31), zeros(50)))
	f.Add(append(future(), recs(1, 1)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, end := readAll(t, data)
		if end.offset == 0 {
			if len(s) != 0 {
				t.Fatal("records without a header")
			}
			return
		}
		// Without the header: its dbid may be anything.
		if framed := logFile(s...); !bytes.Equal(framed[headerBytes:], data[headerBytes:end.offset]) {
			t.Fatalf("delivered %x, the file holds %x", framed, data[:end.offset])
		}
		if wholeRecordAt(data[end.offset:]) {
			t.Fatalf("stopped at %d before a whole record: %+v", end.offset, end)
		}
		again, clean := readAll(t, data[:end.offset])
		if len(again) != len(s) || clean.offset != end.offset || clean.found != "the end of the file" {
			t.Fatalf("cut at %d: %d records instead of %d, %+v", end.offset, len(again), len(s), clean)
		}
	})
}

// readAll reads a file's records and frames each again.
func readAll(t *testing.T, data []byte) (records [][]byte, end stop) {
	t.Helper()
	sim := disk.NewSim()
	put(t, sim, "/log.1", data)
	f, err := sim.Open("/log.1")
	if err != nil {
		t.Fatal(err)
	}
	const window = 512
	rd := newReader(f, int64(len(data)), make([]byte, window))
	ok, err := rd.header()
	for ok && err == nil {
		var p []byte
		if p, ok, err = rd.next(); ok {
			records = append(records, frame(p))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if cap(rd.large) > len(data) || cap(rd.window) > window {
		t.Fatalf("%d and %d bytes held for a file of %d", cap(rd.large), cap(rd.window), len(data))
	}
	return records, rd.stop
}

func frame(p []byte) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(adler32.Checksum(p)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
	return append(append(b, p...), 'B')
}

// wholeRecordAt is the plainest way to say what a record is.
func wholeRecordAt(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	n := int(int32(binary.BigEndian.Uint32(b[8:])))
	return n >= 32 && 12+n+1 <= len(b) && b[12+n] == 'B' && binary.BigEndian.Uint64(b) == uint64(adler32.Checksum(b[12:12+n]))
}

// FuzzRecoverGoesOn feeds arbitrary contents of two files to Recover: it delivers zxids that never run backwards, or says
// damage; and when it does not, the log can be opened, gone on with, and read again with the same beginning. Inspect says
// the same, and damage can be repaired: what was delivered before it stays.
func FuzzRecoverGoesOn(f *testing.F) {
	f.Add(logFile(recs(1, 3), rec(4, "")[:20]), logFile(recs(4, 6), zeros(300)), int64(2))
	f.Add(logFile(recs(1, 3), zeros(400), recs(4, 4)), []byte{}, int64(0))
	f.Add([]byte{}, zeros(50), int64(9))
	f.Add(logFile(recs(1, 3), flip(rec(4, "hit"), 20), recs(5, 40)), logFile(recs(41, 42)), int64(0))
	f.Add(logFile(recs(1, 3)), logFile(rec(1<<32, "")), int64(3))
	f.Fuzz(func(t *testing.T, first, second []byte, after int64) {
		after &= 1<<62 - 1 // a zxid counts from zero, and needs room for one more
		s := newSim(t)
		put(t, s, simDir+"/log.1", first)
		put(t, s, simDir+"/log.4", second)
		cfg := simConfig(s)
		cfg.PreallocBytes = -1
		got, pos, err := zxids(cfg, after)
		last := after
		for _, z := range got {
			if z < last {
				t.Fatalf("zxids %#x after %#x", got, after)
			}
			last = z
		}
		rep := inspect(t, cfg, after)
		if (rep.Damage == nil) != (err == nil) || rep.Records != int64(len(got)) {
			t.Fatalf("recovery: %d records, %v; inspection: %+v", len(got), err, rep)
		}
		if err != nil {
			got, pos = repairAll(t, cfg, rep, got)
		}
		if pos.LastZxid < 1<<62 {
			goesOn(t, cfg, pos, after, got)
		}
	})
}

// repairAll repairs until nothing is damaged, and finds what was good in the first place.
func repairAll(t *testing.T, cfg Config, rep Report, want []int64) ([]int64, Position) {
	t.Helper()
	for n := 0; rep.Damage != nil; n++ {
		if n == 2 { // files in the folder: an older one comes into view when a later one goes
			t.Fatalf("still damaged: %v", rep.Damage)
		}
		if _, err := Repair(cfg, rep); err != nil {
			t.Fatal(err)
		}
		rep = inspect(t, cfg, rep.after)
	}
	got, pos, err := zxids(cfg, rep.after)
	if err != nil || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
		t.Fatalf("repaired to %#x, %v; it was good up to %#x", got, err, want)
	}
	return got, pos
}
