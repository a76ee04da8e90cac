package interop

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rawCase is bytes that no client library sends, on a connection of their own.
type rawCase struct {
	name  string
	bare  bool   // no session: the bytes come first
	bytes []byte // whole frames, or less
	half  bool   // then the client ends its side
	first bool   // only the first answer counts: what else comes is chance on Apache
	ends  bool   // behind the last answer the connection ends. A ping might be quicker than Apache, so it is left out.
}

// TestWhatNoClientSendsIsAnsweredByteForByteAsByApache compares every byte that comes back, and whether the connection ends.
func TestWhatNoClientSendsIsAnsweredByteForByteAsByApache(t *testing.T) {
	cases := slices.Concat(rawLengths(), rawConnects(), rawOps(), rawBodies(), rawOrders())
	answers := [2][]string{}
	for i, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, program, "minSessionTimeout=800000", "maxSessionTimeout=900000", "extendedTypesEnabled=true")
		check(t, s.Start())
		for _, c := range cases {
			answer, err := rawTalk(s.Addr(), c)
			if err != nil {
				t.Fatalf("%s on %s: %v", c.name, program.Name, err)
			}
			answers[i] = append(answers[i], answer)
		}
	}
	for k, c := range cases {
		if answers[0][k] != answers[1][k] {
			t.Errorf("%s:\n  apache\n%s  %s\n%s", c.name, folded(answers[0][k]), tools.server.Name, folded(answers[1][k]))
		}
	}
}

// folded writes the same line many times as one.
func folded(text string) string {
	var b strings.Builder
	lines, times := strings.SplitAfter(text, "\n"), 1
	for i, line := range lines {
		if i+1 < len(lines) && lines[i+1] == line {
			times++
			continue
		}
		if times > 1 {
			fmt.Fprintf(&b, "    %d times\n", times)
		}
		b.WriteString(line)
		times = 1
	}
	return b.String()
}

// rawTalk sends a case's bytes and returns all that comes back, one line for each frame, times and ids masked. Every whole
// frame is answered or ends the connection; behind the last answer a ping asks which.
func rawTalk(addr string, c rawCase) (string, error) {
	raw, err := net.DialTimeout("tcp", addr, PatienceMax)
	if err != nil {
		return "", err
	}
	defer func() { _ = raw.Close() }() // all that counts has been read
	in := bufio.NewReader(raw)
	if !c.bare {
		write(raw, Hello{Session: Session{Timeout: rawTimeout}}.Frame())
		if _, err := rawFrame(raw, in); err != nil {
			return "", fmt.Errorf("connect: %w", err)
		}
	}
	write(raw, c.bytes)
	if c.half {
		if err := raw.(*net.TCPConn).CloseWrite(); err != nil {
			return "", err
		}
	}
	return rawAnswers(raw, in, c)
}

func rawAnswers(raw net.Conn, in *bufio.Reader, c rawCase) (string, error) {
	var text strings.Builder
	for left := wholeFrames(c.bytes); ; {
		if left == 0 && !c.ends {
			write(raw, framed(Body(nil).Int(-2).Int(OpPing)))
		}
		frame, err := rawFrame(raw, in)
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF) {
			return text.String() + "    the end\n", nil
		}
		switch {
		case err != nil:
			return "", err
		case left == 0 && int32(binary.BigEndian.Uint32(frame[4:])) == -2:
			return text.String() + "    and goes on\n", nil
		}
		if c.bare && text.Len() == 0 {
			c.ends = rawRefused(frame)
			frame = anonymous(frame)
		}
		fmt.Fprintf(&text, "    %x\n", masked(frame))
		if c.first {
			return text.String(), nil
		}
		if !rawEvent(frame) {
			left--
		}
	}
}

// rawRefused tells a connect response without a session.
func rawRefused(frame []byte) bool {
	const idAt, idEnd = 4 + 4 + 4, 4 + 4 + 4 + 8
	return len(frame) >= idEnd && binary.BigEndian.Uint64(frame[idAt:]) == 0
}

// rawTimeout outlasts the test, as the shortest timeout of its servers does: a session that expires uses up a zxid.
const rawTimeout = 15 * time.Minute

// rawEvent tells an event from the answer to a request under xid -1.
func rawEvent(frame []byte) bool {
	const headerBytes = 4 + 16
	return int32(binary.BigEndian.Uint32(frame[4:])) == -1 && len(frame) >= headerBytes+12 &&
		binary.BigEndian.Uint32(frame[headerBytes+4:]) == 3 // connected
}

// wholeFrames counts frames; -1 if what comes behind them is none, so that only the end of the connection can follow.
func wholeFrames(b []byte) int {
	n := 0
	for len(b) >= 4 {
		size := int(int32(binary.BigEndian.Uint32(b)))
		if size < 0 || size > len(b)-4 {
			return -1
		}
		b = b[4+size:]
		n++
	}
	if len(b) > 0 {
		return -1
	}
	return n
}

// rawFrame reads one frame, its length included.
func rawFrame(raw net.Conn, in *bufio.Reader) ([]byte, error) {
	if err := raw.SetReadDeadline(time.Now().Add(PatienceMax)); err != nil {
		return nil, err
	}
	size, err := in.Peek(4)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size)
	if n < 4 || n > 64<<20 {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	frame := make([]byte, 4+n)
	_, err = io.ReadFull(in, frame)
	return frame, err
}

// rawRequest is one frame.
func rawRequest(xid, op int32, body Body) []byte {
	return framed(append(Body(nil).Int(xid).Int(op), body...))
}

// rawLengths are wrong lengths, and the longest right one: jute.maxbuffer is 1,048,575 bytes.
func rawLengths() []rawCase {
	const longest = 1_048_575
	long := func(bytes int) []byte {
		return rawRequest(1, OpExists, append(WatchBody("/", false), make([]byte, bytes-8-6)...))
	}
	cases := []rawCase{
		{name: "a frame of jute.maxbuffer", bytes: long(longest)},
		{name: "a frame of one byte more", bytes: long(longest + 1)},
		{name: "half a length", bytes: []byte{0, 0}, half: true},
		{name: "half a header", bytes: []byte{0, 0, 0, 8, 0, 0, 0}, half: true},
		{name: "half a length before a session", bytes: []byte{0, 0}, bare: true, half: true},
		{name: "half a connect request", bytes: Hello{}.Frame()[:20], bare: true, half: true},
		{name: "a four-letter word in a session", bytes: []byte("ruok")},
	}
	for _, n := range []int32{0, 1, 4, 7} {
		cases = append(cases, rawCase{name: fmt.Sprintf("a frame of %d bytes", n), bytes: framed(make([]byte, n))})
	}
	for _, n := range []int32{-1, -2, -1 << 31, 1<<31 - 1, 1 << 30, longest + 1} {
		cases = append(cases,
			rawCase{name: fmt.Sprintf("a length of %d", n), bytes: Body(nil).Int(n)},
			rawCase{name: fmt.Sprintf("a first length of %d", n), bytes: Body(nil).Int(n), bare: true})
	}
	return cases
}

// rawConnects are first frames that are not quite connect requests, and connect requests where none belongs.
func rawConnects() []rawCase {
	start := func() Body { return Body(nil).Int(0).Long(0).Int(900_000).Long(0) }
	return []rawCase{
		{name: "a request before the connect request", bytes: rawRequest(1, OpExists, WatchBody("/", false)), bare: true},
		{name: "a create before the connect request", bytes: rawRequest(1, OpCreate, CreateBody("/early", nil, Open(), 0)), bare: true},
		{name: "an auth before the connect request", bytes: rawRequest(-4, OpAuth, AuthBody("digest", "a:b")), bare: true},
		{name: "a ping before the connect request", bytes: rawRequest(-2, OpPing, nil), bare: true},
		{name: "a second connect request", bytes: Hello{Session: Session{Timeout: rawTimeout}}.Frame(), ends: true},
		{name: "a second connect request with a zxid", bytes: Hello{LastZxidSeen: 0x0000_000b_0000_0001}.Frame()},
		{name: "a password of negative length", bytes: framed(start().Int(-2)), bare: true},
		{name: "a null password", bytes: framed(start().Int(-1)), bare: true},
		{name: "a password longer than the frame", bytes: framed(start().Int(100).Long(0)), bare: true},
		{name: "a password longer than jute.maxbuffer", bytes: framed(start().Int(1 << 30)), bare: true},
		{name: "a password of 17 bytes", bytes: framed(start().Buffer(make([]byte, 17)).Bool(false)), bare: true},
		{name: "bytes behind the connect request's end", bytes: framed(append(start().Buffer(make([]byte, 16)).Bool(false), "more"...)), bare: true},
		{name: "a readOnly byte of 2", bytes: framed(append(start().Buffer(make([]byte, 16)), 2)), bare: true},
		{name: "a protocol version of -1", bytes: framed(append(Body(nil).Int(-1), start().Buffer(make([]byte, 16)).Bool(false)[4:]...)), bare: true},
		{name: "a negative timeout", bytes: framed(Body(nil).Int(0).Long(0).Int(-5).Long(0).Buffer(make([]byte, 16)).Bool(false)), bare: true},
		{name: "a session of id -1", bytes: framed(Body(nil).Int(0).Long(0).Int(5000).Long(-1).Buffer(make([]byte, 16)).Bool(false)), bare: true},
		{name: "a connect request of 3 bytes", bytes: framed([]byte{0, 0, 0}), bare: true},
		{name: "a connect request of no bytes", bytes: framed(nil), bare: true},
	}
}

// rawOps are numbers that are no operations, or none for clients.
func rawOps() []rawCase {
	var cases []rawCase
	for _, op := range []int32{0, 10, 13, 23, 24, 50, 99, 108, 109, 110, 111, 200, 1000, -1, -2, -9, -12, -100, 1<<31 - 1, -1 << 31} {
		cases = append(cases,
			rawCase{name: fmt.Sprintf("operation %d", op), bytes: rawRequest(5, op, DeleteBody("/", -1)), ends: true},
			rawCase{name: fmt.Sprintf("operation %d without a body", op), bytes: rawRequest(5, op, nil), ends: true})
	}
	for _, op := range []int32{16, 17, 18, 19, 21, 22, 103, 104, 105, 106, 107} {
		cases = append(cases,
			rawCase{name: fmt.Sprintf("operation %d without a body", op), bytes: rawRequest(5, op, nil)},
			rawCase{name: fmt.Sprintf("operation %d with null and -1", op), bytes: rawRequest(5, op, Body(nil).Int(-1).Int(-1))},
			rawCase{name: fmt.Sprintf("operation %d with a negative length", op), bytes: rawRequest(5, op, Body(nil).Int(-2).Int(-2).Int(-2))},
			rawCase{name: fmt.Sprintf("operation %d with a length beyond the end", op), bytes: rawRequest(5, op, Body(nil).Int(99).Int(1))})
	}
	return cases
}
