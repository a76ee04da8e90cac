package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/codec"
	"paddock/disk"
	"paddock/snap"
	"paddock/zk"
)

// logOf makes a log of transactions: zxid z sets /z to some text.
func logOf(zxids ...int64) []byte {
	b := append([]byte("ZKLG\x00\x00\x00\x02"), make([]byte, 8)...)
	for _, z := range zxids {
		h := codec.TxnHeader{ClientID: 7, Cxid: 1, Zxid: z, TimeMs: 1, Type: zk.OpSetData}
		txn := codec.Txn{Type: zk.OpSetData, Path: "/z", Data: []byte(fmt.Sprintf("value %d", z)), Version: 1}
		payload := codec.AppendTxn(nil, &h, &txn, codec.TxnDigest{})
		b = binary.BigEndian.AppendUint64(b, uint64(adler32.Checksum(payload)))
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(payload))), payload...)
		b = append(b, endMark)
	}
	return b
}

func dumped(t *testing.T, log []byte) (LogDump, string, error) {
	t.Helper()
	var out bytes.Buffer
	d, err := DumpLog(&out, bytes.NewReader(log), int64(len(log)))
	return d, out.String(), err
}

func TestADumpGoesOnBehindWhatIsDamaged(t *testing.T) {
	whole := logOf(5, 6, 7)
	second := (len(whole)-16)/3 + 16
	flipped := bytes.Clone(whole)
	flipped[second+12+32+10] ^= 1
	unknown := bytes.Clone(whole)
	unknown[second+12+31] = 99 // the type
	for _, c := range []struct {
		name          string
		log           []byte
		want          string // in the output or the remarks
		records, bad  int64
		unread        int64
		err           error
		remarks, ends int
	}{
		{"a whole log", whole, "EOF reached after 3 txns.\n", 3, 0, 0, nil, 0, 1},
		{"padding", append(bytes.Clone(whole), make([]byte, 99)...), "EOF reached after 3 txns.\n", 3, 0, 0, nil, 0, 1},
		{"a flipped bit", flipped, "CRC ERROR - ", 3, 1, 0, nil, 0, 1},
		{"an unknown type", unknown, "CRC ERROR - a record of ", 3, 1, 1, nil, 1, 1},
		{"a record cut short", whole[:len(whole)-20], "a torn end, or damage", 2, 0, 0, nil, 1, 1},
		{"a few bytes more", append(bytes.Clone(whole), 1, 2, 3), "3 bytes, which are no whole record", 3, 0, 0, nil, 1, 1},
		{"no end mark", whole[:len(whole)-1], "version 2", 2, 0, 0, ErrPartial, 0, 0},
		{"no log", []byte("hello, this is no log at all"), "", 0, 0, 0, ErrNoLog, 0, 0},
		{"nothing", nil, "", 0, 0, 0, ErrNoLog, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, out, err := dumped(t, c.log)
			if !errors.Is(err, c.err) || d.Records != c.records || d.BadSums != c.bad || d.Unread != c.unread || len(d.Remarks) != c.remarks {
				t.Errorf("%+v, %v", d, err)
			}
			if said := out + strings.Join(d.Remarks, "\n"); !strings.Contains(said, c.want) || strings.Count(out, "EOF") != c.ends {
				t.Errorf("it said %q, want %q", said, c.want)
			}
		})
	}
}

func TestALengthBelowZeroIsAnErrorWithItsPlace(t *testing.T) {
	log := append(logOf(5), 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)
	_, _, err := dumped(t, log)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("record at byte %d: a length of -1", len(log)-12)) {
		t.Errorf("%v", err)
	}
}

func TestWhoAbortsAFixGetsNoMore(t *testing.T) {
	log := logOf(5, 6)
	log[16+12+32+10] ^= 1
	for _, answer := range []func() (byte, bool){
		func() (byte, bool) { return 'a', true },
		func() (byte, bool) { return 0, false },
	} {
		n, err := FixLog(io.Discard, io.Discard, bytes.NewReader(log), int64(len(log)), FixOptions{Ask: answer})
		if n != 0 || !errors.Is(err, ErrAborted) {
			t.Errorf("%d, %v", n, err)
		}
	}
}

func TestAFileIsJudgedByItselfUnderAnyName(t *testing.T) {
	whole := logOf(5, 6, 7)
	flipped := bytes.Clone(whole)
	flipped[16+12+32+10] ^= 1
	for _, c := range []struct {
		name, want string
		log        []byte
		damage     int64 // where; -1 for none
	}{
		{"whole", "header whole, 3 transactions, zxid 0x5 to 0x7, up to byte 214 of 214\n", whole, -1},
		{"padded", "up to byte 214 of 314; then padding\n", append(bytes.Clone(whole), make([]byte, 100)...), -1},
		{"torn", "2 transactions, zxid 0x5 to 0x6, up to byte 148 of 194; torn end of 44 bytes, as a crash leaves", whole[:len(whole)-20], -1},
		{"flipped", "DAMAGED at byte 16: expected the Adler-32", flipped, 16},
		{"no header", "DAMAGED at byte 0: expected the header \"ZKLG\"", []byte("this is a text, and not a log of any kind, is it?"), 0},
		{"empty", "no whole header", nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"log.5", "paddock.cut.5", "log.5.bak", "anything"} {
				path := filepath.Join(t.TempDir(), name)
				check(t, os.WriteFile(path, c.log, 0o600))
				v, err := VerifyLog(disk.OS{}, path)
				check(t, err)
				if text := v.Text(); !strings.HasPrefix(text, path+": ") || !strings.Contains(text, c.want) {
					t.Errorf("%q, want %q", text, c.want)
				}
				if d := v.Damage(); (d != nil) != (c.damage >= 0) || d != nil && (d.Offset != c.damage || d.File != path) {
					t.Errorf("damage %v", d)
				}
			}
		})
	}
}

func TestAFolderIsJudgedBehindItsNewestWholeSnapshot(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, text []byte) { check(t, os.WriteFile(filepath.Join(dir, name), text, 0o600)) }
	check(t, snap.WriteEmpty(snap.Config{FS: disk.OS{}, Dir: dir, Log: quiet(), Now: now}))
	zero, err := os.ReadFile(filepath.Join(dir, "snapshot.0"))
	check(t, err)
	put("snapshot.6", zero)
	put("snapshot.9", zero[:len(zero)-3])
	put("log.1", logOf(1, 2, 3))
	put("log.4", logOf(4, 5, 6, 7))
	put("log.8", append(logOf(8, 9), 1, 2, 3))
	v, err := VerifyLogs(disk.OS{}, dir, dir)
	check(t, err)
	text := v.Text()
	for _, want := range []string{
		"broken snapshot: snap: read " + filepath.Join(dir, "snapshot.9"), "log.1: header whole, 3 transactions, zxid 0x1 to 0x3",
		"; no server needs it\n", "the log behind snapshot.6:\n", "log.4: header whole, 4", "log.8: header whole, 2 transactions", "torn end of 3 bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nlacks %q", text, want)
		}
	}
	if v.Damage() != nil || v.Report.LastZxid != 9 || v.Report.Records != 3 {
		t.Errorf("%+v", v.Report)
	}
	put("log.8", logOf(9)) // a gap
	if v, err = VerifyLogs(disk.OS{}, dir, dir); err != nil || v.Damage() == nil || v.Report.LastZxid != 7 {
		t.Errorf("a gap: %+v, %v", v.Report, err)
	}
	put("log.8", logOf(8))
	broken := logOf(1, 2, 3)
	broken[60] ^= 1
	put("log.1", broken)
	if v, err = VerifyLogs(disk.OS{}, dir, dir); err != nil || v.Report.Damage != nil || v.Damage() == nil {
		t.Errorf("damage in a file that is not needed: %+v, %v", v.Damage(), err)
	}
}

// FuzzLogTools holds: whatever the bytes are, no tool panics or believes a length; what was fixed has no wrong checksum.
func FuzzLogTools(f *testing.F) {
	whole := logOf(5, 6, 7)
	f.Add(whole)
	f.Add(whole[:len(whole)-20])
	f.Add(append(bytes.Clone(whole), make([]byte, 40)...))
	flipped := bytes.Clone(whole)
	flipped[16+12+32+10] ^= 1
	f.Add(flipped)
	f.Add([]byte("ZKLG\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, log []byte) {
		size := int64(len(log))
		d, err := DumpLog(io.Discard, bytes.NewReader(log), size)
		var fixed bytes.Buffer
		n, fixErr := FixLog(io.Discard, &fixed, bytes.NewReader(log), size, FixOptions{Yes: true})
		if (err == nil) != (fixErr == nil) || err == nil && n != d.BadSums {
			t.Fatalf("a dump says %+v, %v; a fix %d, %v", d, err, n, fixErr)
		}
		if again, err := DumpLog(io.Discard, bytes.NewReader(fixed.Bytes()), int64(fixed.Len())); fixErr == nil && (err != nil || again.BadSums != 0) {
			t.Fatalf("the fixed copy: %+v, %v", again, err)
		}
		_ = ChopLog(io.Discard, io.Discard, bytes.NewReader(log), size, 6)
		path := filepath.Join(t.TempDir(), "log")
		check(t, os.WriteFile(path, log, 0o600))
		if _, err := VerifyLog(disk.OS{}, path); err != nil {
			t.Fatal(err)
		}
	})
}
