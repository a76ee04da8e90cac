package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/client"
	"paddock/codec"
	"paddock/loop"
	"paddock/zk"
)

// TestTwoHundredPipeliningConnectionsLeaveAConsistentTree ends with a restart that must find the same tree; a digest
// that does not match would be logged as an error, which fails the test.
func TestTwoHundredPipeliningConnectionsLeaveAConsistentTree(t *testing.T) {
	inBothModes(t, twoHundredPipeline)
}

func twoHundredPipeline(t *testing.T, newPlace placer) {
	const conns, rounds, burst = 200, 4, 12
	p := newPlace(t, "snapCount=2000")
	r := p.start(t)
	fill(t, r, 300)
	var crowd sync.WaitGroup
	var answered atomic.Int64
	for i := range conns {
		c := r.dial(client.Options{OnEvent: func(client.Event) {}})
		rng := rand.New(rand.NewPCG(11, uint64(i)))
		crowd.Go(func() {
			for range rounds {
				for range burst {
					send(t, c, rng, &answered)
				}
				if err := c.Sync("/"); err != nil { // ends the burst and waits for it
					t.Error(err)
					return
				}
			}
			if i%2 == 0 {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	crowd.Wait()
	if n := answered.Load(); n != conns*rounds*burst {
		t.Errorf("%d requests were answered, want %d", n, conns*rounds*burst)
	}
	r.stop()
	same(t, "after a restart", p.peek(t), r.s.state(t))
}

// send pipelines one random request. What the answer is does not matter, but there must be one.
func send(t *testing.T, c *client.Client, rng *rand.Rand, answered *atomic.Int64) {
	done := func(reply *client.Reply) {
		if reply.Lost != nil {
			t.Error(reply.Lost)
			return
		}
		answered.Add(1)
	}
	path := fmt.Sprintf("/fill/%d", rng.IntN(320))
	value := []byte(strings.Repeat("x", rng.IntN(200)))
	create := codec.CreateRequest{Path: path + "/c", Data: value, ACL: zk.OpenACL(), Mode: zk.CreateMode(rng.IntN(4))}
	var err error
	switch rng.IntN(8) {
	case 0, 1:
		err = c.SendCreate(zk.OpCreate2, &create, 0, done)
	case 2:
		err = c.SendDelete(path+"/c", -1, 0, done)
	case 3:
		err = c.SendSetData(path, value, int32(rng.IntN(4))-1, 0, done)
	case 4:
		err = c.SendRead(zk.OpGetChildren2, path, true, 0, done)
	case 5:
		err = c.SendRead(zk.OpExists, path+"/c", true, 0, done)
	case 6:
		err = c.SendPath(zk.OpGetACL, path, 0, done)
	case 7:
		err = c.SendMulti([]client.Part{
			{Op: zk.OpCheck, Path: path, Version: int32(rng.IntN(2))},
			{Op: zk.OpSetData, Path: path, Data: value, Version: -1},
		}, 0, done)
	}
	if err != nil {
		t.Error(err)
	}
}

// floodBytes is what a flooder sends without reading; kernel buffers hold some 10 MB of it at most.
const floodBytes = 50 << 20

// heapBytesMax is generous: 1 MiB of requests and 1 MiB of replies per connection, and the garbage of both sides.
const heapBytesMax = 150 << 20

// TestFlooderIsSlowedAndServedInOrder sends 50 MB of reads, and reads the answers only when it can send no more.
func TestFlooderIsSlowedAndServedInOrder(t *testing.T) {
	r := newPlace(t).start(t)
	normal := r.dial(client.Options{})
	path := "/" + strings.Repeat("p", 400)
	_, err := normal.Create(path, bytes.Repeat([]byte("d"), 400), zk.OpenACL(), zk.ModePersistent)
	check(t, err)

	w := r.wire()
	w.hello(longSession)
	body := codec.AppendPathWatch(nil, path, false)
	requests := floodBytes / len(request(1, zk.OpGetData, body))
	var sent atomic.Int64
	flooded := make(chan error, 1)
	go func() { flooded <- flood(w.conn, body, requests, &sent) }()
	waitUntilStuck(t, &sent)
	if n := sent.Load(); n >= floodBytes {
		t.Fatalf("the flooder was not slowed: it has sent %d bytes", n)
	}
	served(t, normal, path, 200)
	for xid := int32(1); int(xid) <= requests; xid++ {
		h, err := w.reply()
		if err != nil || h.Xid != xid || h.Err != zk.ErrOK {
			t.Fatalf("reply %d of %d is %+v, %v", xid, requests, h, err)
		}
		if xid%20_000 == 0 {
			served(t, normal, path, 1)
		}
	}
	check(t, <-flooded)
}

// flood writes requests, numbered from 1, as fast as the server takes them.
func flood(conn io.Writer, body []byte, requests int, sent *atomic.Int64) error {
	var b []byte
	for xid := 1; xid <= requests; xid++ {
		b = append(b, request(int32(xid), zk.OpGetData, body)...)
		if len(b) < 1<<20 && xid < requests {
			continue
		}
		for len(b) > 0 {
			n, err := conn.Write(b[:min(len(b), 64<<10)])
			sent.Add(int64(n))
			if err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

// waitUntilStuck waits until nothing has been sent for a while.
func waitUntilStuck(t *testing.T, sent *atomic.Int64) {
	t.Helper()
	last, since := int64(-1), time.Now()
	waitFor(t, "the flooder to be slowed", func() bool {
		if n := sent.Load(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
}

// served wants a normal client to be served while others misbehave, and memory to be bounded.
func served(t *testing.T, c *client.Client, path string, rounds int) {
	t.Helper()
	for range rounds {
		if _, err := c.SetData(path, bytes.Repeat([]byte("d"), 400), -1); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.GetData(path, false); err != nil {
			t.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > heapBytesMax {
		t.Errorf("%d MiB of heap in use", m.HeapAlloc>>20)
	}
}

func TestClientThatNeverReadsIsClosedAndItsSessionExpires(t *testing.T) {
	r := newPlace(t).start(t)
	normal := r.dial(client.Options{})
	path := "/" + strings.Repeat("p", 400)
	_, err := normal.Create(path, bytes.Repeat([]byte("d"), 400), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	for name, body := range map[string][]byte{
		"small requests and replies": codec.AppendPathWatch(nil, path, false),
		"small requests, no znode":   codec.AppendPathWatch(nil, path+"-", false),
	} {
		t.Run(name, func(t *testing.T) {
			w := r.wire()
			w.hello(2 * time.Second)
			w.write(request(1, zk.OpCreate, codec.AppendCreateRequest(nil, zk.OpCreate, &codec.CreateRequest{
				Path: "/deaf", ACL: zk.OpenACL(), Mode: zk.ModeEphemeral,
			})))
			var sent atomic.Int64
			err := flood(w.conn, body, 1<<30, &sent) // until the server hangs up
			var netErr *net.OpError
			if !errors.As(err, &netErr) || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the flood ended with %v after %d bytes", err, sent.Load())
			}
			served(t, normal, path, 1)
			waitFor(t, "its ephemeral to go", func() bool {
				_, err := normal.Exists("/deaf", false)
				return client.Code(err) == zk.ErrNoNode
			})
		})
	}
	if !r.log.heard("has not read its replies") {
		t.Error("nothing in the log")
	}
}

// countingNet counts how often the processor was told that a client reads, if slowly.
type countingNet struct {
	*loop.Server
	progress atomic.Int64
}

func (n *countingNet) Take(into []loop.Event) []loop.Event {
	before := len(into)
	into = n.Server.Take(into)
	for _, e := range into[before:] {
		if e.Kind == loop.Progress {
			n.progress.Add(1)
		}
	}
	return into
}

// TestSlowButSteadyReaderIsNotClosed reads 400 KB a second, far longer than its session timeout. The clock is the test's: it goes
// on by less than half of the timeout whenever the server knows of another piece that was read.
func TestSlowButSteadyReaderIsNotClosed(t *testing.T) {
	const timeout, step = 2 * time.Second, 800 * time.Millisecond // the tick is longer: the server does not stand still
	l, err := loop.Listen(loop.Config{Addrs: []string{"127.0.0.1:0"}, OutBytesHard: outBytesHard, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	n := &countingNet{Server: l}
	var clockMs atomic.Int64
	clockMs.Store(1)
	r := newPlace(t, "tickTime=1000").startIn(t, Env{Net: n, Clock: func() (int64, int64) { return clockMs.Load(), clockMs.Load() }})
	path := "/" + strings.Repeat("p", 400)
	_, err = r.dial(client.Options{}).Create(path, bytes.Repeat([]byte("d"), 400), zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	w := r.wire()
	check(t, w.conn.SetReadBuffer(64<<10))
	w.hello(timeout)
	var sent atomic.Int64
	go func() { _ = flood(w.conn, codec.AppendPathWatch(nil, path, false), 40_000, &sent) }()
	buf := make([]byte, 20<<10)
	for range 13 { // five timeouts
		for told := n.progress.Load(); n.progress.Load() == told; time.Sleep(50 * time.Millisecond) {
			w.wait()
			_, err := w.conn.Read(buf)
			check(t, err)
		}
		clockMs.Add(step.Milliseconds())
	}
}
