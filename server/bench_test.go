package server

import (
	"bytes"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// BenchmarkRequests is the whole way from a client's socket and back, 16 requests in flight on one connection.
func BenchmarkRequests(b *testing.B) {
	const inFlight = 16
	value := bytes.Repeat([]byte("v"), 100)
	p := newPlace(b, "preAllocSize=65536")
	r := p.start(b)
	c := r.dial(client.Options{})
	if _, err := c.Create("/a", value, zk.OpenACL(), zk.ModePersistent); err != nil {
		b.Fatal(err)
	}
	for name, send := range map[string]func(client.Handler) error{
		"getData": func(done client.Handler) error { return c.SendRead(zk.OpGetData, "/a", false, 0, done) },
		"setData": func(done client.Handler) error { return c.SendSetData("/a", value, -1, 0, done) },
	} {
		b.Run(name, func(b *testing.B) {
			room := make(chan struct{}, inFlight)
			done := func(reply *client.Reply) {
				if reply.Code != zk.ErrOK || reply.Lost != nil {
					b.Error(reply.Code, reply.Lost)
				}
				<-room
			}
			for b.Loop() {
				select {
				case room <- struct{}{}:
				default: // the burst is full: off with it
					c.Flush()
					room <- struct{}{}
				}
				if err := send(done); err != nil {
					b.Fatal(err)
				}
			}
			check(b, c.Sync("/"))
		})
	}
}
