package codec

import (
	"errors"
	"testing"

	"paddock/zk"
)

func TestLengthsAreCheckedBeforeTheyAreBelieved(t *testing.T) {
	cases := map[string]struct {
		input []byte
		read  func(d *Decoder)
	}{
		"a negative buffer length":          {[]byte{0xff, 0xff, 0xff, 0xfe}, func(d *Decoder) { d.Buffer() }},
		"a buffer of 2 GB":                  {[]byte{0x7f, 0xff, 0xff, 0xff, 1}, func(d *Decoder) { d.Buffer() }},
		"a vector of 2 billion strings":     {[]byte{0x7f, 0xff, 0xff, 0xff}, func(d *Decoder) { d.Strings() }},
		"a vector longer than its input":    {[]byte{0, 0, 0, 2, 0, 0, 0, 0}, func(d *Decoder) { d.Strings() }},
		"an ACL list longer than its input": {[]byte{0, 0, 0, 1, 0, 0, 0, 31}, func(d *Decoder) { d.ACL(nil) }},
		"a null path":                       {[]byte{0xff, 0xff, 0xff, 0xff}, func(d *Decoder) { d.Path() }},
		"an int of three bytes":             {[]byte{0, 0, 0}, func(d *Decoder) { d.Int32() }},
		"a long of seven bytes":             {make([]byte, 7), func(d *Decoder) { d.Int64() }},
		"a boolean of no byte":              {nil, func(d *Decoder) { d.Bool() }},
	}
	for name, c := range cases {
		d := NewDecoder(c.input)
		c.read(&d)
		if !errors.Is(d.Err(), ErrMalformed) {
			t.Errorf("%s: got %v", name, d.Err())
		}
		first := d.Err()
		if d.Int64() != 0 || d.Buffer() != nil || !errors.Is(d.Err(), first) {
			t.Errorf("%s: the first error does not stick", name)
		}
	}
}

func TestAVectorOfLessThanNullIsEmpty(t *testing.T) {
	for _, count := range []int32{-2, -1 << 31} {
		d := NewDecoder(AppendInt32(nil, count))
		if n := d.Count(4); n != 0 || d.Err() != nil {
			t.Errorf("a vector of %d elements came back as %d, %v", count, n, d.Err())
		}
	}
}

func TestNullAndEmptyBuffersDiffer(t *testing.T) {
	d := NewDecoder(AppendBuffer(AppendBuffer(nil, nil), []byte{}))
	if null := d.Buffer(); null != nil {
		t.Errorf("null came back as %v", null)
	}
	if empty := d.Buffer(); empty == nil || len(empty) != 0 || d.Err() != nil {
		t.Errorf("empty came back as %v, %v", empty, d.Err())
	}
}

func FuzzRequests(f *testing.F) {
	for _, path := range capturedFiles(f, "*.request.hex") {
		if frame := capturedFrame(f, path); len(frame) > 4 {
			f.Add(frame[4:])
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, err := DecodeConnectRequest(body); err == nil {
			again := AppendConnectRequest(nil, &r)
			if r2, err := DecodeConnectRequest(again); err != nil || r2.SessionID != r.SessionID {
				t.Errorf("connect request does not survive: %+v, %v", r2, err)
			}
		}
		d := NewDecoder(body)
		h := d.RequestHeader()
		again, ok := reencode(&d, h)
		if !ok || d.Err() != nil {
			return
		}
		// What decodes, encodes to something that decodes to the same.
		d2 := NewDecoder(again)
		twice, ok := reencode(&d2, d2.RequestHeader())
		if !ok || d2.Err() != nil || string(twice) != string(again) {
			t.Errorf("request %x changes in a round trip: %x, then %x (%v)", body, again, twice, d2.Err())
		}
	})
}

func FuzzDecodeTxn(f *testing.F) {
	for _, txn := range sampleTxns() {
		h := TxnHeader{ClientID: 1, Zxid: 2, Type: txn.Type}
		f.Add(AppendTxn(nil, &h, &txn, TxnDigest{Version: DigestVersion, Tree: 99}))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		h, txn, digest, err := DecodeTxn(payload)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%v does not wrap ErrMalformed", err)
			}
			return
		}
		if txn.Type == zk.OpCreate && txn.ParentCVersion == -1 {
			return // the old form is not written any more
		}
		again := AppendTxn(nil, &h, &txn, digest)
		h2, txn2, digest2, err := DecodeTxn(again)
		if err != nil || h2 != h || digest2 != digest || txn2.Type != txn.Type || txn2.Path != txn.Path {
			t.Errorf("transaction %x changes in a round trip: %+v %+v %+v, %v", payload, h2, txn2, digest2, err)
		}
	})
}
