package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/zk"
)

// capturedFrame reads one file of testdata/captured: a line of comment, then a frame in hex, its length included.
func capturedFrame(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "\n")
	frame, err := hex.DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return frame
}

func capturedFiles(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "captured", "*", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured files match %s: %v", pattern, err)
	}
	return files
}

// changes tells which requests do not come back the same: those that were sent broken on purpose, those with bytes behind the
// record, strings that are not UTF-8, and reads of a null path.
func changes(path string) bool {
	name := filepath.Base(path)
	for _, part := range []string{"undecodable", "truncated", "negative", "unknown", "getData-null", "trailing", "marshalling", "not-utf8"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// Every request that a real client sent is decoded and encoded again to the same bytes.
func TestCapturedRequestsSurviveARoundTrip(t *testing.T) {
	seen := map[zk.Op]int{}
	for _, path := range capturedFiles(t, "*.request.hex") {
		if changes(path) {
			continue
		}
		frame := capturedFrame(t, path)
		if n := binary.BigEndian.Uint32(frame); int(n) != len(frame)-4 {
			continue // a frame whose length is wrong on purpose
		}
		body := frame[4:]
		if strings.HasPrefix(filepath.Base(path), "connect") {
			r, err := DecodeConnectRequest(body)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			check(t, path, AppendConnectRequest(nil, &r), body)
			continue
		}
		d := NewDecoder(body)
		h := d.RequestHeader()
		again, ok := reencode(&d, h)
		if !ok {
			continue // an operation of a later issue
		}
		if d.Err() != nil {
			t.Errorf("%s: %v", path, d.Err())
			continue
		}
		seen[h.Op]++
		check(t, path, again, body)
	}
	for _, op := range []zk.Op{
		zk.OpCreate, zk.OpCreate2, zk.OpDelete, zk.OpExists, zk.OpGetData, zk.OpSetData, zk.OpGetACL, zk.OpSetACL,
		zk.OpGetChildren, zk.OpGetChildren2, zk.OpSync, zk.OpMulti, zk.OpSetWatches, zk.OpAuth, zk.OpCloseSession,
	} {
		if seen[op] == 0 {
			t.Errorf("no captured request of %v was compared", op)
		}
	}
}

func check(t *testing.T, path string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", path, got, want)
	}
}

// reencode decodes a request body and appends it again behind its header.
func reencode(d *Decoder, h RequestHeader) ([]byte, bool) {
	b := AppendRequestHeader(nil, h)
	switch h.Op {
	case zk.OpMulti:
		for {
			m := d.MultiHeader()
			b = AppendMultiHeader(b, m)
			if m.Done || d.Err() != nil {
				return b, true
			}
			var ok bool
			if b, ok = reencodeBody(b, d, m.Op); !ok {
				return nil, false
			}
		}
	default:
		return reencodeBody(b, d, h.Op)
	}
}

func reencodeBody(b []byte, d *Decoder, op zk.Op) ([]byte, bool) {
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateTTL, zk.OpCreateContainer:
		r := d.CreateRequest(op, nil)
		return AppendCreateRequest(b, op, &r), true
	case zk.OpDelete, zk.OpCheck:
		r := d.PathVersion()
		return AppendPathVersion(b, r.Path, r.Version), true
	case zk.OpExists, zk.OpGetData, zk.OpGetChildren, zk.OpGetChildren2:
		r := d.PathWatch()
		return AppendPathWatch(b, r.Path, r.Watch), true
	case zk.OpSetData:
		r := d.SetDataRequest()
		return AppendSetDataRequest(b, r.Path, r.Data, r.Version), true
	case zk.OpGetACL, zk.OpSync:
		return AppendString(b, d.Text()), true
	case zk.OpSetACL:
		r := d.SetACLRequest(nil)
		return AppendSetACLRequest(b, r.Path, r.ACL, r.Version), true
	case zk.OpAuth:
		r := d.AuthPacket()
		return AppendAuthPacket(b, r.Scheme, r.Auth), true
	case zk.OpSetWatches, zk.OpSetWatches2:
		r := d.SetWatches2(op)
		return AppendSetWatches2(b, op, &r), true
	case zk.OpAddWatch, zk.OpCheckWatches, zk.OpRemoveWatches:
		r := d.PathCode()
		return AppendPathCode(b, r.Path, r.Code), true
	case zk.OpPing, zk.OpCloseSession:
		return b, true
	default:
		return nil, false
	}
}

// Every reply and event that a real server sent is decoded and encoded again to the same bytes.
func TestCapturedRepliesSurviveARoundTrip(t *testing.T) {
	seen := 0
	for _, path := range capturedFiles(t, "*.reply.hex") {
		request := strings.TrimSuffix(path, ".reply.hex") + ".request.hex"
		if _, err := os.Stat(request); err != nil {
			continue
		}
		body := capturedFrame(t, path)[4:]
		if strings.HasPrefix(filepath.Base(path), "connect") {
			r, err := DecodeConnectResponse(body)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			check(t, path, AppendConnectResponse(nil, &r), body)
			continue
		}
		q := NewDecoder(capturedFrame(t, request)[4:])
		op := q.RequestHeader().Op
		d := NewDecoder(body)
		h := d.ReplyHeader()
		again := AppendReplyHeader(nil, h)
		if h.Err == zk.ErrOK && d.Remaining() > 0 {
			var ok bool
			if again, ok = reencodeReply(again, &d, op); !ok {
				continue
			}
		}
		if d.Err() != nil {
			t.Errorf("%s: %v", path, d.Err())
			continue
		}
		seen++
		check(t, path, again, body)
	}
	for _, path := range capturedFiles(t, "*event-*.hex") {
		frame := capturedFrame(t, path)
		d := NewDecoder(frame[4:])
		h, e := d.ReplyHeader(), d.WatcherEvent()
		check(t, path, AppendEvent(nil, h.Zxid, e.Type, e.Path), frame)
		seen++
	}
	if seen < 100 {
		t.Errorf("only %d replies were compared", seen)
	}
}

func reencodeReply(b []byte, d *Decoder, op zk.Op) ([]byte, bool) {
	switch op {
	case zk.OpCreate:
		return AppendString(b, d.Path()), true
	case zk.OpSync:
		return AppendBuffer(b, d.Buffer()), true
	case zk.OpCreate2:
		b = AppendString(b, d.Path())
	case zk.OpGetData:
		b = AppendBuffer(b, d.Buffer())
	case zk.OpGetACL:
		b = AppendACL(b, d.ACL(nil))
	case zk.OpGetChildren:
		return AppendStrings(b, d.Strings()), true
	case zk.OpGetChildren2:
		b = AppendStrings(b, d.Strings())
	case zk.OpExists, zk.OpSetData, zk.OpSetACL:
	case zk.OpMulti:
		return reencodeMultiReply(b, d)
	default:
		return nil, false
	}
	s := d.Stat()
	return AppendStat(b, &s), true
}

func reencodeMultiReply(b []byte, d *Decoder) ([]byte, bool) {
	for {
		h := d.MultiHeader()
		b = AppendMultiHeader(b, h)
		if h.Done || d.Err() != nil {
			return b, true
		}
		switch h.Op {
		case zk.OpError:
			b = AppendInt32(b, d.Int32())
		case zk.OpDelete, zk.OpCheck:
		default:
			var ok bool
			if b, ok = reencodeReply(b, d, h.Op); !ok {
				return nil, false
			}
		}
	}
}
