package tree

import (
	"hash/crc32"
	"testing"

	"paddock/zk"
)

func TestDigestExcludesWhatIsBelowZookeeper(t *testing.T) {
	for path, want := range map[string]bool{
		"": true, "/": true, "/a": true, "/zookeeper": true, "/zookeeperx": true,
		"/zookeeper/quota": false, "/zookeeper/quota/a": false, "/zookeeper/": false,
	} {
		if got := InDigest(path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func TestBothWaysToADigestAgree(t *testing.T) {
	var d Digester
	s := zk.StatPersisted{
		Czxid: 1, Mzxid: -2, Ctime: 1 << 40, Mtime: 4, Version: -5, CVersion: 6, AVersion: -1, EphemeralOwner: zk.OwnerContainer,
		Pzxid: 9,
	}
	for range 100 {
		crc := PathDataCRC("/some/path", []byte{byte(s.Czxid)})
		if a, b := NodeDigest(crc, &s), d.NodeDigest(crc, &s); a != b {
			t.Fatalf("%#x and %#x for %+v", a, b, s)
		}
		s.Czxid = s.Czxid*31 + 7
	}
	if got := PathDataCRC("/a", []byte("bc")); got != crc32.ChecksumIEEE([]byte("/abc")) {
		t.Errorf("CRC after path and data is %#x", got)
	}
	if PathDataCRC("/", []byte("x")) != PathDataCRC("", []byte("x")) {
		t.Error("the root has two digests")
	}
}

func TestDigestsDoNotAllocate(t *testing.T) {
	var d Digester
	s := zk.StatPersisted{Czxid: 1}
	path, data := "/a/path/of/some/length", []byte("data")
	got := testing.AllocsPerRun(100, func() {
		s.Mzxid += int64(NodeDigest(PathDataCRC(path, data), &s)) + int64(d.NodeDigest(1, &s))
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}
