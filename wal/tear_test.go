package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scene recovers single files fast: one disk and one small window for all of them.
type scene struct {
	t   *testing.T
	cfg Config
	win []byte
}

func newScene(t *testing.T) *scene {
	t.Helper()
	cfg := simConfig(newSim(t))
	cfg.BatchBytesMax = 1 << 20
	return &scene{t, cfg.withDefaults(), make([]byte, 1<<12)}
}

// read is Recover for log.1 with the given contents.
func (s *scene) read(data []byte) (records int64, err error) {
	s.t.Helper()
	put(s.t, s.cfg.FS, simDir+"/log.1", data)
	r := recovery{cfg: s.cfg, window: s.win, fn: func(int64, []byte) error { return nil }}
	if err := r.file(Segment{Name: "log.1", Zxid: 1}); err != nil {
		return r.pos.Records, err
	}
	return r.pos.Records, r.checkTail()
}

// damaged wants ErrCorrupt with the text.
func (s *scene) damaged(data []byte, text string) {
	s.t.Helper()
	if n, err := s.read(data); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), text) {
		s.t.Errorf("%d records, %v; want %q", n, err, text)
	}
}

// whole wants so many records and then the end.
func (s *scene) whole(data []byte, records int64) {
	s.t.Helper()
	if n, err := s.read(data); err != nil || n != records {
		s.t.Errorf("%d records, %v; want %d and the end", n, err, records)
	}
}

// text is n bytes without a zero, different for each zxid.
func text(zxid int64, n int) string {
	rng := rand.New(rand.NewPCG(uint64(zxid), uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(' ' + rng.IntN(90))
	}
	return string(b)
}

// zeroNode is a record around a znode of more than a thousand zeros.
func zeroNode(zxid int64) []byte { return rec(zxid, "/zeros"+string(zeros(1200))+"the digest") }

func TestNoFlippedBitCostsAnAcknowledgedRecord(t *testing.T) {
	for name, acknowledged := range map[string][][]byte{
		"three batches":         {recs(1, 3), rec(4, text(4, 700)), recs(5, 6)},
		"a large last record":   {recs(1, 2), rec(3, ""), rec(4, text(4, 1100))},
		"a znode of zeros":      {recs(1, 2), zeroNode(3), recs(4, 4)},
		"a last one of zeros":   {recs(1, 1), rec(2, "x"), zeroNode(3)},
		"lengths of powers":     {rec(1, ""), rec(2, string(zeros(32))), rec(3, text(3, 96))},
		"across a sector's end": {rec(1, text(1, 512-16-45-6)), rec(2, "x"), rec(3, text(3, 500))},
	} {
		for _, padding := range []int{0, 3000} {
			t.Run(fmt.Sprintf("%s, %d zeros", name, padding), func(t *testing.T) {
				s := newScene(t)
				log := logFile(acknowledged...)
				used := len(log)
				log = append(log, zeros(padding)...)
				records, err := s.read(log)
				if err != nil {
					t.Fatal(err)
				}
				for bit := range 8 * (used + min(padding, 600)) {
					log[bit/8] ^= 1 << (bit % 8)
					if n, err := s.read(log); (err == nil && n != records) || (err != nil && !errors.Is(err, ErrCorrupt)) {
						t.Fatalf("bit %d of byte %d: %d records of %d, %v", bit%8, bit/8, n, records, err)
					}
					log[bit/8] ^= 1 << (bit % 8)
				}
			})
		}
	}
}

func TestNoOverwrittenByteCostsAnAcknowledgedRecord(t *testing.T) {
	s := newScene(t)
	log := logFile(recs(1, 3), rec(4, text(4, 700)), recs(5, 6))
	for at := range log {
		for _, x := range []byte{0, 0xff, 'B', ^log[at]} {
			if x == 0 && at == len(log)-1 {
				continue // the last end mark alone: Apache can break off there
			}
			b := slices.Clone(log)
			b[at] = x
			if n, err := s.read(b); (err == nil && n != 6) || (err != nil && !errors.Is(err, ErrCorrupt)) {
				t.Fatalf("byte %d as %#x: %d records, %v", at, x, n, err)
			}
		}
	}
}

// torn is a log after a crash while a batch was written behind the synced part: each sector of the batch that the mask
// does not name is lost.
func torn(synced, batch []byte, mask uint64, padding int) []byte {
	log := slices.Concat(synced, batch, zeros(padding))
	first := len(synced) / sectorBytes
	for at := len(synced); at < len(synced)+len(batch); at++ {
		if mask>>(at/sectorBytes-first)&1 == 0 {
			log[at] = 0
		}
	}
	return log
}

func TestEveryTornBatchIsTheEndOfTheLog(t *testing.T) {
	s := newScene(t)
	for shift := range sectorBytes { // where in its sector the batch begins
		synced := logFile(rec(1, ""), rec(2, strings.Repeat("s", shift)))
		batch := slices.Concat(rec(3, text(3, 300)), rec(4, ""), rec(5, text(5, 1100)), rec(6, "x"))
		sectors := (len(synced)+len(batch)-1)/sectorBytes - len(synced)/sectorBytes + 1
		for mask := range uint64(1) << sectors {
			log := torn(synced, batch, mask, shift%3*700)
			if n, err := s.read(log); err != nil || n < 2 || n > 6 || (n == 6) != (mask == 1<<sectors-1) && mask != 1<<sectors-2 {
				t.Fatalf("begun at byte %d of a sector, %#b of its sectors kept: %d records, %v", len(synced)%sectorBytes, mask, n, err)
			}
		}
	}
}

func TestEveryBrokenOffBatchIsTheEndOfTheLog(t *testing.T) {
	s := newScene(t)
	synced := logFile(recs(1, 2))
	batch := slices.Concat(rec(3, text(3, 600)), zeroNode(4), rec(5, "x"))
	for n := range batch {
		for _, padding := range []int{0, 1, 13, 2000} {
			log := slices.Concat(synced, batch[:n], zeros(padding))
			if got, err := s.read(log); err != nil || got < 2 || got > 5 {
				t.Fatalf("broken off after %d bytes, %d zeros behind: %d records, %v", n, padding, got, err)
			}
			// and then the power went as well
			log = torn(synced, batch[:n], uint64(n*7919), padding)
			if got, err := s.read(log); err != nil || got < 2 || got > 5 {
				t.Fatalf("broken off after %d bytes, sectors lost, %d zeros behind: %d records, %v", n, padding, got, err)
			}
		}
	}
}

func TestTornBatchesOfRandomRecordsAreTheEndOfTheLog(t *testing.T) {
	s := newScene(t)
	rng := rand.New(rand.NewPCG(4, 4))
	for range 3000 {
		synced := logFile(rec(1, text(1, rng.IntN(3000))))
		var batch []byte
		for z := int64(2); z < 3+rng.Int64N(20); z++ {
			body := make([]byte, rng.IntN(1+rng.IntN(4000)))
			for i := range body[rng.IntN(len(body)+1):] { // zeros behind
				body[i] = byte(rng.Uint32())
			}
			batch = append(batch, rec(z, string(body))...)
		}
		log := slices.Concat(synced, batch, zeros(rng.IntN(5000)))
		unit := sectorBytes << rng.IntN(4)
		for lo := len(synced) / unit * unit; lo < len(synced)+len(batch); lo += unit {
			if rng.IntN(3) == 0 {
				clear(log[max(lo, len(synced)):min(lo+unit, len(log))])
			}
		}
		if rng.IntN(4) == 0 { // the file was not lengthened in time
			log = log[:len(synced)+rng.IntN(len(log)-len(synced))]
		}
		if n, err := s.read(log); err != nil || n < 1 {
			t.Fatalf("%d records, %v", n, err)
		}
	}
}

func TestABatchThatBrokeOffWithinATransactionHeaderIsTheEndOfTheLog(t *testing.T) {
	s := newScene(t)
	p := payload(epoch2+1, text(3, 20))
	for i := range p[:payloadBytesMin] {
		if i < zxidOffset || i >= zxidOffset+8 {
			p[i] = 0xa5
		}
	}
	for shift := range sectorBytes {
		synced := logFile(rec(1, ""), rec(2, strings.Repeat("s", shift)))
		for n := range frame(p) {
			s.whole(slices.Concat(synced, frame(p)[:n], zeros(600)), 2)
		}
	}
}

func TestAFlippedBitIsDamageWhereverItsRecordBegins(t *testing.T) {
	s := newScene(t)
	for shift := range sectorBytes {
		before := logFile(rec(1, ""), rec(2, strings.Repeat("s", shift)))
		log := slices.Concat(before, rec(3, text(3, 20)), rec(4, "x"), zeros(600))
		s.damaged(flip(log, len(before)+40), fmt.Sprintf("at byte %d: expected the Adler-32", len(before)))
		s.damaged(flip(log, len(log)-601), "expected the end mark")
	}
}

func TestALostSectorWithASingleBitSetIsTheEndOfTheLog(t *testing.T) {
	s := newScene(t)
	body := zeros(1800)
	body[700] = 0x10
	log := logFile(rec(1, ""), rec(2, string(body)), rec(3, "x"))
	s.whole(log, 3)
	at := headerBytes + 45 + prefixBytes + payloadBytesMin + 700
	clear(log[at/512*512 : at/512*512+512])
	s.whole(log, 1)
}

func TestMissingSectorsAreToldFromZerosThatWereWritten(t *testing.T) {
	s := newScene(t)
	node := zeroNode(2)
	log := logFile(rec(1, ""), node, rec(3, "x"), zeros(1000))
	s.whole(log, 3)
	start := headerBytes + 45
	s.damaged(flip(log, start+40), "in a record that is whole but for one flipped bit") // before the zeros
	s.damaged(flip(log, start+600), "with no sector missing")                           // in the only sector of zeros: none is left
	s.damaged(flip(log, start+len(node)-5), "in a record that is whole but for one flipped bit")
	s.damaged(flip(log, start+6), "in a record that is whole but for one flipped bit") // in the checksum
	s.damaged(flip(log, start+11), "in a record that is whole with a length of 1248")
	lost := slices.Clone(log)
	clear(lost[1024:1536])
	s.whole(lost, 1)
}

// Zeros from one sector's beginning to its end were hardly written as such, so even a checksum that is one bit of the
// payload away says nothing.
func TestAMissingSectorAmongOtherBytesIsNeverZerosThatWereWritten(t *testing.T) {
	s := newScene(t)
	log := logFile(rec(1, ""), rec(2, text(2, 1800)))
	clear(log[1024:1536])
	start := headerBytes + 45
	binary.BigEndian.PutUint32(log[start+4:], adler32.Checksum(flip(log, 900)[start+prefixBytes:len(log)-1]))
	s.whole(log, 1)
	clear(log[1536:1540]) // now there are zeros beside it
	binary.BigEndian.PutUint32(log[start+4:], adler32.Checksum(flip(log, 900)[start+prefixBytes:len(log)-1]))
	s.damaged(log, "whole but for one flipped bit")
}

func TestDamageIsNotTakenForATornBatch(t *testing.T) {
	s := newScene(t)
	start := headerBytes + 2*45
	log := func(last []byte, more ...[]byte) []byte {
		return logFile(rec(1, ""), rec(2, ""), last, slices.Concat(more...))
	}
	s.damaged(log(flip(rec(3, text(3, 200)), 100)), "with no sector missing that a crash could have lost") // the very last
	for name, length := range map[string]uint32{
		"longer": 250, "into the padding": 900, "behind the file": 1 << 20, "huge": 1<<31 - 1, "shorter": 100, "one": 1,
		"negative": 1 << 31, "zero": 0,
	} {
		t.Run("a length that is "+name, func(t *testing.T) {
			s := newScene(t)
			r := rec(3, text(3, 200))
			binary.BigEndian.PutUint32(r[8:], length)
			want := map[bool]string{true: "whole with a length of 232", false: "which no crash leaves there"}[int32(length) >= 32]
			for _, behind := range [][]byte{nil, zeros(2000), recs(4, 9), recs(4, 60)} {
				s.damaged(log(r, behind), want)
			}
		})
	}
	garbage := []byte(text(99, 300))
	s.damaged(log(garbage, recs(8, 60)), "which no crash leaves there")
	short := rec(3, text(3, 200))
	copy(short[50:], garbage[:100])
	s.damaged(log(short, recs(4, 9)), "with no sector missing that a crash could have lost")
	binary.BigEndian.PutUint32(short[8:], 5000)
	s.damaged(log(short, recs(4, 9)), fmt.Sprintf("with a whole record inside at byte %d", start+245))
	s.damaged(log(rec(5, "jumps")[:40], recs(6, 9)), "in a record of zxid 0x5, which is out of order")
	s.damaged(log(append(rec(3, "x")[:45], 0), recs(4, 9)), "with byte 0x00 where its end mark belongs")
}

// The story that made the rule: two thousand small acknowledged writes, all within the reach of one batch, and one bit.
func TestOneFlippedBitInALogSmallerThanABatchIsDamage(t *testing.T) {
	s := newScene(t)
	var all []byte
	for z := range int64(2000) {
		all = append(all, rec(z+1, text(z+1, 58))...)
	}
	for _, padding := range []int{0, 100000} {
		log := logFile(all, zeros(padding))
		s.whole(log, 2000)
		s.damaged(flip(log, 200), "log.1 is damaged at byte 119: expected the Adler-32")
	}
}

func TestDamageSaysWhatCanBeDone(t *testing.T) {
	s := newScene(t)
	s.damaged(logFile(flip(rec(1, "x"), 30)), "Restore the data directory from a backup, or let 'paddock log repair' show what it would cut off")
}

func TestATornEndBehindAnotherFileIsJudgedToo(t *testing.T) {
	for _, c := range []recoverCase{
		{
			name:  "a first record that is torn",
			files: map[string][]byte{"log.1": logFile(recs(1, 3)), "log.4": logFile(rec(4, "long enough")[:30], zeros(99))},
			want:  upTo(3),
		},
		{
			name:  "a first record that is damaged",
			files: map[string][]byte{"log.1": logFile(recs(1, 3)), "log.4": logFile(flip(rec(4, "x"), 30), recs(5, 6))},
			err:   "log.4 is damaged at byte 16",
		},
		{
			name:  "a first record of another zxid than the name",
			files: map[string][]byte{"log.1": logFile(recs(1, 3)), "log.4": logFile(rec(5, "long enough")[:50])},
			err:   "in a record of zxid 0x5, which is out of order",
		},
		{
			name:  "a damaged record before an empty file",
			files: map[string][]byte{"log.1": logFile(recs(1, 2), flip(rec(3, "x"), 30)), "log.4": {}},
			err:   "log.1 is damaged at byte 108",
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestTheFoldersOwnFilesAreNotLogs(t *testing.T) {
	for _, name := range []string{cutPrefix + "5", spareCut} {
		if _, ok := parseLogName(name); ok || strings.HasPrefix(name, "snapshot") || filepath.Base(name) != name {
			t.Errorf("%s", name)
		}
	}
}
