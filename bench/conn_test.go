package bench

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"paddock/codec"
	"paddock/zk"
)

// asked is a connection without a socket that waits for the answers 1 to n.
func asked(n int) *conn {
	c := &conn{engine: &engine{traffic: newTraffic(DefaultOptions())}}
	for range n {
		c.expect(nextXid(c.sent), pending{dueNs: 5, kind: kindSet})
	}
	return c
}

func answerFrame(xid int32, code zk.Err) []byte {
	b, at := codec.BeginFrame(nil)
	b = codec.AppendReplyHeader(b, codec.ReplyHeader{Xid: xid, Zxid: 9, Err: code})
	b = codec.AppendStat(b, &zk.Stat{})
	codec.EndFrame(b, at)
	return b
}

func TestAnswersAreMatchedInOrderWhateverTheirPieces(t *testing.T) {
	stream := bytes.Join([][]byte{
		answerFrame(1, 0), answerFrame(zk.XidPing, 0), answerFrame(2, 0), codec.AppendEvent(nil, 1, zk.EventNodeDataChanged, "/a"), answerFrame(3, 0),
	}, nil)
	for cut := range len(stream) {
		c := asked(3)
		c.engine.traffic.changeNs.Store(6)
		used, err := c.frames(stream[:cut], 7)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.frames(stream[used:], 7); err != nil {
			t.Fatal(err)
		}
		want := []sample{{5, 7, kindSet}, {5, 7, kindSet}, {6, 7, kindEvent}, {5, 7, kindSet}}
		if c.open.count != 0 || c.engine.open != 0 || c.answers != 3 || c.engine.events != 1 || !slices.Equal(c.engine.samples, want) {
			t.Fatalf("cut at %d: %d open, %d answers, samples %v", cut, c.open.count, c.answers, c.engine.samples)
		}
	}
}

func TestAnswersThatMakeNoSenseAreErrors(t *testing.T) {
	short := answerFrame(1, 0)[:codec.FrameLengthBytes+codec.ReplyHeaderBytes-1]
	binary.BigEndian.PutUint32(short, uint32(len(short)-codec.FrameLengthBytes))
	for want, b := range map[string][]byte{
		"an answer with xid 2 where 1 (set) was due": answerFrame(2, 0),
		"an answer of 15 bytes":                      short,
		"an answer of 4294967295 bytes":              {0xff, 0xff, 0xff, 0xff},
		"set was refused: NoNode":                    answerFrame(1, zk.ErrNoNode),
		"but nothing was asked":                      append(answerFrame(1, 0), answerFrame(2, 0)...),
	} {
		if _, err := asked(1).frames(b, 7); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	c := asked(0)
	c.open.push(pending{kind: kindGet})
	if _, err := c.frames(answerFrame(1, 0), 7); err == nil || !strings.Contains(err.Error(), "too short for data and a Stat") {
		t.Errorf("getData without data: got %v", err)
	}
}

func TestXidsBeginAnewAfterTheLargest(t *testing.T) {
	c := asked(0)
	c.sent, c.answered = math.MaxInt32-1, math.MaxInt32-1
	for range 2 {
		c.expect(nextXid(c.sent), pending{kind: kindSet})
	}
	if _, err := c.frames(append(answerFrame(math.MaxInt32, 0), answerFrame(1, 0)...), 7); err != nil || c.sent != 1 {
		t.Errorf("%v, the newest xid is %d", err, c.sent)
	}
}

func TestAnswersAllocateNothing(t *testing.T) {
	c := asked(0)
	c.engine.samples = make([]sample, 0, 64)
	c.open.push(pending{})
	c.open.pop()
	answer := answerFrame(1, 0)
	if n := testing.AllocsPerRun(1000, func() {
		c.sent, c.answered = 0, 0
		c.open.push(pending{kind: kindSet})
		if _, err := c.frames(answer, 7); err != nil {
			t.Fatal(err)
		}
		c.engine.samples = c.engine.samples[:0]
	}); n != 0 {
		t.Errorf("%v allocations per answer", n)
	}
}

func TestHandshakeAnswersAreBounded(t *testing.T) {
	for want, b := range map[string][]byte{"EOF": {0, 0}, "at most 1024": {0, 1, 0, 0}, "unexpected EOF": {0, 0, 0, 9, 1}} {
		if _, err := readFrame(bytes.NewReader(b)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", b, err, want)
		}
	}
	if frame, err := readFrame(io.MultiReader(bytes.NewReader([]byte{0, 0, 0, 2, 7, 8, 9}))); err != nil || !bytes.Equal(frame, []byte{7, 8}) {
		t.Errorf("got %v, %v", frame, err)
	}
}

// Whatever a server sends, it is refused, or whole frames are taken and no request is answered twice.
func FuzzAnswers(f *testing.F) {
	f.Add(answerFrame(1, 0))
	f.Add(append(answerFrame(zk.XidPing, 0), answerFrame(1, zk.ErrNoNode)...))
	f.Add(codec.AppendEvent(nil, 1, zk.EventNodeDataChanged, "/a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := asked(3)
		used, err := c.frames(b, 7)
		if used > len(b) || c.open.count+int(c.answers) > 3 || err == nil && c.open.count+int(c.answers) != 3 {
			t.Fatalf("used %d of %d bytes, %d open, %d answers, %v", used, len(b), c.open.count, c.answers, err)
		}
	})
}
