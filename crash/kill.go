package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// way is the moment of a kill.
type way int

const (
	underLoad  way = iota // after some answers
	inSnapshot            // while a snapshot is being written
	atStart               // at any moment of the start, recovery included
	atOnce                // a moment after it begins to serve: twice in a row
)

// kill ends the server at a moment that the seed decides.
func (c *chain) kill(p *process) error {
	how := []way{underLoad, underLoad, inSnapshot, inSnapshot, atStart, atStart, atOnce}[c.rng.IntN(7)]
	if c.life == 1 {
		how = underLoad // so that there is something to lose
	}
	if how == atStart {
		c.wait(p, time.Duration(c.rng.Float64()*1.2*float64(c.startTook)))
	} else if err := c.waitReady(context.Background(), p); err != nil {
		return err
	}
	switch how {
	case underLoad:
		c.waitAnswers(p, int64(c.rng.IntN(1500)))
	case inSnapshot:
		c.waitAnswers(p, int64(c.rng.IntN(100)))
		c.waitSnapshot(p)
		c.wait(p, time.Duration(c.rng.IntN(5000))*time.Microsecond)
	case atOnce:
		c.wait(p, time.Duration(c.rng.IntN(10_000))*time.Microsecond)
	case atStart:
	}
	c.tally.kills[how]++
	served := c.serves(p)
	if err := p.end(syscall.SIGKILL); err != nil {
		return err
	}
	c.died[c.life] = c.site.now()
	if !served {
		c.tally.beforeReady++
	}
	if info, err := os.Stat(c.writing()); err == nil && info.ModTime().After(p.began) {
		c.tally.halfWritten++
	}
	return nil
}

// writing is the file of a snapshot that is being written.
func (c *chain) writing() string {
	return filepath.Join(c.dir, "data", "version-2", "writing.snapshot")
}

// serves tells whether the server has begun to serve, and lets the workers know.
func (c *chain) serves(p *process) bool {
	if _, life := c.site.last(); life == c.life {
		return true
	}
	select {
	case addr := <-p.ready:
		c.startTook = time.Since(p.began)
		c.site.open(addr, c.life)
		return true
	default:
		return false
	}
}

func (c *chain) waitReady(ctx context.Context, p *process) error {
	deadline := time.Now().Add(patience)
	for !c.serves(p) {
		select {
		case <-p.ended:
			return fmt.Errorf("crash: life %d: the server ended at its start: %s", c.life, p.cmd.ProcessState)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Microsecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("crash: life %d: the server does not serve", c.life)
		}
	}
	return nil
}

// wait lets time pass, and the workers in.
func (c *chain) wait(p *process, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Microsecond) {
		c.serves(p)
	}
}

// waitAnswers waits until the workers have had so many more answers, or for a while.
func (c *chain) waitAnswers(p *process, more int64) {
	until := c.site.answers.Load() + more
	for end := time.Now().Add(5 * time.Second); c.site.answers.Load() < until && time.Now().Before(end); {
		select {
		case <-p.ended:
			return
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// waitSnapshot waits until a snapshot is being written, or for a while.
func (c *chain) waitSnapshot(p *process) {
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		if info, err := os.Stat(c.writing()); err == nil && info.ModTime().After(p.began) {
			return
		}
	}
}
