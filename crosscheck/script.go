package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"paddock/zk"
)

// A script is a stream that has been sent, as text that can be sent again: one line for each thing done.
//
//	settings <key>=<value> ...       the servers' configuration, in front of all else; words that begin with -D are properties
//	connect 0 <name> [<old>]: <hex>  a new connection in slot 0; its session gets a name; <old> names the session it renews.
//	                                 The session's id and password are filled in where the bytes of the request have them.
//	ask 0: <hex> <hex> ...           requests in one packet, whole frames, and all their answers
//	hangup 0                         the client ends the connection
//	# and behind it                  a comment
//
// Only what goes over the wire is kept: no waiting for sessions to expire.

// act is one thing that was done.
type act struct {
	kind     string // connect, ask or hangup
	slot     int
	hello    hello
	requests []request
	got      *memory // of the session that a connect gave
}

// script is everything done, in order.
type script []act

// record notes an act for a script.
func (r *run) record(a act) {
	r.script = append(r.script, a)
}

// text writes a script, comments included.
func (s script) text(settings []string) string {
	var b strings.Builder
	if len(settings) > 0 {
		fmt.Fprintf(&b, "settings %s\n", strings.Join(settings, " "))
	}
	names := map[*memory]string{}
	for i, a := range s {
		switch a.kind {
		case "connect":
			name := fmt.Sprintf("s%d", i)
			names[a.got] = name
			old := ""
			if a.hello.old != nil && names[a.hello.old] != "" {
				old = " " + names[a.hello.old]
			}
			bare := a.hello
			bare.behind, bare.old = nil, nil
			fmt.Fprintf(&b, "# %v\nconnect %d %s%s: %x", &a.hello, a.slot, name, old, bare.frame(0))
			writeRequests(&b, a.hello.behind)
		case "ask":
			for k := range a.requests {
				fmt.Fprintf(&b, "# %s\n", strings.ReplaceAll(fmt.Sprintf("%.300s", a.requests[k].String()), "\n", "\n#"))
			}
			fmt.Fprintf(&b, "ask %d:", a.slot)
			writeRequests(&b, a.requests)
		default:
			fmt.Fprintf(&b, "%s %d", a.kind, a.slot)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func writeRequests(b *strings.Builder, requests []request) {
	for k := range requests {
		end := ""
		if requests[k].ends {
			end = "!" // the connection is to end
		}
		fmt.Fprintf(b, " %x%s", requests[k].frame(), end)
	}
}

// parseScript reads what text has written.
func parseScript(text string) (settings []string, s script, err error) {
	sessions := map[string]*memory{}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		if list, is := strings.CutPrefix(line, "settings "); is && s == nil {
			settings = append(settings, strings.Fields(list)...)
			continue
		}
		head, tail, _ := strings.Cut(line, ":")
		words := strings.Fields(head)
		frames, err := parseFrames(strings.Fields(tail))
		if err != nil || len(words) < 2 {
			return nil, nil, fmt.Errorf("crosscheck: line %.80q: %w", line, err)
		}
		a := act{kind: words[0], requests: frames}
		if _, err := fmt.Sscan(words[1], &a.slot); err != nil || a.slot < 0 || a.slot >= slotCount {
			return nil, nil, fmt.Errorf("crosscheck: slot in line %.80q: %w", line, err)
		}
		if a.kind == "connect" {
			if len(words) < 3 || len(frames) == 0 {
				return nil, nil, fmt.Errorf("crosscheck: line %.80q: no session or no request", line)
			}
			a.hello = hello{raw: frames[0].frame(), behind: frames[1:]}
			if len(words) > 3 {
				a.hello.old = sessions[words[3]]
			}
			a.got = &memory{}
			sessions[words[2]], a.requests = a.got, nil
		}
		s = append(s, a)
	}
	return settings, s, lines.Err()
}

// parseFrames makes requests of frames in hex. One too short for a header, or with a wrong length, stays raw.
func parseFrames(words []string) ([]request, error) {
	const headerBytes = 12 // length, xid, operation
	var requests []request
	for _, word := range words {
		frame, err := hex.DecodeString(strings.TrimSuffix(word, "!"))
		if err != nil {
			return nil, err
		}
		q := request{op: rawOp, body: frame, ends: strings.HasSuffix(word, "!")}
		if len(frame) >= headerBytes && int(binary.BigEndian.Uint32(frame)) == len(frame)-4 {
			q.xid, q.op = int32(binary.BigEndian.Uint32(frame[4:])), zk.Op(binary.BigEndian.Uint32(frame[8:]))
			q.body = frame[headerBytes:]
		}
		requests = append(requests, q)
	}
	return requests, nil
}

// play does a script again. An act whose connection is not there any more is left out.
func (r *run) play(s script) error {
	sessions := map[*memory]*memory{}
	for _, a := range s {
		lives := r.slots[a.slot].conns[0] != nil
		switch {
		case a.kind == "connect":
			if lives {
				r.hangUp(a.slot)
			}
			h := a.hello
			h.old = sessions[a.hello.old]
			if a.hello.old != nil && h.old == nil {
				continue
			}
			if err := r.tolerate(a.slot, r.connect(a.slot, h)); err != nil {
				return err
			}
			if a.got != nil && r.slots[a.slot].conns[0] != nil {
				sessions[a.got] = r.slots[a.slot].memory
			}
		case !lives:
		case a.kind == "ask":
			if err := r.tolerate(a.slot, r.ask(a.slot, a.requests)); err != nil {
				return err
			}
		case a.kind == "hangup":
			r.hangUp(a.slot)
		}
	}
	for n := range r.slots {
		if r.slots[n].conns[0] != nil {
			if err := r.tolerate(n, r.settle(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tolerate lets pass what both sides do alike: a script that has lost some of its acts may end connections anywhere.
func (r *run) tolerate(n int, err error) error {
	if mismatch, is := errors.AsType[*mismatch](err); is && mismatch.same {
		r.hangUp(n)
		return nil
	}
	return err
}
