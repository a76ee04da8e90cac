package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"paddock/client"
	"paddock/zk"
)

// smallBytes is a disk that a few hundred writes fill.
const smallBytes = 6 << 20

// smallDisk mounts a file system of its own at dir, which ends with the test.
func smallDisk(t *testing.T, dir string) {
	t.Helper()
	check(t, os.MkdirAll(dir, 0o755))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", smallBytes)); err != nil {
		t.Fatalf("mounting a tmpfs, for which this test must be root with CAP_SYS_ADMIN: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// remount changes a small disk's size or makes it read-only.
func remount(t *testing.T, dir string, flags uintptr, bytes int) {
	t.Helper()
	check(t, syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, fmt.Sprintf("size=%d", bytes)))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// post is a server in a directory of its own, with a history of nothing but what was acknowledged.
type post struct {
	t       *testing.T
	dir     string
	process *process
	addr    string

	mu     sync.Mutex
	acked  map[string][]byte // by path
	unsure map[string][]byte // sent and never answered
}

// newPost configures a server with data in ./data; lines may say otherwise.
func newPost(t *testing.T, lines ...string) *post {
	t.Helper()
	p := &post{t: t, dir: t.TempDir(), acked: map[string][]byte{}, unsure: map[string][]byte{}}
	check(t, os.Symlink(paddock(t), filepath.Join(p.dir, "paddock")))
	lines = append([]string{
		"clientPort=0", "clientPortAddress=127.0.0.1", "dataDir=data", "tickTime=2000", "maxClientCnxns=0",
		"admin.enableServer=false", "preAllocSize=512",
	}, lines...)
	check(t, os.WriteFile(filepath.Join(p.dir, "zoo.cfg"), []byte(strings.Join(lines, "\n")+"\n"), 0o644))
	return p
}

func (p *post) start() {
	p.t.Helper()
	var err error
	p.process, err = launch(filepath.Join(p.dir, "paddock"), p.dir)
	check(p.t, err)
	p.t.Cleanup(func() {
		_ = p.process.cmd.Process.Kill() // it may have ended
		<-p.process.ended
	})
	select {
	case p.addr = <-p.process.ready:
	case <-p.process.ended:
		p.t.Fatalf("the server ended at its start: %s\n%s", p.process.cmd.ProcessState, p.log())
	case <-time.After(patience):
		p.t.Fatalf("the server does not serve\n%s", p.log())
	}
}

func (p *post) log() string {
	text, err := os.ReadFile(filepath.Join(p.dir, "server.log"))
	check(p.t, err)
	return string(text)
}

func (p *post) dial() *client.Client {
	p.t.Helper()
	c, err := client.Dial(context.Background(), p.addr, client.Options{SessionTimeout: 40 * time.Second, Timeout: patience})
	check(p.t, err)
	p.t.Cleanup(c.Disconnect)
	return c
}

// write creates znodes over several connections, each one after the other, until limit bytes are acknowledged or no answer
// comes any more.
func (p *post) write(prefix string, limit int) {
	p.t.Helper()
	const writers = 4
	var crowd sync.WaitGroup
	for w := range writers {
		c := p.dial()
		crowd.Go(func() {
			for i, written := 0, 0; written < limit/writers; i++ {
				path := fmt.Sprintf("/%s-%d-%d", prefix, w, i)
				data := bytes.Repeat([]byte(path+" "), 1000)
				written += len(data)
				if !p.keep(c, path, data) {
					return
				}
			}
		})
	}
	crowd.Wait()
}

// keep creates a znode and notes what became of it.
func (p *post) keep(c *client.Client, path string, data []byte) bool {
	_, err := c.Create(path, data, zk.OpenACL(), zk.ModePersistent)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.acked[path] = data
	case client.Code(err) == zk.ErrSystemError: // no answer
		p.unsure[path] = data
	default:
		p.t.Errorf("create %s: %v", path, err)
	}
	return err == nil
}

// wantAll reads the whole tree: all that was acknowledged must be there, and besides only writes without an answer, whole.
func (p *post) wantAll() {
	p.t.Helper()
	if len(p.acked) < 50 {
		p.t.Errorf("only %d writes were acknowledged", len(p.acked))
	}
	c := p.dial()
	names, _, err := c.GetChildren2("/", false)
	check(p.t, err)
	missing := maps.Clone(p.acked)
	for _, name := range names {
		path := "/" + name
		want, known := p.acked[path]
		if !known {
			want, known = p.unsure[path]
		}
		if path == "/zookeeper" {
			continue
		}
		data, _, err := c.GetData(path, false)
		if err != nil || !known || !bytes.Equal(data, want) {
			p.t.Errorf("%s: %d bytes, want %d, known %v: %v", path, len(data), len(want), known, err)
		}
		delete(missing, path)
	}
	for path := range missing {
		p.t.Errorf("%s was acknowledged and is gone", path)
	}
}

// fails waits until the server has ended by itself, as it must: with status 1 and a message that names the cause.
func (p *post) fails(cause string) {
	p.t.Helper()
	select {
	case <-p.process.ended:
	case <-time.After(patience):
		p.t.Fatalf("the server still runs\n%s", p.log())
	}
	last := strings.Split(strings.TrimSpace(p.log()), "\n")
	if code := p.process.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(last[len(last)-1], cause) ||
		strings.Contains(p.log(), "goroutine ") {
		p.t.Errorf("it ended with status %d, want 1, and %q\n%s", code, cause, p.log())
	}
}

func (p *post) stop() {
	p.t.Helper()
	check(p.t, p.process.end(syscall.SIGTERM))
}

const noSpace = "no space left on device"

// TestAFullDisk fills real file systems under load. Nothing was acknowledged that is not there when there is room again.
func TestAFullDisk(t *testing.T) {
	t.Run("with log and snapshots stops the server", func(t *testing.T) {
		p := newPost(t)
		p.fillLog("data")
	})
	t.Run("with the log alone stops the server", func(t *testing.T) {
		p := newPost(t, "dataLogDir=log")
		p.fillLog("log")
	})
	t.Run("with the snapshots alone lets it serve, and snapshots come when there is room", func(t *testing.T) {
		p := newPost(t, "dataLogDir=log", "snapCount=100")
		p.fillSnapshots()
	})
	t.Run("that is read-only refuses the start and loses nothing", func(t *testing.T) {
		p := newPost(t)
		p.readOnly()
	})
}

// fillLog: the log's disk is full, the server says so and ends, and with more room all is there again.
func (p *post) fillLog(folder string) {
	p.t.Helper()
	smallDisk(p.t, filepath.Join(p.dir, folder))
	p.start()
	p.write("before", 4*smallBytes)
	p.fails(noSpace)
	warned := strings.Index(p.log(), "free")
	if failed := strings.Index(p.log(), noSpace); warned < 0 || warned > failed {
		p.t.Errorf("nothing warned of the end of the space:\n%s", p.log())
	}
	p.fullStart()
	remount(p.t, filepath.Join(p.dir, folder), 0, 8*smallBytes)
	p.start()
	p.wantAll()
	p.write("after", smallBytes/4)
	p.stop()
	p.start()
	p.wantAll()
	p.stop()
}

// fullStart starts the server while there still is no room. It may refuse, with a reason; what it acknowledges counts.
func (p *post) fullStart() {
	p.t.Helper()
	var err error
	p.process, err = launch(filepath.Join(p.dir, "paddock"), p.dir)
	check(p.t, err)
	select {
	case p.addr = <-p.process.ready:
	case <-p.process.ended:
		p.fails(noSpace)
		return
	case <-time.After(patience):
		p.t.Fatalf("the server neither serves nor ends\n%s", p.log())
	}
	if c, err := client.Dial(context.Background(), p.addr, client.Options{Timeout: patience}); err == nil {
		for i := 0; p.keep(c, fmt.Sprintf("/full-%d", i), bytes.Repeat([]byte("full"), 20_000)); i++ {
			if i > smallBytes/20_000 {
				p.t.Fatal("there is no end to the space")
			}
		}
		c.Disconnect()
	} // else it has failed already, opening the session
	p.fails(noSpace)
}

func (p *post) snapshots() []string {
	p.t.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "data", "version-2", "snapshot.*"))
	check(p.t, err)
	return names
}

// fillSnapshots: no snapshot finds room. All clients are served as before.
func (p *post) fillSnapshots() {
	p.t.Helper()
	data := filepath.Join(p.dir, "data")
	smallDisk(p.t, data)
	p.start()
	p.write("before", 2*smallBytes)
	p.write("meanwhile", smallBytes)
	p.says("snapshot failed")
	p.says(noSpace)
	full := len(p.snapshots())
	remount(p.t, data, 0, 32*smallBytes)
	p.write("after", 2*smallBytes)
	p.wantMore(full)
	p.wantAll()
	check(p.t, p.process.end(syscall.SIGKILL))
	p.start()
	p.wantAll()
	p.stop()
}

// says waits until the server has said so.
func (p *post) says(words string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(p.log(), words); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("it never said %q:\n%s", words, p.log())
		}
	}
}

// wantMore waits until there are more than so many snapshots.
func (p *post) wantMore(than int) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); len(p.snapshots()) <= than; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("no snapshot though there is room again: %q\n%s", p.snapshots(), p.log())
		}
	}
}

// readOnly: a server cannot start on what it cannot write, and says why.
func (p *post) readOnly() {
	p.t.Helper()
	data := filepath.Join(p.dir, "data")
	smallDisk(p.t, data)
	p.start()
	p.write("before", smallBytes/3)
	if err := syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); !errors.Is(err, syscall.EBUSY) {
		p.t.Errorf("remounting under a server that writes: %v, want %v", err, syscall.EBUSY)
	}
	p.write("more", smallBytes/6)
	check(p.t, p.process.end(syscall.SIGKILL))
	remount(p.t, data, syscall.MS_RDONLY, smallBytes)
	var err error
	p.process, err = launch(filepath.Join(p.dir, "paddock"), p.dir)
	check(p.t, err)
	<-p.process.ended
	const unusable = 3 // ExitCode.UNABLE_TO_ACCESS_DATADIR, 3.9.5
	if code := p.process.cmd.ProcessState.ExitCode(); code != unusable || !strings.Contains(p.log(), "read-only file system") {
		p.t.Errorf("status %d, want %d\n%s", code, unusable, p.log())
	}
	remount(p.t, data, 0, smallBytes)
	p.start()
	p.wantAll()
	p.stop()
}
