package client

import (
	"bytes"
	"fmt"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// outcome is what the goroutine of a synchronous call gets from the reader.
type outcome struct {
	body []byte // a copy
	err  error
}

// wait sends with the given function, ends the burst and waits for the answer; path is for the error.
func (c *Client) wait(send func(Handler) error, path string) ([]byte, error) {
	answer := make(chan outcome, 1) // holds the answer even if nobody waits any more
	err := send(func(r *Reply) {
		switch {
		case r.Lost != nil:
			answer <- outcome{err: r.Lost}
		case r.Code != zk.ErrOK:
			answer <- outcome{err: &Error{Op: r.Op, Path: path, Code: r.Code}}
		default:
			answer <- outcome{body: bytes.Clone(r.Body)}
		}
	})
	if err != nil {
		return nil, err
	}
	c.Flush()
	timeout := time.NewTimer(c.opts.Timeout)
	defer timeout.Stop()
	select {
	case got := <-answer:
		return got.body, got.err
	case <-timeout.C:
		return nil, ErrTimeout
	}
}

// finish wraps what a decoder found wrong in an answer. The body is the caller's own copy, so what was borrowed from
// it may be kept.
func finish(op zk.Op, d *codec.Decoder) error {
	if err := d.Err(); err != nil {
		return fmt.Errorf("client: answer to %s: %w", op, err)
	}
	return nil
}

// Call sends any operation with a body that the caller encoded and returns the body of the answer.
func (c *Client) Call(op zk.Op, body []byte) ([]byte, error) {
	return c.wait(func(done Handler) error { return c.SendRequest(op, body, 0, done) }, "")
}

// Create makes a znode and returns its path, which differs from path for the sequential modes.
func (c *Client) Create(path string, data []byte, acl []zk.ACL, mode zk.CreateMode) (string, error) {
	created, _, err := c.create(zk.OpCreate, &codec.CreateRequest{Path: path, Data: data, ACL: acl, Mode: mode})
	return created, err
}

// Create2 is Create that returns the Stat too.
func (c *Client) Create2(path string, data []byte, acl []zk.ACL, mode zk.CreateMode) (string, zk.Stat, error) {
	return c.create(zk.OpCreate2, &codec.CreateRequest{Path: path, Data: data, ACL: acl, Mode: mode})
}

func (c *Client) create(op zk.Op, r *codec.CreateRequest) (string, zk.Stat, error) {
	body, err := c.wait(func(done Handler) error { return c.SendCreate(op, r, 0, done) }, r.Path)
	if err != nil {
		return "", zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	path := d.Path()
	var stat zk.Stat
	if op != zk.OpCreate {
		stat = d.Stat()
	}
	return path, stat, finish(op, &d)
}

// Delete removes a znode; version -1 matches any.
func (c *Client) Delete(path string, version int32) error {
	_, err := c.wait(func(done Handler) error { return c.SendDelete(path, version, 0, done) }, path)
	return err
}

func (c *Client) read(op zk.Op, path string, watch bool) (codec.Decoder, error) {
	body, err := c.wait(func(done Handler) error { return c.SendRead(op, path, watch, 0, done) }, path)
	return codec.NewDecoder(body), err
}

// Exists returns the znode's Stat; a missing one gives ErrNoNode, and the watch is set all the same.
func (c *Client) Exists(path string, watch bool) (zk.Stat, error) {
	d, err := c.read(zk.OpExists, path, watch)
	if err != nil {
		return zk.Stat{}, err
	}
	stat := d.Stat()
	return stat, finish(zk.OpExists, &d)
}

// GetData returns a znode's data, nil for null, and its Stat.
func (c *Client) GetData(path string, watch bool) ([]byte, zk.Stat, error) {
	d, err := c.read(zk.OpGetData, path, watch)
	if err != nil {
		return nil, zk.Stat{}, err
	}
	data, stat := d.Buffer(), d.Stat()
	return data, stat, finish(zk.OpGetData, &d)
}

// SetData replaces a znode's data; version -1 matches any.
func (c *Client) SetData(path string, data []byte, version int32) (zk.Stat, error) {
	body, err := c.wait(func(done Handler) error { return c.SendSetData(path, data, version, 0, done) }, path)
	if err != nil {
		return zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	stat := d.Stat()
	return stat, finish(zk.OpSetData, &d)
}

// GetChildren2 returns the names of a znode's children, in no order, and its Stat.
func (c *Client) GetChildren2(path string, watch bool) ([]string, zk.Stat, error) {
	d, err := c.read(zk.OpGetChildren2, path, watch)
	if err != nil {
		return nil, zk.Stat{}, err
	}
	names, stat := d.Strings(), d.Stat()
	return names, stat, finish(zk.OpGetChildren2, &d)
}

// GetACL returns a znode's ACL list and its Stat.
func (c *Client) GetACL(path string) ([]zk.ACL, zk.Stat, error) {
	body, err := c.wait(func(done Handler) error { return c.SendPath(zk.OpGetACL, path, 0, done) }, path)
	if err != nil {
		return nil, zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	acl, stat := d.ACL(nil), d.Stat()
	return acl, stat, finish(zk.OpGetACL, &d)
}

// SetACL replaces a znode's ACL list; version -1 matches any.
func (c *Client) SetACL(path string, acl []zk.ACL, version int32) (zk.Stat, error) {
	body, err := c.wait(func(done Handler) error { return c.SendSetACL(path, acl, version, 0, done) }, path)
	if err != nil {
		return zk.Stat{}, err
	}
	d := codec.NewDecoder(body)
	stat := d.Stat()
	return stat, finish(zk.OpSetACL, &d)
}

// Sync makes later reads of this session see everything that was written before it.
func (c *Client) Sync(path string) error {
	_, err := c.wait(func(done Handler) error { return c.SendPath(zk.OpSync, path, 0, done) }, path)
	return err
}

// AddAuth adds an identity to the connection.
func (c *Client) AddAuth(scheme string, auth []byte) error {
	_, err := c.wait(func(done Handler) error { return c.SendAuth(scheme, auth, 0, done) }, "")
	return err
}
