package client

import (
	"paddock/codec"
	"paddock/zk"
)

// The asynchronous requests. Each appends to the write buffer; Flush ends the burst. An error means that the
// connection has ended and done will not be called. Paths, data and lists are copied before the call returns.

// SendRequest sends any operation with a body that the caller encoded.
func (c *Client) SendRequest(op zk.Op, body []byte, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(op, tag, done)
	if err != nil {
		return err
	}
	c.out = append(c.out, body...)
	c.end(at)
	return nil
}

// SendCreate sends create, create2, createContainer or createTTL.
func (c *Client) SendCreate(op zk.Op, r *codec.CreateRequest, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(op, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendCreateRequest(c.out, op, r)
	c.end(at)
	return nil
}

// SendDelete sends delete; version -1 matches any.
func (c *Client) SendDelete(path string, version int32, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(zk.OpDelete, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendPathVersion(c.out, path, version)
	c.end(at)
	return nil
}

// SendRead sends exists, getData, getChildren or getChildren2.
func (c *Client) SendRead(op zk.Op, path string, watch bool, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(op, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendPathWatch(c.out, path, watch)
	c.end(at)
	return nil
}

// SendSetData sends setData; version -1 matches any.
func (c *Client) SendSetData(path string, data []byte, version int32, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(zk.OpSetData, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendSetDataRequest(c.out, path, data, version)
	c.end(at)
	return nil
}

// SendPath sends an operation whose body is only a path: getACL, sync.
func (c *Client) SendPath(op zk.Op, path string, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(op, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendString(c.out, path)
	c.end(at)
	return nil
}

// SendSetACL sends setACL; version -1 matches any.
func (c *Client) SendSetACL(path string, acl []zk.ACL, version int32, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(zk.OpSetACL, tag, done)
	if err != nil {
		return err
	}
	c.out = codec.AppendSetACLRequest(c.out, path, acl, version)
	c.end(at)
	return nil
}

// SendMulti sends the parts as one transaction. DecodeMulti reads the answer.
func (c *Client) SendMulti(parts []Part, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.begin(zk.OpMulti, tag, done)
	if err != nil {
		return err
	}
	c.out = appendMulti(c.out, parts)
	c.end(at)
	return nil
}

// SendAuth adds an identity to the connection. Its answer may come before those of earlier requests.
func (c *Client) SendAuth(scheme string, auth []byte, tag int64, done Handler) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.auths.push(call{done: done, tag: tag, xid: zk.XidAuth, op: zk.OpAuth})
	at := c.header(zk.XidAuth, zk.OpAuth)
	c.out = codec.AppendAuthPacket(c.out, scheme, auth)
	c.end(at)
	return nil
}
