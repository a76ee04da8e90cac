package interop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryReplyIsByteForByteThatOfApache runs the script on fresh servers, both kinds, and compares the frames that come back:
// errors, Stats, zxids and the order of events included. Only times, session ids and passwords may differ.
func TestEveryReplyIsByteForByteThatOfApache(t *testing.T) {
	run := func(program Program) []Shot {
		s := newServer(t, program)
		check(t, s.Start())
		shots, err := Script(s.Addr())
		check(t, err)
		return shots
	}
	want, got := run(tools.apache), run(tools.server)
	if len(want) != len(got) {
		t.Fatalf("%d shots on apache, %d on %s", len(want), len(got), tools.server.Name)
	}
	for i, w := range want {
		g := got[i]
		if strings.HasPrefix(w.Name, "connect") {
			w.Reply, g.Reply = anonymous(w.Reply), anonymous(g.Reply)
		}
		sameFrame(t, w.Name, w.Reply, g.Reply)
		if len(w.Events) != len(g.Events) {
			t.Errorf("%s: %d events, on apache %d", w.Name, len(g.Events), len(w.Events))
			continue
		}
		for n := range w.Events {
			sameFrame(t, fmt.Sprintf("%s, event %d", w.Name, n+1), w.Events[n], g.Events[n])
		}
	}
}

func sameFrame(t *testing.T, name string, want, got []byte) {
	t.Helper()
	want, got = masked(want), masked(got)
	if strings.HasPrefix(name, "getChildren") {
		want, got = ordered(want), ordered(got)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s:\n  apache %x\n  %s %x", name, want, tools.server.Name, got)
	}
}

// ordered is a reply of getChildren or getChildren2 with its names in order: Apache sends them in that of a hash table.
func ordered(reply []byte) []byte {
	const bodyAt = 4 + 16
	if len(reply) <= bodyAt {
		return reply
	}
	r := Read(reply[bodyAt:])
	names := r.Strings()
	slices.Sort(names)
	return append(Body(bytes.Clone(reply[:bodyAt])).Strings(names...), r.rest...)
}

// anonymous is a connect reply with ones for a session id and a password that are not empty.
func anonymous(reply []byte) []byte {
	const id, passwordEnd = 4 + 4 + 4, 4 + 4 + 4 + 8 + 4 + 16
	if len(reply) < passwordEnd || bytes.Equal(reply[id:id+8], make([]byte, 8)) {
		return reply
	}
	out := bytes.Clone(reply)
	copy(out[id:], bytes.Repeat([]byte{1}, 8))
	copy(out[passwordEnd-16:], bytes.Repeat([]byte{1}, 16))
	return out
}

// masked is a frame with zeros for whatever looks like a time of these days in milliseconds, or like the id that this day's
// servers give to sessions. Nothing else in the script's replies is that large.
func masked(frame []byte) []byte {
	const dayMs = 24 * 3600 * 1000
	now := time.Now().UnixMilli()
	out := bytes.Clone(frame)
	for i := 0; i+8 <= len(out); i++ {
		v := int64(binary.BigEndian.Uint64(out[i:]))
		if v > now-dayMs && v < now+dayMs || v>>56 == 1 && v&0xffff < 0x100 && i > 16 {
			copy(out[i:], make([]byte, 8))
		}
	}
	return out
}
