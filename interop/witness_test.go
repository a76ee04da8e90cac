package interop

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// witness is a normal client that works all the time while others misbehave.
type witness struct {
	mu    sync.Mutex
	turns int
	err   error
}

func startWitness(t *testing.T, s *Server) *witness {
	t.Helper()
	w := &witness{}
	c := dial(t, s, Hello{})
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := w.turn(c)
			w.mu.Lock()
			w.turns++
			w.err = errors.Join(w.err, err)
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	t.Cleanup(func() { close(stop); done.Wait() })
	return w
}

// turn creates, writes, reads and deletes one znode, and checks every answer.
func (w *witness) turn(c *Conn) error {
	const path = "/witness"
	data := []byte(strconv.Itoa(w.turns))
	for _, step := range []struct {
		op   int32
		body Body
	}{
		{OpCreate, CreateBody(path, nil, Open(), Ephemeral)},
		{OpSetData, SetDataBody(path, data, 0)},
		{OpGetData, WatchBody(path, false)},
		{OpDelete, DeleteBody(path, 1)},
	} {
		reply, err := c.Call(step.op, step.body)
		if err != nil || reply.Code != 0 {
			return fmt.Errorf("turn %s, operation %d: code %d: %w", data, step.op, reply.Code, orNone(err))
		}
		if step.op == OpGetData {
			if got := Read(reply.Body).Buffer(); !bytes.Equal(got, data) {
				return fmt.Errorf("turn %s: read %q", data, got)
			}
		}
	}
	return nil
}

// check waits for three more turns and fails when one went wrong.
func (w *witness) check(t *testing.T) {
	t.Helper()
	turns := func() (int, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.turns, w.err
	}
	before, _ := turns()
	waitFor(t, "the normal client to get on", func() bool {
		now, err := turns()
		if err != nil {
			t.Fatalf("the normal client: %v", err)
		}
		return now >= before+3
	})
}

// openFiles counts the server's descriptors, so also its connections.
func openFiles(t *testing.T, s *Server) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Pid()))
	check(t, err)
	return len(entries)
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(PatienceMax); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
