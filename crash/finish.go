package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"paddock/client"
	"paddock/zk"
)

// fillerNodes make loading and snapshots long enough to be hit by a kill: with fillerBytes each, 1.5 MB.
const (
	fillerNodes = 1500
	fillerBytes = 1000
)

// begin starts the first server and makes the families' parents and the filler.
func (c *chain) begin(ctx context.Context) (p *process, err error) {
	if p, err = c.next(); err != nil {
		return nil, err
	}
	if err := c.waitReady(ctx, p); err != nil {
		return nil, err
	}
	addr, _ := c.site.last()
	conn, err := client.Dial(ctx, addr, client.Options{Timeout: patience})
	if err != nil {
		return nil, fmt.Errorf("crash: %w", err)
	}
	var parts []client.Part
	create := func(path, data string) {
		parts = append(parts, client.Part{Op: zk.OpCreate, Path: path, Data: []byte(data), ACL: zk.OpenACL()})
	}
	for family := range families {
		create(familyPath(family), "")
	}
	create("/filler", "")
	for i := range fillerNodes {
		create(fmt.Sprintf("/filler/%d", i), strings.Repeat("x", fillerBytes))
		if len(parts) > 200 {
			_, err = conn.Multi(parts...)
			parts = nil
			if err != nil {
				return nil, fmt.Errorf("crash: set up: %w", err)
			}
		}
	}
	_, err = conn.Multi(parts...)
	if err := errors.Join(err, conn.Close()); err != nil {
		return nil, fmt.Errorf("crash: set up: %w", err)
	}
	return p, nil
}

// finish waits for the sessions that were left alone to end, reads everything once more, stops the server and gives the
// whole history, if only it can be told; with an error as well.
func (c *chain) finish(ctx context.Context, p *process, crew []*worker) (*history, error) {
	late := c.ephemeralsEnd(ctx)
	reader := newWorker(len(crew)+1, auditor, c.site, 0)
	addr, life := c.site.last()
	t, err := reader.connect(ctx, addr, life)
	if err != nil || t == nil {
		return nil, errors.Join(errors.New("crash: the last server takes no connection"), err)
	}
	whole := reader.audit(t)
	if err := reader.put(t); err != nil || !whole {
		return nil, errors.Join(errors.New("crash: the last server broke the last connection"), err)
	}
	if err := p.end(syscall.SIGTERM); err != nil {
		return nil, err
	}
	c.died[c.life] = c.site.now()
	h, err := c.history(append(crew, reader))
	return h, errors.Join(late, err)
}

// ephemeralsEnd waits until no ephemeral is left: every session was closed or left alone.
func (c *chain) ephemeralsEnd(ctx context.Context) error {
	addr, _ := c.site.last()
	conn, err := client.Dial(ctx, addr, client.Options{Timeout: patience})
	if err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	defer conn.Disconnect()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		left, err := ephemerals(conn)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("crash: all sessions are over, and there still is %q", left)
		}
	}
}

func ephemerals(conn *client.Client) (paths []string, err error) {
	for family := range families {
		names, _, err := conn.GetChildren2(familyPath(family), false)
		if err != nil {
			return nil, fmt.Errorf("crash: %w", err)
		}
		for _, name := range names {
			stat, err := conn.Exists(childPath(family, name), false)
			if err != nil && client.Code(err) != zk.ErrNoNode {
				return nil, fmt.Errorf("crash: %w", err)
			}
			if err == nil && stat.EphemeralOwner != 0 {
				paths = append(paths, fmt.Sprintf("%s of session 0x%x", childPath(family, name), stat.EphemeralOwner))
			}
		}
	}
	return paths, nil
}

// history puts together what all workers saw. What got no answer was over when its server was; the log tells whether it
// happened.
func (c *chain) history(crew []*worker) (*history, error) {
	h := &history{families: families}
	expiring := map[int64]bool{}
	for _, w := range crew {
		for _, id := range w.expiring {
			expiring[id] = true
		}
		h.trails = append(h.trails, w.trails...)
		for _, o := range w.ops {
			switch {
			case !o.lost && expiring[o.session] && o.code == zk.ErrSessionExpired:
				continue // refused
			case o.lost && !expiring[o.session] && o.life == c.life:
				return nil, fmt.Errorf("crash: the last server, which nobody has killed, did not answer %s", o)
			case o.lost && !o.changes():
				continue // a read without an answer says nothing
			case o.lost:
				o.returned = c.died[o.life]
				c.tally.lost++
			}
			h.ops = append(h.ops, o)
		}
	}
	records, err := readLog(filepath.Dir(c.writing()))
	if err != nil {
		return nil, err
	}
	return h, h.hear(&testimony{records: records, begansMs: c.begansMs, expiring: expiring, end: c.site.now()})
}
