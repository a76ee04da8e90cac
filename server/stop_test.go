package server

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// A read of many slices is under way when the server stops, with a write behind it.
func TestStopAnswersAWriteBehindALongRead(t *testing.T) { inBothModes(t, stopBehindALongRead) }

func stopBehindALongRead(t *testing.T, newPlace placer) {
	p := newPlace(t)
	r := p.start(t)
	_, err := r.dial(client.Options{}).Create("/f", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	g, err := r.s.visit(context.Background(), netip.MustParseAddrPort("127.0.0.1:1"), nil)
	check(t, err)
	q := codec.SetWatches2{Data: []string{}, Exist: []string{}, Child: []string{}}
	for i := range 50_000 {
		q.Exist = append(q.Exist, fmt.Sprintf("/x%d", i))
	}
	read := codec.AppendSetWatches2(nil, zk.OpSetWatches, &q)
	write := codec.AppendSetDataRequest(nil, "/f", []byte("last"), -1)
	check(t, r.s.ask(context.Background(), func() {
		r.s.proc.Frame(g.id, append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: 1, Op: zk.OpSetWatches}), read...))
		r.s.proc.Frame(g.id, append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: 2, Op: zk.OpSetData}), write...))
		r.cancel()
	}))
	r.stop()
	if got := p.peek(t).znodes["/f"].data; got != "last" {
		t.Errorf("after a restart the data is %q", got)
	}
}
