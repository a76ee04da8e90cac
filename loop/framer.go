package loop

import "encoding/binary"

const (
	prefixBytes = 4
	// partBytesMin is what a frame that arrives in pieces gets at first, if it needs that much.
	partBytesMin = 4 << 10
	// wordArgBytes is the argument of stmk, a long.
	wordArgBytes = 8
	// telnetInterrupt is what telnet sends for Ctrl-C (IAC IP IAC DM's first half), read as a length.
	telnetInterrupt = 0xfff4fffd
)

// verdict is what the framer thinks of the bytes so far.
type verdict uint8

const (
	verdictGood   verdict = iota
	verdictWord           // the last frame is a four-letter word; no more input is wanted
	verdictTelnet         // close without a word
	verdictLength         // the announced length is out of range
)

// framer cuts one connection's bytes into frames. It has no socket and no clock.
type framer struct {
	bytesMax int
	words    map[string]bool
	// begun is set once the first frame was announced in full or a word was seen: from there on words are lengths.
	begun bool
	// head holds the bytes of an incomplete length prefix. Invariant: headLen < prefixBytes between calls, and it is 0
	// while need > 0.
	head    [prefixBytes]byte
	headLen int
	// part is the beginning of an incomplete frame of need bytes, in memory of its own that grows as bytes arrive, so
	// that announcing a megabyte costs nothing. Invariant: len(part) < need, or both are 0.
	part []byte
	need int
	// badLength is the announced length that led to verdictLength.
	badLength int32
}

// feed takes the next bytes and appends the frames that are complete now to frames. They are slices of data wherever
// possible: the caller must leave data[:used] alone from now on. What comes after a verdict other than good is ignored.
func (f *framer) feed(frames [][]byte, data []byte) (out [][]byte, used int, v verdict) {
	rest := data
	if f.need > 0 {
		if rest = f.grow(rest); f.need > 0 {
			return frames, 0, verdictGood
		}
		frames = append(frames, f.part)
		f.part = nil
	}
	for len(rest) > 0 {
		n := copy(f.head[f.headLen:], rest)
		f.headLen += n
		rest = rest[n:]
		if f.headLen < prefixBytes {
			break
		}
		f.headLen = 0
		if v := f.judge(); v == verdictWord {
			return append(frames, f.word(rest)), used, v
		} else if v != verdictGood {
			return frames, used, v
		}
		size := int(binary.BigEndian.Uint32(f.head[:]))
		if size > len(rest) {
			f.begin(size, rest)
			break
		}
		frames = append(frames, rest[:size:size])
		rest = rest[size:]
		used = len(data) - len(rest)
	}
	return frames, used, verdictGood
}

// judge looks at a complete prefix.
func (f *framer) judge() verdict {
	first := !f.begun
	f.begun = true
	n := int32(binary.BigEndian.Uint32(f.head[:]))
	switch {
	case first && f.words[string(f.head[:])]:
		return verdictWord
	case first && uint32(n) == telnetInterrupt:
		return verdictTelnet
	case n < 0 || int(n) > f.bytesMax || first && n == 0:
		f.badLength = n
		return verdictLength
	}
	return verdictGood
}

// word copies the word and, for stmk, its argument as far as it is here.
func (f *framer) word(rest []byte) []byte {
	w := make([]byte, prefixBytes, prefixBytes+wordArgBytes)
	copy(w, f.head[:])
	if string(w) == "stmk" {
		w = append(w, rest[:min(len(rest), wordArgBytes)]...)
	}
	return w
}

// begin starts a frame of size bytes of which only some are here.
func (f *framer) begin(size int, some []byte) {
	f.need = size
	f.part = make([]byte, 0, min(size, max(partBytesMin, 2*len(some))))
	f.grow(some)
}

// grow moves bytes from data into the incomplete frame and returns those that it does not need. need is 0 afterwards if
// the frame is complete.
func (f *framer) grow(data []byte) []byte {
	n := min(len(data), f.need-len(f.part))
	if want := len(f.part) + n; want > cap(f.part) {
		bigger := make([]byte, len(f.part), min(f.need, 2*want))
		copy(bigger, f.part)
		f.part = bigger
	}
	f.part = append(f.part, data[:n]...)
	if len(f.part) == f.need {
		f.need = 0
	}
	return data[n:]
}
