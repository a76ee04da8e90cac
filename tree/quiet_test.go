package tree

import (
	"bytes"
	"testing"

	"paddock/zk"
)

func TestLocalDataChangesDataAndNothingElse(t *testing.T) {
	tr := New()
	const path = "/zookeeper/quota/stats"
	if _, err := tr.Create(path, []byte("one"), zk.OpenACL(), 0, 1, 5, 50); err != zk.ErrOK {
		t.Fatal(err)
	}
	n := tr.Lookup(path)
	stat, digest, size := tr.Persisted(n), tr.Digest(), tr.ApproximateDataSize()
	for _, data := range [][]byte{[]byte("two"), bytes.Repeat([]byte{'x'}, 5000), {}, nil, []byte("count=1,bytes=2")} {
		if err := tr.SetLocalData(path, data); err != zk.ErrOK {
			t.Fatal(err)
		}
		if got := tr.Data(n); !bytes.Equal(got, data) || (got == nil) != (data == nil) {
			t.Errorf("data is %q, want %q", got, data)
		}
		if got := tr.Persisted(n); got != stat {
			t.Errorf("the stat has become %+v, was %+v", got, stat)
		}
		if got := tr.ApproximateDataSize(); got != size+int64(len(data)-len("one")) {
			t.Errorf("%d bytes of data: size %d, was %d with 3", len(data), got, size)
		}
		if err := tr.Check(); err != nil {
			t.Error(err)
		}
	}
	if tr.Digest() != digest {
		t.Error("the digest has changed")
	}
}

func TestLocalDataOfAMissingZnodeIsRefused(t *testing.T) {
	if err := New().SetLocalData("/zookeeper/quota/a/zookeeper_stats", nil); err != zk.ErrNoNode {
		t.Errorf("got %v", err)
	}
}

func TestLocalDataInsideTheDigestPanics(t *testing.T) {
	for _, path := range []string{"/", "", "/a", "/zookeeper"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q: no panic", path)
				}
			}()
			_ = New().SetLocalData(path, nil)
		}()
	}
}
