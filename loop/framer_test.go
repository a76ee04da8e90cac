package loop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"testing"
)

func frameOf(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

func testFramer() *framer {
	return &framer{bytesMax: 1 << 20, words: map[string]bool{"ruok": true, "stmk": true}}
}

// feedAll feeds data in pieces of the given sizes (the last one repeated) and copies what comes out.
func feedAll(f *framer, data []byte, sizes ...int) (frames [][]byte, v verdict) {
	for i := 0; len(data) > 0; i++ {
		n := min(max(sizes[min(i, len(sizes)-1)], 1), len(data))
		piece := bytes.Clone(data[:n])
		out, used, got := f.feed(nil, piece)
		for j := used; j < len(piece); j++ {
			piece[j] = 0xee // what is not used may be written again by the next read
		}
		for _, fr := range out {
			frames = append(frames, bytes.Clone(fr))
		}
		if got != verdictGood {
			return frames, got
		}
		data = data[n:]
	}
	return frames, verdictGood
}

func TestFirstBytesDecideWhatAConnectionIs(t *testing.T) {
	for _, c := range []struct {
		name  string
		input string
		want  []string
		v     verdict
	}{
		{"a known word is a word", "ruok", []string{"ruok"}, verdictWord},
		{"what follows a word is ignored", "ruok\nruok", []string{"ruok"}, verdictWord},
		{"stmk keeps its eight bytes", "stmk12345678rest", []string{"stmk12345678"}, verdictWord},
		{"stmk without its argument is a word", "stmk12", []string{"stmk12"}, verdictWord},
		{"an unknown word is a length", "GET ", nil, verdictLength},
		{"a word after a frame is a length", "\x00\x00\x00\x01xruok", []string{"x"}, verdictLength},
		{"telnet's Ctrl-C closes quietly", "\xff\xf4\xff\xfd\x06", nil, verdictTelnet},
		{"telnet's Ctrl-C after a frame is a length", "\x00\x00\x00\x01x\xff\xf4\xff\xfd", []string{"x"}, verdictLength},
		{"a negative length is refused", "\xff\xff\xff\xff", nil, verdictLength},
		{"the largest length is served", "\x00\x10\x00\x00", nil, verdictGood},
		{"one more is refused", "\x00\x10\x00\x01", nil, verdictLength},
		{"a first frame of zero bytes is refused", "\x00\x00\x00\x00", nil, verdictLength},
		{"a later frame of zero bytes is a frame", "\x00\x00\x00\x01x\x00\x00\x00\x00", []string{"x", ""}, verdictGood},
		{"frames before a bad length are delivered", "\x00\x00\x00\x01x\x00\x00\x00\x01y\x80\x00\x00\x00", []string{"x", "y"}, verdictLength},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, piece := range []int{len(c.input), 4, 3, 1} {
				if piece < len(c.input) && c.v == verdictWord {
					continue // an argument in pieces is allowed to be lost
				}
				got, v := feedAll(testFramer(), []byte(c.input), piece)
				if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) || v != c.v {
					t.Errorf("in pieces of %d: %q, verdict %d; want %q, %d", piece, got, v, c.want, c.v)
				}
			}
		})
	}
	if got, v := feedAll(testFramer(), []byte("ruok"), 1); v != verdictWord || string(got[0]) != "ruok" {
		t.Errorf("a word byte by byte: %q, verdict %d", got, v)
	}
}

func TestAnnouncingALargeFrameCostsLittle(t *testing.T) {
	f := testFramer()
	f.feed(nil, []byte{0, 0x10, 0, 0, 'x'})
	if cap(f.part) > partBytesMin {
		t.Errorf("one byte of a megabyte holds %d bytes", cap(f.part))
	}
	f.feed(nil, make([]byte, 100_000))
	if arrived := 100_001; cap(f.part) > 2*arrived {
		t.Errorf("%d bytes of a megabyte hold %d bytes", arrived, cap(f.part))
	}
}

func TestFramesAreSlicesOfWhatWasRead(t *testing.T) {
	var in []byte
	for i := range 100 {
		in = append(in, frameOf(bytes.Repeat([]byte{byte(i)}, i+1))...)
	}
	f, frames := testFramer(), make([][]byte, 0, 100)
	allocs := testing.AllocsPerRun(10, func() {
		out, used, _ := f.feed(frames, in)
		if len(out) != 100 || used != len(in) || &out[99][99] != &in[len(in)-1] {
			t.Fatal("frames are not slices of the input")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 100 frames", allocs)
	}
}

func TestAFrameCannotGrowIntoTheNext(t *testing.T) {
	in := append(frameOf([]byte("one")), frameOf([]byte("two"))...)
	out, _, _ := testFramer().feed(nil, in)
	_ = append(out[0], "XXXXXXXX"...)
	if string(out[1]) != "two" {
		t.Errorf("appending to a frame wrote into the next: %q", out[1])
	}
}

// FuzzFramer: however a stream is cut into reads, the frames and the verdict are those of a plain decoder that sees the
// whole stream.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01x\x00\x00\x00\x00\x00\x00\x00\x05hello"), int64(1))
	f.Add([]byte("ruok"), int64(2))
	f.Add([]byte("\x00\x00\x00\x01xruok"), int64(3))
	f.Add([]byte("\xff\xf4\xff\xfd"), int64(4))
	f.Fuzz(func(t *testing.T, data []byte, seed int64) {
		rnd := rand.New(rand.NewSource(seed))
		sizes := make([]int, 32)
		for i := range sizes {
			sizes[i] = 1 + rnd.Intn(9)
		}
		fr := &framer{bytesMax: 64, words: map[string]bool{"ruok": true}}
		got, v := feedAll(fr, data, sizes...)
		want, wantV := plainFrames(data, 64)
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || v != wantV {
			t.Errorf("%q: got %q, %d; want %q, %d", data, got, v, want, wantV)
		}
		if fr.need > 0 && (len(fr.part) >= fr.need || fr.headLen != 0) || fr.need == 0 && len(fr.part) > 0 && v == verdictGood {
			t.Errorf("need %d, part %d, head %d", fr.need, len(fr.part), fr.headLen)
		}
	})
}

// plainFrames is the model: the rule as one would say it.
func plainFrames(data []byte, bytesMax int) (frames [][]byte, v verdict) {
	for first := true; len(data) >= 4; first = false {
		if first && string(data[:4]) == "ruok" {
			return [][]byte{data[:4]}, verdictWord
		}
		if first && string(data[:4]) == "\xff\xf4\xff\xfd" {
			return nil, verdictTelnet
		}
		n := int(int32(binary.BigEndian.Uint32(data)))
		if n < 0 || n > bytesMax || first && n == 0 {
			return frames, verdictLength
		}
		if n > len(data)-4 {
			break
		}
		frames = append(frames, data[4:4+n])
		data = data[4+n:]
	}
	return frames, verdictGood
}
