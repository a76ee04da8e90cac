package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// chain is one data directory with its servers, one after the other, and the clients that outlive them.
type chain struct {
	binary string
	dir    string // zoo.cfg, server.log, data
	rng    *rand.Rand
	site   *site

	life      int
	startTook time.Duration         // of the latest start that came to its end
	begansMs  []int64               // when each life was started, the first one first
	died      map[int]time.Duration // when each life was over
	tally     tally
}

// runChain starts a server on a fresh directory, kills it so many times, and verifies what its clients saw.
func runChain(ctx context.Context, binary, dir string, seed uint64, kills int) (tally, error) {
	c := &chain{
		binary: binary, dir: dir, rng: rand.New(rand.NewPCG(seed, 0)), site: newSite(),
		died: map[int]time.Duration{}, startTook: 50 * time.Millisecond,
	}
	if err := c.configure(); err != nil {
		return c.tally, err
	}
	crew := c.crew(seed)
	h, err := c.live(ctx, crew, kills)
	if h != nil {
		c.count(h)
		err = errors.Join(err, h.verify(dir), c.logIsClean())
	}
	if err != nil {
		err = errors.Join(err, c.logEnd())
	}
	return c.tally, err
}

// configure draws the settings: snapshots and new segments all the time, of every kind.
func (c *chain) configure() error {
	pick := func(lines ...string) string { return lines[c.rng.IntN(len(lines))] }
	lines := []string{
		"clientPort=0", "clientPortAddress=127.0.0.1", "dataDir=data", "tickTime=300", "maxSessionTimeout=3600000", "maxClientCnxns=0",
		"admin.enableServer=false",
		pick("snapCount=20", "snapCount=100", "snapCount=1000"),
		pick("preAllocSize=4", "preAllocSize=64", "preAllocSize=1024"),
		pick("txnLogSizeLimitInKb=4", "txnLogSizeLimitInKb=64", "# no limit of the log's size"),
		pick("forceSync=yes", "forceSync=yes", "forceSync=no"), // the kernel outlives a kill
		pick("snapshot.compression.method=gz", "snapshot.compression.method=snappy", "# plain snapshots"),
		pick("closeSessionTxn.enabled=true", "closeSessionTxn.enabled=true", "closeSessionTxn.enabled=false"),
	}
	if err := os.MkdirAll(filepath.Join(c.dir, "data"), 0o755); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "zoo.cfg"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	return nil
}

func (c *chain) crew(seed uint64) []*worker {
	var crew []*worker
	for i, r := range []role{lasting, lasting, lasting, lasting, lasting, fleeting, fleeting, auditor} {
		crew = append(crew, newWorker(i+1, r, c.site, seed))
	}
	return crew
}

// live lets the crew work while servers come and go, and gives what it saw.
func (c *chain) live(ctx context.Context, crew []*worker, kills int) (*history, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.cmd.Process.Kill() }() // of a server that an error has left behind
	var working sync.WaitGroup
	errs := make([]error, len(crew))
	for i, w := range crew {
		working.Go(func() { errs[i] = w.run(ctx) })
	}
	home := func() error {
		c.site.shutDown()
		working.Wait()
		return errors.Join(errs...)
	}
	for done := 0; done < kills && err == nil; done++ {
		if err = c.kill(p); err == nil {
			p, err = c.next()
		}
	}
	if err == nil {
		err = c.waitReady(ctx, p)
	}
	if err == nil {
		c.waitAnswers(p, 200)
	}
	if err := errors.Join(err, home()); err != nil {
		return nil, err
	}
	return c.finish(ctx, p, crew)
}

// next starts the server again.
func (c *chain) next() (*process, error) {
	c.life++
	c.begansMs = append(c.begansMs, time.Now().UnixMilli())
	return launch(c.binary, c.dir)
}

// logEnd is the end of what the servers said.
func (c *chain) logEnd() error {
	text, err := os.ReadFile(filepath.Join(c.dir, "server.log"))
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return errors.New("crash: the end of the server's log:\n" + strings.Join(lines[max(0, len(lines)-30):], "\n"))
}

// logIsClean: a server that was only killed has nothing to complain about.
func (c *chain) logIsClean() error {
	text, err := os.ReadFile(filepath.Join(c.dir, "server.log"))
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	bad := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return !strings.Contains(line, "level=ERROR") && !strings.Contains(line, "panic") &&
			!strings.Contains(line, "not matching") && !strings.Contains(line, "broken")
	})
	if len(bad) == 0 {
		return nil
	}
	return errors.New("crash: the server's log says:\n" + strings.Join(bad[:min(len(bad), 10)], "\n"))
}
