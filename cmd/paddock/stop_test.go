package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// counter is a client that counts upwards in a znode of its own until the server goes.
type counter struct {
	path        string
	sent, acked atomic.Int64
}

func (n *counter) count(c *client.Client) {
	for i := n.acked.Load() + 1; ; i++ {
		n.sent.Store(i)
		if _, err := c.SetData(n.path, strconv.AppendInt(nil, i, 10), -1); err != nil {
			return
		}
		n.acked.Store(i)
	}
}

// underLoad runs a server, has clients count, ends it with a signal in the middle, and wants everything that was
// acknowledged from the server that comes after.
func underLoad(t *testing.T, signal syscall.Signal, code int) {
	dir := t.TempDir()
	file := zooCfg(t, dir, "snapCount=300")
	counters := make([]counter, 8)
	for round := range 3 {
		p := launch(t, command(dir, "server", file))
		var crowd sync.WaitGroup
		for i := range counters {
			n, c := &counters[i], p.dial(client.Options{})
			n.path = fmt.Sprintf("/n%d", i)
			n.wantValue(t, c, round)
			crowd.Go(func() { n.count(c) })
		}
		enough := counters[0].acked.Load() + 100
		waitFor(t, "some writes", func() bool { return counters[0].acked.Load() >= enough })
		if got := p.end(signal); got != code {
			t.Fatalf("exit code %d after %v, want %d\n%s", got, signal, code, p.errs)
		}
		crowd.Wait()
		if strings.Contains(p.errs.String(), "level=ERROR") {
			t.Errorf("round %d:\n%s", round, p.errs)
		}
	}
	p := launch(t, command(dir, "server", file))
	for i := range counters {
		counters[i].wantValue(t, p.dial(client.Options{}), 3)
	}
}

// wantValue checks the znode; in round 0 it makes it.
func (n *counter) wantValue(t *testing.T, c *client.Client, round int) {
	t.Helper()
	if round == 0 {
		_, err := c.Create(n.path, []byte("0"), zk.OpenACL(), zk.ModePersistent)
		check(t, err)
		return
	}
	data, _, err := c.GetData(n.path, false)
	check(t, err)
	found, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil || found < n.acked.Load() || found > n.sent.Load() {
		t.Fatalf("%s holds %q; acknowledged %d, sent %d", n.path, data, n.acked.Load(), n.sent.Load())
	}
	n.acked.Store(found)
}

func TestSIGTERMUnderLoadEndsWithCode0AndKeepsEveryAcknowledgedWrite(t *testing.T) {
	underLoad(t, syscall.SIGTERM, 0)
}

func TestSIGINTUnderLoadEndsWithCode0AndKeepsEveryAcknowledgedWrite(t *testing.T) {
	underLoad(t, syscall.SIGINT, 0)
}

func TestKillUnderLoadKeepsEveryAcknowledgedWrite(t *testing.T) {
	underLoad(t, syscall.SIGKILL, -1)
}

func TestSessionOutlivesAKillAndIsResumed(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir)
	p := launch(t, command(dir, "server", file))
	c := p.dial(client.Options{})
	_, err := c.Create("/e", nil, zk.OpenACL(), zk.ModeEphemeral)
	check(t, err)
	p.end(syscall.SIGKILL)
	<-c.Done()
	p = launch(t, command(dir, "server", file))
	mine := c.Session()
	again := p.dial(client.Options{Resume: &mine, LastZxidSeen: c.LastZxid()})
	stat, err := again.Exists("/e", false)
	check(t, err)
	if stat.EphemeralOwner != mine.ID {
		t.Errorf("owner 0x%x, want 0x%x", stat.EphemeralOwner, mine.ID)
	}
	check(t, again.Close())
}

// Nobody can be heard while the process stands still, so nobody may expire for it: neither those who have waited it out
// (their pings lie in the sockets), nor those who come back afterwards on new connections.
func TestStoppedProcessExpiresNobody(t *testing.T) {
	const tick, timeout = 1500 * time.Millisecond, 3 * time.Second // long enough for a busy machine to let everybody ping
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir, "tickTime=1500")))
	clients := make([]*client.Client, 40)
	for i := range clients {
		clients[i] = p.dial(client.Options{SessionTimeout: timeout})
		_, err := clients[i].Create(fmt.Sprintf("/e%d", i), nil, zk.OpenACL(), zk.ModeEphemeral)
		check(t, err)
		time.Sleep(timeout / 100) // so that they were heard last at different times
	}
	p.standStill(5 * tick / 3)
	waitFor(t, "the server to notice", func() bool { return strings.Contains(p.errs.String(), "stood still") })
	time.Sleep(2 * tick)
	for i, c := range clients {
		check(t, c.Sync("/"))
		if i > 4 {
			check(t, c.Close())
		}
	}
	clients = clients[:5]
	p.standStill(5 * timeout / 2)
	for i, c := range clients {
		c.Disconnect()
		mine := c.Session()
		clients[i] = p.dial(client.Options{Resume: &mine, LastZxidSeen: c.LastZxid(), SessionTimeout: timeout})
	}
	for i, c := range clients {
		_, err := c.Exists(fmt.Sprintf("/e%d", i), false)
		check(t, err)
	}
	if strings.Contains(p.errs.String(), "expiring") {
		t.Errorf("a session expired:\n%s", p.errs)
	}
	clients[0].Disconnect() // and who does not come back does expire
	waitFor(t, "the session to expire", func() bool {
		_, err := clients[1].Exists("/e0", false)
		return client.Code(err) == zk.ErrNoNode
	})
}

func (p *process) standStill(d time.Duration) {
	p.t.Helper()
	check(p.t, p.cmd.Process.Signal(syscall.SIGSTOP))
	time.Sleep(d)
	check(p.t, p.cmd.Process.Signal(syscall.SIGCONT))
}

func TestServerLivesOnWhenNobodyReadsItsOutput(t *testing.T) {
	dir := t.TempDir()
	cmd := command(dir, "server", zooCfg(t, dir))
	errs, err := cmd.StderrPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	p := &process{t: t, cmd: cmd, errs: &text{}, ended: make(chan struct{})}
	line := make([]byte, 200)
	n, err := out.Read(line)
	check(t, err)
	p.addr = addressIn(t, strings.SplitN(string(line[:n]), "\n", 2)[0])
	check(t, out.Close())
	check(t, errs.Close())
	go func() {
		_ = cmd.Wait() // how it ended is read from ProcessState
		close(p.ended)
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	c := p.dial(client.Options{})
	wrong := c.Session()
	wrong.Password = make([]byte, 16)
	for range 3 { // each is worth a line of the log
		if err := resume(p, wrong); client.Code(err) != zk.ErrSessionExpired {
			t.Fatal(err)
		}
		c = p.dial(client.Options{})
	}
	check(t, c.Sync("/"))
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d (%v)", code, p.cmd.ProcessState)
	}
}

func resume(p *process, s client.Session) error {
	c, err := client.Dial(p.t.Context(), p.addr, client.Options{Resume: &s})
	if err == nil {
		c.Disconnect()
	}
	return err
}

// A limit on the size of files is a full disk to the server: one clear line, not a dump of its stacks.
func TestFullDiskEndsTheServerWithCode1AndAClearLine(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir, "preAllocSize=4096")
	cmd := command(dir, "server", file)
	cmd.Args = []string{"sh", "-c", `ulimit -f 600; exec "$0" "$@"`, os.Args[0], "server", file}
	shell, err := exec.LookPath("sh")
	check(t, err)
	cmd.Path = shell
	p := launch(t, cmd)
	c := p.dial(client.Options{})
	acked := 0
	for value := bytes.Repeat([]byte("x"), 50_000); ; acked++ {
		if _, err := c.Create("/w"+strconv.Itoa(acked), value, zk.OpenACL(), zk.ModePersistent); err != nil {
			break
		}
	}
	if code := p.end(syscall.SIGTERM); code != 1 { // the signal comes too late
		t.Errorf("exit code %d (%v), want 1\n%s", code, p.cmd.ProcessState, p.errs)
	}
	if said := p.errs.String(); !strings.Contains(said, "paddock: server: wal: write") || strings.Contains(said, "goroutine ") {
		t.Errorf("it says:\n%s", said)
	}
	p = launch(t, command(dir, "server", file))
	c = p.dial(client.Options{})
	for i := range acked {
		_, err := c.Exists("/w"+strconv.Itoa(i), false)
		check(t, err)
	}
	if logs, err := filepath.Glob(filepath.Join(dir, "data/version-2/log.*")); err != nil || len(logs) == 0 {
		t.Errorf("log files %v, %v", logs, err)
	}
}
