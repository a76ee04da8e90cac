package bench

import (
	"fmt"
	"slices"
	"strconv"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// childrenPerParent keeps a list of children far below jute.maxbuffer.
const childrenPerParent = 10_000

func parentPath(root string, i int) string { return root + "/p" + strconv.Itoa(i) }

func prepareParents(c *client.Client, o *Options, root string) error {
	parents := (o.Znodes + childrenPerParent - 1) / childrenPerParent
	acl := zk.OpenACL()
	return bulk(c, parents, func(i int, done client.Handler) error {
		return c.SendCreate(zk.OpCreate, &codec.CreateRequest{Path: parentPath(root, i), ACL: acl}, int64(i), done)
	})
}

// load creates every znode whose number is the worker's, modulo the number of workers.
type load struct {
	root   string
	next   int
	step   int
	end    int
	create codec.CreateRequest
}

func loadSource(o *Options, root string, worker int) source {
	return &load{
		root: root, next: worker, step: o.Connections, end: o.Znodes,
		create: codec.CreateRequest{Data: make([]byte, o.ValueBytes), ACL: zk.OpenACL()},
	}
}

func (l *load) send(c *client.Client, slot int, done client.Handler) (bool, error) {
	if l.next >= l.end {
		return false, nil
	}
	l.create.Path = parentPath(l.root, l.next/childrenPerParent) + "/n" + strconv.Itoa(l.next%childrenPerParent)
	l.next += l.step
	return true, c.SendCreate(zk.OpCreate, &l.create, int64(slot), done)
}

// bulkInFlight is the window of preparations and clean-ups: wide enough that a server's group commit pays.
const bulkInFlight = 1000

// bulk sends n requests and waits for all answers. The first refusal is the error.
func bulk(c *client.Client, n int, send func(i int, done client.Handler) error) error {
	answers := make(chan error, bulkInFlight)
	done := func(r *client.Reply) {
		switch {
		case r.Lost != nil:
			answers <- r.Lost
		case r.Code != zk.ErrOK:
			answers <- &client.Error{Op: r.Op, Code: r.Code}
		default:
			answers <- nil
		}
	}
	var first error
	sent, open := 0, 0
	for sent < n && first == nil || open > 0 {
		for sent < n && first == nil && open < bulkInFlight {
			if err := send(sent, done); err != nil {
				first = err
				break
			}
			sent++
			open++
		}
		c.Flush()
		for wait := open; wait > 0 && (wait > bulkInFlight/2 || sent == n || first != nil); wait-- {
			if err := <-answers; err != nil && first == nil {
				first = err
			}
			open--
		}
	}
	return first
}

// removeTree deletes a znode with everything below it.
func removeTree(c *client.Client, path string) error {
	names, _, err := c.GetChildren2(path, false)
	if err != nil {
		return err
	}
	inner, err := withChildren(c, path, names)
	if err != nil {
		return err
	}
	for i, name := range names {
		if inner[i] {
			if err := removeTree(c, path+"/"+name); err != nil {
				return err
			}
			names[i] = "" // gone already
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	err = bulk(c, len(names), func(i int, done client.Handler) error {
		return c.SendDelete(path+"/"+names[i], -1, int64(i), done)
	})
	if err != nil {
		return fmt.Errorf("clean up below %s: %w", path, err)
	}
	return c.Delete(path, -1)
}

// withChildren tells for each of a znode's children whether it has children of its own.
func withChildren(c *client.Client, path string, names []string) ([]bool, error) {
	inner := make([]bool, len(names))
	err := bulk(c, len(names), func(i int, done client.Handler) error {
		return c.SendRead(zk.OpExists, path+"/"+names[i], false, int64(i), func(r *client.Reply) {
			d := codec.NewDecoder(r.Body)
			stat := d.Stat()
			inner[i] = stat.NumChildren > 0
			done(r)
		})
	})
	return inner, err
}
