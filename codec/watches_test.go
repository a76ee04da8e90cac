package codec

import (
	"errors"
	"slices"
	"testing"

	"paddock/zk"
)

func sampleSetWatches2() SetWatches2 {
	return SetWatches2{
		RelativeZxid: 7, Data: []string{"/d"}, Exist: []string{}, Child: []string{"/c", zk.NullText, ""},
		Persistent: nil, Recursive: []string{"/", "/r"},
	}
}

func sameLists(a, b *SetWatches2) bool {
	same := func(x, y []string) bool { return (x == nil) == (y == nil) && slices.Equal(x, y) }
	return a.RelativeZxid == b.RelativeZxid && same(a.Data, b.Data) && same(a.Exist, b.Exist) && same(a.Child, b.Child) &&
		same(a.Persistent, b.Persistent) && same(a.Recursive, b.Recursive)
}

// The bytes are those of zookeeper.jute: a ustring and an int.
func TestPathAndCodeAreAStringAndAnInt(t *testing.T) {
	b := AppendPathCode(nil, "/a", AddRecursive)
	if string(b) != "\x00\x00\x00\x02/a\x00\x00\x00\x01" {
		t.Errorf("%x", b)
	}
	for _, want := range []PathCode{{"/a", WatcherAny}, {"", -1}, {zk.NullText, WatcherRecursive}} {
		d := NewDecoder(AppendPathCode(nil, want.Path, want.Code))
		if got := d.PathCode(); got != want || d.Err() != nil {
			t.Errorf("%+v came back as %+v, %v", want, got, d.Err())
		}
	}
	if null := AppendPathCode(nil, zk.NullText, 0); string(null) != "\xff\xff\xff\xff\x00\x00\x00\x00" {
		t.Errorf("null is %x", null)
	}
}

func TestNoTextIsTakenForNull(t *testing.T) {
	d := NewDecoder(AppendBuffer(AppendBuffer(nil, []byte(zk.NullText)), []byte{}))
	if a, b := d.Text(), d.Text(); a == zk.NullText || b != "" {
		t.Errorf("%q %q", a, b)
	}
}

func TestSetWatches2SurvivesARoundTrip(t *testing.T) {
	want := sampleSetWatches2()
	d := NewDecoder(AppendSetWatches2(nil, zk.OpSetWatches2, &want))
	if got := d.SetWatches2(zk.OpSetWatches2); !sameLists(&got, &want) || d.Err() != nil || d.Remaining() != 0 {
		t.Errorf("%+v, %v", got, d.Err())
	}
}

func TestSetWatchesIsTheSameWithoutTheLastLists(t *testing.T) {
	r := SetWatches2{RelativeZxid: 7, Data: []string{"/d"}, Exist: []string{}, Child: []string{"/c"}}
	b := AppendSetWatches2(nil, zk.OpSetWatches, &r)
	if string(b) != "\x00\x00\x00\x00\x00\x00\x00\x07"+
		"\x00\x00\x00\x01\x00\x00\x00\x02/d"+"\x00\x00\x00\x00"+"\x00\x00\x00\x01\x00\x00\x00\x02/c" {
		t.Errorf("%x", b)
	}
	d := NewDecoder(b)
	r.Persistent, r.Recursive = []string{}, []string{}
	if got := d.SetWatches2(zk.OpSetWatches); !sameLists(&got, &r) || d.Err() != nil || d.Remaining() != 0 {
		t.Errorf("%+v, %v", got, d.Err())
	}
}

func TestEveryTruncationOfAWatchRequestIsAnError(t *testing.T) {
	r := sampleSetWatches2()
	for _, c := range []struct {
		body []byte
		read func(d *Decoder)
	}{
		{AppendPathCode(nil, "/a", 1), func(d *Decoder) { d.PathCode() }},
		{AppendSetWatches2(nil, zk.OpSetWatches2, &r), func(d *Decoder) { d.SetWatches2(zk.OpSetWatches2) }},
	} {
		for n := range c.body {
			d := NewDecoder(c.body[:n])
			if c.read(&d); !errors.Is(d.Err(), ErrMalformed) {
				t.Errorf("%x: %v", c.body[:n], d.Err())
			}
		}
	}
}

func FuzzWatchRequests(f *testing.F) {
	r := sampleSetWatches2()
	f.Add(int32(zk.OpSetWatches2), AppendSetWatches2(nil, zk.OpSetWatches2, &r))
	f.Add(int32(zk.OpSetWatches), AppendSetWatches2(nil, zk.OpSetWatches, &r))
	f.Add(int32(zk.OpAddWatch), AppendPathCode(nil, "/a", 1))
	f.Fuzz(func(t *testing.T, op int32, body []byte) {
		switch zk.Op(op) {
		case zk.OpSetWatches, zk.OpSetWatches2:
			d := NewDecoder(body)
			r := d.SetWatches2(zk.Op(op))
			if d.Err() != nil {
				return
			}
			d2 := NewDecoder(AppendSetWatches2(nil, zk.Op(op), &r))
			if r2 := d2.SetWatches2(zk.Op(op)); !sameLists(&r, &r2) || d2.Err() != nil {
				t.Errorf("%x changes in a round trip: %+v, %v", body, r2, d2.Err())
			}
		default:
			d := NewDecoder(body)
			r := d.PathCode()
			if d.Err() != nil {
				return
			}
			d2 := NewDecoder(AppendPathCode(nil, r.Path, r.Code))
			if r2 := d2.PathCode(); r2 != r || d2.Err() != nil {
				t.Errorf("%x changes in a round trip: %+v, %v", body, r2, d2.Err())
			}
		}
	})
}
