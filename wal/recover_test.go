package wal

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const epoch2 = int64(2) << 32

// future is a header of a format that does not exist yet.
func future() []byte {
	b := appendHeader(nil)
	binary.BigEndian.PutUint32(b[4:], 3)
	return b
}

// recoverCase is a folder, and what recovery makes of it.
type recoverCase struct {
	name  string
	files map[string][]byte
	after int64
	want  []int64
	err   string // part of the error; "" is none
}

// far returns more zeros than the batchBytesMax of 300 in simConfig.
func far() []byte { return zeros(400) }

func (c recoverCase) run(t *testing.T) {
	s := newSim(t)
	for name, data := range c.files {
		put(t, s, filepath.Join(simDir, name), data)
	}
	got, pos, err := zxids(simConfig(s), c.after)
	if c.err != "" {
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.err) {
			t.Fatalf("error %v, want %q", err, c.err)
		}
		return
	}
	if err != nil || !slices.Equal(got, c.want) {
		t.Fatalf("delivered %#x, %v; want %#x", got, err, c.want)
	}
	if last := append([]int64{c.after}, c.want...); pos.LastZxid != last[len(last)-1] || pos.Records != int64(len(c.want)) {
		t.Fatalf("position %+v", pos)
	}
	goesOn(t, simConfig(s), pos, c.after, c.want)
}

func TestRecoverDeliversInOrderWhatTheSnapshotLacks(t *testing.T) {
	for _, c := range []recoverCase{
		{name: "an empty folder is an empty log"},
		{
			name: "records are delivered in order, file after file, whatever else lies in the folder",
			files: map[string][]byte{
				"log.1": logFile(recs(1, 9)), "log.a": logFile(recs(10, 12)), "log.a.bak": {1}, "log.A": {1},
				"log.0b": {1}, "snapshot.3": {1}, "paddock.spare-1": {1},
			},
			want: upTo(12),
		},
		{
			name:  "padding is the end",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), zeros(9000))},
			want:  upTo(3),
		},
		{
			name:  "what the snapshot holds is not delivered",
			files: map[string][]byte{"log.1": logFile(recs(1, 5)), "log.6": logFile(recs(6, 9))},
			after: 7, want: []int64{8, 9},
		},
		{
			name:  "files wholly before the snapshot are not even opened",
			files: map[string][]byte{"log.1": {1, 2, 3}, "log.6": logFile(recs(6, 9))},
			after: 7, want: []int64{8, 9},
		},
		{
			name:  "a log that ends before the snapshot has nothing to add",
			files: map[string][]byte{"log.1": logFile(recs(1, 5))},
			after: 7,
		},
		{
			name:  "a log may begin right behind the snapshot",
			files: map[string][]byte{"log.8": logFile(recs(8, 9))},
			after: 7, want: []int64{8, 9},
		},
		{
			name:  "a later epoch may begin at 1",
			files: map[string][]byte{"log.1": logFile(recs(1, 2)), "log.200000001": logFile(rec(epoch2+1, ""))},
			want:  []int64{1, 2, epoch2 + 1},
		},
		{
			name:  "a later epoch may begin at 0, and within a file",
			files: map[string][]byte{"log.1": logFile(recs(1, 2), rec(epoch2, ""), rec(epoch2+1, ""))},
			want:  []int64{1, 2, epoch2, epoch2 + 1},
		},
		{
			name:  "two neighbours may share a zxid, in one file and across two",
			files: map[string][]byte{"log.1": logFile(recs(1, 2), rec(2, "error")), "log.2": logFile(rec(2, "error"), rec(3, ""))},
			want:  []int64{1, 2, 2, 2, 3},
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestRecoverRefusesALogWithAHole(t *testing.T) {
	for _, c := range []recoverCase{
		{
			name:  "a log purged too far is damage",
			files: map[string][]byte{"log.9": logFile(recs(9, 9))},
			after: 7, err: "log.9 is damaged at byte 16: expected a transaction that follows zxid 0x7, found zxid 0x9",
		},
		{
			name:  "an old snapshot with a hole before the next file is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 5)), "log.9": logFile(recs(9, 9))},
			after: 3, err: "log.1 is damaged at byte 246: expected the transactions after zxid 0x5",
		},
		{
			name:  "a later epoch without its beginning is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 2)), "log.200000007": logFile(rec(epoch2+7, ""))},
			err:   "goes on at zxid 0x200000007",
		},
		{
			name:  "zxids that run backwards are damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 5), rec(4, ""))},
			err:   "damaged at byte 246: expected a transaction not below zxid 0x5, found zxid 0x4",
		},
		{
			name:  "a file that begins with another zxid than its name is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 2)), "log.4": logFile(recs(3, 3))},
			err:   "log.4 is damaged at byte 16: expected zxid 0x4, as the name says, found zxid 0x3",
		},
		{
			name:  "a file whose name lies ahead is damage, even if the snapshot holds all its records",
			files: map[string][]byte{"log.9": logFile(recs(3, 4))},
			after: 5, err: "as the name says",
		},
		{
			name:  "a file that overlaps the one before is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 5)), "log.4": logFile(recs(4, 9))},
			err:   "not below zxid 0x5",
		},
		{
			name:  "a wrong checksum in an older file is damage, if the next goes on later",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(rec(4, ""), 20), recs(5, 6)), "log.7": logFile(recs(7, 8))},
			err:   "log.1 is damaged at byte 154: expected the transactions after zxid 0x3, so the Adler-32",
		},
		{
			name:  "zeros for a header with records behind are damage",
			files: map[string][]byte{"log.1": append(zeros(512), recs(1, 2)...)},
			err:   "damaged at byte 0: expected the header \"ZKLG\", version 2, found zeros, with other bytes behind",
		},
		{
			name:  "a short foreign file is damage",
			files: map[string][]byte{"log.1": []byte("ZKLOG")},
			err:   `log.1 is damaged at byte 0: expected the header "ZKLG", version 2, found a file of the bytes "ZKLOG"`,
		},
		{
			name:  "a foreign file is damage",
			files: map[string][]byte{"log.1": []byte("a text that is not a log at all")},
			err:   `log.1 is damaged at byte 0: expected the header "ZKLG", version 2, found "a te"`,
		},
		{
			name:  "a future version is damage",
			files: map[string][]byte{"log.1": append(future(), recs(1, 2)...)},
			err:   `found "ZKLG", version 3`,
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestRecoverExemptsWhatTheSnapshotHolds(t *testing.T) {
	for _, c := range []recoverCase{
		{
			name: "damage before the snapshot is exempt",
			files: map[string][]byte{
				"log.1": logFile(recs(1, 3), flip(rec(4, ""), 20), recs(5, 6), far(), recs(7, 7)),
				"log.8": logFile(recs(8, 9)),
			},
			after: 7, want: []int64{8, 9},
		},
		{
			name:  "damage before the snapshot is exempt in the last file too",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(rec(4, ""), 20), recs(5, 6), far(), recs(7, 7))},
			after: 7,
		},
		{
			name:  "damage before the snapshot is not exempt if something after it is lost, however near",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(rec(4, ""), 20), recs(5, 8))},
			after: 7, err: "with a whole record behind it at byte 337",
		},
		{
			name:  "damage before the snapshot is not exempt if something far after it is lost",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(rec(4, ""), 20), recs(5, 6), far(), recs(7, 8))},
			after: 7, err: "with a whole record behind it at byte",
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestRecoverTellsTheEndFromDamage(t *testing.T) {
	for _, c := range []recoverCase{
		{
			name:  "a torn tail in an older file is its end",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), rec(4, "torn")[:20]), "log.4": logFile(recs(4, 5))},
			want:  upTo(5),
		},
		{
			name: "a wrong checksum in an older file is its end, if the next goes on there",
			files: map[string][]byte{
				"log.1": logFile(recs(1, 3), flip(rec(4, "old"), 40), recs(5, 6)), "log.4": logFile(recs(4, 5)),
			},
			want: upTo(5),
		},
		{
			name:  "a torn last record is the end",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), rec(4, "long enough")[:30])},
			want:  upTo(3),
		},
		{
			name:  "a missing end mark is the end",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), rec(4, "")[:frameBytes+payloadBytesMin-1])},
			want:  upTo(3),
		},
		{
			name:  "a wrong end mark is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(rec(4, ""), frameBytes+payloadBytesMin-1), zeros(100))},
			err:   "expected the end mark 'B', found byte 0x02, with byte 0x02 where its end mark belongs",
		},
		{
			name:  "a missing sector with whole records of the same batch behind it is the end",
			files: map[string][]byte{"log.1": logFile(recs(1, 8), zeros(512-16-8*46), recs(12, 13), zeros(5000))},
			want:  upTo(8),
		},
		{
			name:  "a hole that is no sector is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), zeros(92), recs(6, 7), zeros(5000))},
			err:   "damaged at byte 154: expected a record, found a length of zero, which no crash leaves there",
		},
		{
			name:  "a hole with a whole record further behind than one batch is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), far(), recs(7, 7), zeros(5000))},
			err:   "damaged at byte 154: expected a record, found a length of zero, with a whole record behind it at byte 554",
		},
		{
			name:  "a flipped bit with a whole record further behind than one batch is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(recs(4, 20), 20))},
			err:   "damaged at byte 154: expected the Adler-32",
		},
		{
			name:  "a flipped length with a whole record further behind than one batch is damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), flip(recs(4, 20), 8))},
			err:   "damaged at byte 154: expected a record's length from 32 to",
		},
		{
			name:  "stale records behind the end are no damage",
			files: map[string][]byte{"log.1": logFile(recs(1, 9), far(), recs(2, 3), zeros(500))},
			want:  upTo(9),
		},
	} {
		t.Run(c.name, c.run)
	}
}

func TestRecoverPassesOverFilesWithoutRecords(t *testing.T) {
	for _, c := range []recoverCase{
		{
			name:  "an empty last file is nothing",
			files: map[string][]byte{"log.1": logFile(recs(1, 3)), "log.4": {}},
			want:  upTo(3),
		},
		{
			name: "half a header, a header of zeros and a header alone are nothing",
			files: map[string][]byte{
				"log.1": logFile(recs(1, 3)), "log.4": appendHeader(nil)[:9], "log.5": zeros(4096),
				"log.6": logFile(),
			},
			want: upTo(3),
		},
		{
			name:  "an empty file in the middle is nothing, if the next goes on",
			files: map[string][]byte{"log.1": logFile(recs(1, 4)), "log.3": {}, "log.5": logFile(recs(5, 6))},
			want:  upTo(6),
		},
		{
			name:  "a hole in the file before an empty last one is damage all the same",
			files: map[string][]byte{"log.1": logFile(recs(1, 3), far(), recs(7, 7)), "log.8": {}},
			err:   "log.1 is damaged at byte 154",
		},
	} {
		t.Run(c.name, c.run)
	}
}

// goesOn opens the log, adds a transaction, and finds it behind the others after a crash.
func goesOn(t *testing.T, cfg Config, pos Position, after int64, before []int64) {
	t.Helper()
	w, err := Open(cfg, pos)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, w, batch("new", pos.LastZxid+1))
	closeWriter(t, w)
	got, _, err := zxids(cfg, after)
	if want := append(slices.Clone(before), pos.LastZxid+1); err != nil || !slices.Equal(got, want) {
		t.Fatalf("after one more: delivered %#x, %v; want %#x", got, err, want)
	}
}

func TestRecoverReadsWhatAKilledApacheServerLeft(t *testing.T) {
	for _, after := range []int64{0, 5, 8} {
		var types []int32
		cfg := Config{Dir: "testdata/captured/apache-3.9.5-killed"}
		pos, err := Recover(cfg, after, func(_ int64, p []byte) error {
			types = append(types, int32(binary.BigEndian.Uint32(p[28:])))
			return nil
		})
		// createSession, three creates, setData, error, delete, closeSession
		want := []int32{-10, 1, 1, 1, 5, -1, 2, -11}[after:]
		if err != nil || pos.LastZxid != 8 || !slices.Equal(types, want) {
			t.Fatalf("after %d: %v, %v, %+v; want %v", after, types, err, pos, want)
		}
	}
}

func TestEveryTruncationOfACapturedLogIsAPrefix(t *testing.T) {
	whole, err := os.ReadFile("testdata/captured/apache-3.9.5-killed/log.1")
	if err != nil {
		t.Fatal(err)
	}
	const end = 0x299 // behind the last 'B'
	longest := 0
	for n := range len(whole[:end+20]) {
		s := newSim(t)
		put(t, s, filepath.Join(simDir, "log.1"), whole[:n])
		got, _, err := zxids(simConfig(s), 0)
		if err != nil || !slices.Equal(got, upTo(int64(len(got)))) || len(got) < longest {
			t.Fatalf("%d bytes: delivered %v, %v", n, got, err)
		}
		longest = len(got)
		if whole := len(got) == 8; whole != (n >= end) {
			t.Fatalf("%d bytes gave %d records", n, len(got))
		}
	}
}

func TestRecordsLargerThanTheWindowAndAcrossItsEdgesAreRead(t *testing.T) {
	s := newSim(t)
	var parts [][]byte
	for z, n := range []int{10, windowBytes - 200, 300, windowBytes, windowBytes - 13 - 32, 3*windowBytes + 7, 0, 2 * windowBytes} {
		parts = append(parts, rec(int64(z+1), strings.Repeat("v", n)))
	}
	put(t, s, simDir+"/log.1", logFile(append(parts, zeros(windowBytes))...))
	got, pos, err := zxids(simConfig(s), 0)
	if err != nil || !slices.Equal(got, upTo(8)) || pos.Bytes != int64(len(slices.Concat(parts...))) {
		t.Fatalf("delivered %v, %v, %+v", got, err, pos)
	}
	parts[5] = flip(parts[5], windowBytes)
	put(t, s, simDir+"/log.1", logFile(parts...))
	if got, _, err := zxids(simConfig(s), 0); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("a flipped bit in a large record: delivered %v, %v", got, err)
	}
}

func TestAnErrorOfTheCallerEndsTheReading(t *testing.T) {
	s := newSim(t)
	put(t, s, simDir+"/log.1", logFile(recs(1, 5)))
	enough, calls := errors.New("enough"), 0
	_, err := Recover(simConfig(s), 0, func(int64, []byte) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 || !strings.Contains(err.Error(), "log.1: the record of zxid 0x1 at byte 16: enough") {
		t.Fatalf("%d calls, %v", calls, err)
	}
}

func TestRecoverChangesNothing(t *testing.T) {
	s := newSim(t)
	files := map[string][]byte{"log.1": logFile(recs(1, 3), rec(4, "")[:20], zeros(99)), "log.5": {}, "paddock.spare-1": {1}}
	for name, data := range files {
		put(t, s, filepath.Join(simDir, name), data)
	}
	if _, _, err := zxids(simConfig(s), 0); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if !slices.Equal(get(t, s, filepath.Join(simDir, name)), data) {
			t.Errorf("%s was changed", name)
		}
	}
}
