package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"paddock/interop"
)

// memory is what a client keeps of a session to come back: on each side its own.
type memory struct {
	ids       [2]int64
	passwords [2][]byte
}

// hello is one connect request, the same for both sides but for id and password.
type hello struct {
	old     *memory // nil for a new session
	wrong   bool    // spoil the password
	unknown bool    // an id that nobody has
	timeout int32
	seen    int64
	tail    []byte // the readOnly byte, or what a client put there
	cut     int    // bytes cut off the end; 0 in a good one
	version int32
	noPass  bool      // null password
	behind  []request // sent in the same packet
	raw     []byte    // of a script: the whole frame instead of all that, but for id and password of old
}

// hello picks a connect request; odd ones are not expected to give a session.
func (p *plan) hello(old *memory) hello {
	h := hello{
		old: old, tail: []byte{0}, version: int32(p.rng.IntN(10)) / 9,
		timeout: pick(p, []int32{400_000, 500_000, 300_000, 899_999, 900_001, math.MaxInt32}),
	}
	switch p.rng.IntN(12) {
	case 0:
		h.tail = nil
	case 1:
		h.tail = []byte{1}
	case 2:
		h.tail = pick(p, [][]byte{{0, 0, 0}, {2}, {0, 'x'}})
	case 3:
		h.seen = pick(p, []int64{p.lastZxid, -1, math.MinInt64})
	case 4:
		h.noPass = old == nil
	}
	for p.rng.IntN(3) == 0 && len(h.behind) < 5 {
		h.behind = append(h.behind, p.burstRequest())
	}
	authFirst(h.behind)
	if p.variant.needsProof && len(h.behind) > 0 {
		h.behind = append([]request{p.proof()}, h.behind...)
	}
	return h
}

// oddHello picks a connect request that is refused.
func (p *plan) oddHello(old *memory) hello {
	h := p.hello(old)
	h.behind = nil
	switch n := p.rng.IntN(5); {
	case n == 0 && old != nil:
		h.wrong = true
	case n == 1:
		h.unknown = true
	case n == 2:
		h.seen = pick(p, []int64{p.lastZxid + 1_000_000, math.MaxInt64})
	case n == 3:
		h.tail, h.cut = []byte{0}, 2+p.rng.IntN(43)
	default:
		h.unknown, h.noPass = true, true
	}
	return h
}

// frame is the request's bytes for one side, with what is sent right behind it.
func (h *hello) frame(i int) []byte {
	if h.raw != nil {
		return h.rawFrame(i)
	}
	id, password := int64(0), make([]byte, 16)
	if h.old != nil {
		id, password = h.old.ids[i], bytes.Clone(h.old.passwords[i])
	}
	if h.wrong {
		password[3]++
	}
	if h.unknown {
		id = 0x0700_0000_0000_0123
	}
	if h.noPass {
		password = nil
	}
	body := interop.Body(nil).Int(h.version).Long(h.seen).Int(h.timeout).Long(id).Buffer(password)
	body = append(body, h.tail...)
	out := framed(body[:max(0, len(body)-h.cut)])
	for i := range h.behind {
		out = append(out, h.behind[i].frame()...)
	}
	return out
}

// rawFrame fills in the old session. A password that was spoilt is spoilt in the script too: it differs in a byte from
// sixteen zeros.
func (h *hello) rawFrame(i int) []byte {
	const idAt, passwordAt, bytesMin = 20, 32, 48
	out := bytes.Clone(h.raw)
	if h.old != nil && len(out) >= bytesMin {
		binary.BigEndian.PutUint64(out[idAt:], uint64(h.old.ids[i]))
		for k, b := range h.old.passwords[i] {
			out[passwordAt+k] += b
		}
	}
	for k := range h.behind {
		out = append(out, h.behind[k].frame()...)
	}
	return out
}

func (h *hello) String() string {
	return fmt.Sprintf("connect old=%v wrong=%v unknown=%v timeout=%d seen=0x%x tail=%x cut=%d version=%d null password=%v behind=%d",
		h.old != nil, h.wrong, h.unknown, h.timeout, h.seen, h.tail, h.cut, h.version, h.noPass, len(h.behind))
}
