package interop

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Throttles depend on time and on how fast a server is. So these tests run the same story against Apache and against the
// server under test, and compare what does not depend on either: who is closed without a byte, and that nothing is lost,
// overtakes, or is refused and done all the same.

// codeThrottled is Apache's KeeperException.Code.THROTTLEDOP.
const codeThrottled = -127

// onBoth tells a story to Apache and to the server under test, and compares what it returns.
func onBoth(t *testing.T, settings []string, story func(*testing.T, *Server) string) {
	t.Helper()
	var told []string
	for _, program := range []Program{tools.apache, tools.server} {
		ok := t.Run(program.Name, func(t *testing.T) {
			s := newServer(t, program, settings...)
			check(t, s.Start())
			told = append(told, story(t, s))
		})
		if !ok {
			return
		}
	}
	if told[0] != told[1] {
		t.Errorf("apache:\n%s\n%s:\n%s", told[0], tools.server.Name, told[1])
	}
}

// knock connects and says what became of it.
func knock(t *testing.T, s *Server, hello Hello) (*Conn, string) {
	t.Helper()
	c, err := Dial(s.Addr(), hello)
	switch {
	case err == nil:
		t.Cleanup(func() { _ = c.Drop() }) // most are dropped by then
		return c, "session"
	case errors.Is(err, ErrRefused):
		return nil, "refused"
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.Fatal(err)
	}
	return nil, "closed without a byte"
}

// rejected is how many connections mntr says were rejected.
func rejected(t *testing.T, s *Server) string {
	t.Helper()
	answer, err := s.Word("mntr")
	check(t, err)
	return regexp.MustCompile(`zk_connection_rejected\t\d+`).FindString(answer)
}

func TestConnectionsBeyondTheTokensEndAlike(t *testing.T) {
	for name, settings := range map[string][]string{
		"unweighted": {"connection_throttle_tokens=4"},
		"weighted":   {"connection_throttle_tokens=3", "connection_throttle_weight_enabled=true"}, // 9: a new session costs 3, a renewed one 2
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, append(settings, "connection_throttle_fill_time=2000000000"), func(t *testing.T, s *Server) string {
				var told []string
				tell := func(what, happened string) { told = append(told, what+": "+happened) }
				first, happened := knock(t, s, Hello{})
				tell("new", happened)
				_, happened = knock(t, s, Hello{LastZxidSeen: 1 << 40})
				tell("from the future", happened)
				check(t, first.Drop())
				for range 4 {
					_, happened = knock(t, s, Hello{Session: first.Session})
					tell("renewed", happened)
				}
				_, happened = knock(t, s, Hello{})
				tell("new", happened)
				_, happened = knock(t, s, Hello{Session: Session{ID: 77, Password: make([]byte, 16)}})
				tell("unknown", happened)
				tell("mntr", rejected(t, s))
				return strings.Join(told, "\n")
			})
		})
	}
}

// W27: Apache refuses a large request when the sum with those in work is too much; one alone always has the same outcome.
func TestLargeRequestsEndAlike(t *testing.T) {
	settings := []string{"largeRequestThreshold=1000", "largeRequestMaxBytes=5000", "maxClientCnxns=3", "globalOutstandingLimit=2"}
	onBoth(t, settings, func(t *testing.T, s *Server) string {
		var told []string
		witness, _ := knock(t, s, Hello{})
		for _, bytes := range []int{900, 1100, 4900, 4900, 4900, 5100, 100_000, 4900} {
			c, happened := knock(t, s, Hello{})
			if c == nil {
				t.Fatal(happened)
			}
			for _, op := range []int32{OpSetData, OpExists, OpAuth, 99} { // the last one ends the connection
				body := SetDataBody("/", make([]byte, bytes), -1)
				if op == OpAuth {
					body = AuthBody("digest", strings.Repeat("x", bytes))
				}
				reply, err := c.Call(op, body)
				told = append(told, fmt.Sprintf("%d bytes, operation %d: code %d, closed %v", bytes, op, reply.Code, err != nil))
				if err != nil {
					break
				}
			}
			if _, err := c.Receive(); err == nil {
				t.Error("the connection stays open")
			}
			check(t, c.Drop())
			_, err := witness.Call(OpSetData, SetDataBody("/", make([]byte, 4900), -1))
			check(t, err) // nothing of what was refused or has gone is counted any more
		}
		return strings.Join(append(told, thirdIsLast(t, s, witness), inOrder(t, s, witness)), "\n")
	})
}

// thirdIsLast finds that a third connection is the last that is let in, four-letter words included, until one has gone.
func thirdIsLast(t *testing.T, s *Server, first *Conn) string {
	t.Helper()
	var told []string
	var conns []*Conn
	waitFor(t, "the connections of before to be gone", func() bool {
		for len(conns) < 2 {
			c, happened := knock(t, s, Hello{})
			if c == nil {
				told = append(told[:0], happened)
				return false
			}
			conns = append(conns, c)
		}
		return true
	})
	for range 2 {
		_, happened := knock(t, s, Hello{})
		told = append(told, "a fourth: "+happened)
	}
	answer, err := s.Word("srvr")
	told = append(told, fmt.Sprintf("a word: %d bytes", len(answer)))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err) // any other way to end is the server's
	}
	check(t, conns[0].Close())
	waitFor(t, "a place", func() bool {
		c, happened := knock(t, s, Hello{})
		if c != nil {
			check(t, c.Drop())
		}
		return happened == "session"
	})
	check(t, conns[1].Drop())
	_, err = first.Call(OpSync, Body(nil).String("/"))
	return strings.Join(append(told, fmt.Sprintf("the first one is served: %v", err == nil)), "\n")
}

// inOrder sends what is far above globalOutstandingLimit in one go: everything is answered, in order, once.
func inOrder(t *testing.T, s *Server, c *Conn) string {
	t.Helper()
	const count = 1000
	before, err := c.Call(OpExists, WatchBody("/", false))
	check(t, err)
	packet := Body(nil)
	for i := range count {
		xid := int32(1_000_000 + 2*i)
		packet = append(packet, framed(append(Body(nil).Int(xid).Int(OpSetData), SetDataBody("/", nil, -1)...))...)
		packet = append(packet, framed(append(Body(nil).Int(xid+1).Int(OpExists), WatchBody("/", false)...))...)
	}
	sent := make(chan error, 1)
	go func() { sent <- c.Write(packet) }()
	for i := range 2 * count {
		reply, err := c.Receive()
		check(t, err)
		r := Read(reply.Body)
		version := r.Stat().Version - Read(before.Body).Stat().Version
		if reply.Xid != int32(1_000_000+i) || reply.Code != 0 || int(version) != i/2+1 || reply.Zxid != before.Zxid+int64(i/2+1) {
			t.Fatalf("answer %d: xid %d, code %d, version %d more than before, zxid %d more", i, reply.Xid, reply.Code, version, reply.Zxid-before.Zxid)
		}
	}
	check(t, <-sent)
	return "all in order"
}

// TestThrottledOpsAreRefusedAndNotDone sends far more than goes through one at a time in throttled_op_wait_time. How much is
// refused is chance; that it is answered in its turn, changes nothing and uses no zxid up is not.
func TestThrottledOpsAreRefusedAndNotDone(t *testing.T) {
	settings := []string{"request_throttle_max_requests=1", "request_throttle_stall_time=1", "throttled_op_wait_time=5", "maxCnxns=3"}
	onBoth(t, settings, func(t *testing.T, s *Server) string {
		c := dial(t, s, Hello{})
		patient(t, c, OpCreate, CreateBody("/t", nil, Open(), 0))
		o := opsOutcome{refused: map[int32]int{}}
		waitFor(t, "something done, and each operation but ping refused", func() bool {
			before := patient(t, c, OpExists, WatchBody("/t", false))
			writes := o.burst(t, c)
			after := patient(t, c, OpExists, WatchBody("/t", false))
			version := Read(after.Body).Stat().Version - Read(before.Body).Stat().Version
			if version != writes || after.Zxid-before.Zxid != int64(writes) {
				t.Fatalf("%d writes done, %d versions and %d zxids more", writes, version, after.Zxid-before.Zxid)
			}
			return o.done > 0 && len(o.refused) == len(throttledOps())-1
		})
		t.Logf("%d done, refused by operation: %v", o.done, o.refused)
		told := fmt.Sprintf("pings refused: %d\n%s\n", o.refused[OpPing], thirdIsLast(t, s, c))
		return told + fmt.Sprintf("closeSession: %v", c.Close())
	})
}

// patient asks again as long as it is refused.
func patient(t *testing.T, c *Conn, op int32, body Body) Reply {
	t.Helper()
	for end := time.Now().Add(PatienceMax); ; {
		reply, err := c.Call(op, body)
		check(t, err)
		if reply.Code == 0 {
			return reply
		}
		if reply.Code != codeThrottled || time.Now().After(end) {
			t.Fatalf("operation %d: code %d", op, reply.Code)
		}
	}
}

// throttledOps are requests about /t that are good.
func throttledOps() map[int32]Body {
	const setWatches2 = 105
	return map[int32]Body{
		OpSetData: SetDataBody("/t", make([]byte, 2000), -1), OpExists: WatchBody("/t", false), OpPing: nil,
		OpMulti:     append(append(Body(nil).Op(OpSetData), SetDataBody("/t", nil, -1)...), Body(nil).End()...),
		setWatches2: Body(nil).Long(0).Strings().Strings().Strings().Strings().Strings(), OpSync: Body(nil).String("/t"),
	}
}

// opsOutcome is what has become of many requests.
type opsOutcome struct {
	done    int
	refused map[int32]int // by operation
}

// burst sends many requests at once, checks the order of their answers, and counts; writes are those that were done.
func (o *opsOutcome) burst(t *testing.T, c *Conn) (writes int32) {
	t.Helper()
	const rounds = 250
	type sent struct{ op, xid int32 }
	var packet Body
	var all []sent
	for range rounds {
		for op, body := range throttledOps() {
			q := sent{op, int32(10_000 + len(all))}
			if op == OpPing {
				q.xid = -2
			}
			packet = append(packet, framed(append(Body(nil).Int(q.xid).Int(op), body...))...)
			all = append(all, q)
		}
	}
	written := make(chan error, 1)
	go func() { written <- c.Write(packet) }()
	last := int64(0)
	for i, q := range all {
		reply, err := c.Receive()
		check(t, err)
		switch {
		case reply.Xid != q.xid || reply.Zxid < last:
			t.Fatalf("answer %d has xid %d, want %d, and zxid %d after %d", i, reply.Xid, q.xid, reply.Zxid, last)
		case reply.Code == codeThrottled && len(reply.Body) == 0:
			o.refused[q.op]++
		case reply.Code != 0:
			t.Fatalf("answer %d to operation %d: code %d, %d bytes", i, q.op, reply.Code, len(reply.Body))
		case q.op == OpSetData || q.op == OpMulti:
			writes++
			o.done++
		default:
			o.done++
		}
		last = reply.Zxid
	}
	check(t, <-written)
	return writes
}
