package codec

import (
	"errors"
	"reflect"
	"testing"

	"paddock/zk"
)

func sampleTxns() []Txn {
	acl := []zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "digest", ID: "u:hash"}}}
	return []Txn{
		{Type: zk.OpCreate, Path: "/a", Data: []byte("x"), ACL: acl, Ephemeral: true, ParentCVersion: 7, TTLMs: -1},
		{Type: zk.OpCreate2, Path: "/a", Data: nil, ACL: zk.OpenACL(), ParentCVersion: 1, TTLMs: -1},
		{Type: zk.OpCreateContainer, Path: "/c", Data: []byte{}, ACL: acl, ParentCVersion: 2, TTLMs: -1},
		{Type: zk.OpCreateTTL, Path: "/t", Data: []byte("d"), ACL: acl, ParentCVersion: 2, TTLMs: 5000},
		{Type: zk.OpDelete, Path: "/a"},
		{Type: zk.OpDeleteContainer, Path: "/c"},
		{Type: zk.OpSetData, Path: "/a", Data: []byte("y"), Version: 3},
		{Type: zk.OpReconfig, Path: zk.PathConfig, Data: []byte("server.1"), Version: -1},
		{Type: zk.OpSetACL, Path: "/a", ACL: acl, Version: 1},
		{Type: zk.OpCreateSession, TimeoutMs: 30000},
		{Type: zk.OpCloseSession, HasPaths: true, Paths: []string{"/e1", "/e2"}},
		{Type: zk.OpError, Err: zk.ErrNoNode},
		{Type: zk.OpMulti, Sub: []Txn{
			{Type: zk.OpCheck, Path: "/a", Version: 2},
			{Type: zk.OpCreate, Path: "/b", Data: []byte("z"), ACL: acl, ParentCVersion: 9, TTLMs: -1},
			{Type: zk.OpError, Err: zk.ErrBadVersion},
		}},
	}
}

func TestTransactionsSurviveARoundTripWithAndWithoutDigest(t *testing.T) {
	for _, txn := range sampleTxns() {
		for _, digest := range []TxnDigest{{}, {Version: DigestVersion, Tree: 0xfedcba9876543210}} {
			h := TxnHeader{ClientID: 0x1234, Cxid: 5, Zxid: 77, TimeMs: 1700000000000, Type: txn.Type}
			payload := AppendTxn(nil, &h, &txn, digest)
			gotH, got, gotDigest, err := DecodeTxn(payload)
			if err != nil {
				t.Errorf("%v: %v", txn.Type, err)
				continue
			}
			if gotH != h || gotDigest != digest || !reflect.DeepEqual(got, txn) {
				t.Errorf("%v:\n got %+v %+v %+v\nwant %+v %+v %+v", txn.Type, gotH, got, gotDigest, h, txn, digest)
			}
		}
	}
}

func TestEveryTruncationOfATransactionIsAnErrorOrAnOlderForm(t *testing.T) {
	for _, txn := range sampleTxns() {
		h := TxnHeader{ClientID: 1, Cxid: 5, Zxid: 77, TimeMs: 1, Type: txn.Type}
		payload := AppendTxn(nil, &h, &txn, TxnDigest{})
		for n := range payload {
			_, got, _, err := DecodeTxn(payload[:n])
			oldForm := txn.Type == zk.OpCreate && got.ParentCVersion == -1 || txn.Type == zk.OpCloseSession && !got.HasPaths
			if err == nil && !oldForm {
				t.Errorf("%v cut to %d of %d bytes decodes as %+v", txn.Type, n, len(payload), got)
			}
			if err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("%v cut to %d bytes: %v does not wrap ErrMalformed", txn.Type, n, err)
			}
		}
	}
}

func TestACloseSessionOfOldReleasesHasNoPaths(t *testing.T) {
	h := TxnHeader{ClientID: 9, Zxid: 3, Type: zk.OpCloseSession}
	for _, digest := range []TxnDigest{{}, {Version: DigestVersion, Tree: 0x1122334455667788}, {Version: DigestVersion}} {
		payload := AppendTxn(nil, &h, &Txn{Type: zk.OpCloseSession}, digest)
		_, got, gotDigest, err := DecodeTxn(payload)
		if err != nil || got.HasPaths || gotDigest != digest {
			t.Errorf("digest %+v: got %+v %+v, %v", digest, got, gotDigest, err)
		}
	}
}

func TestACreateOfReleasesBefore34HasNoParentCVersion(t *testing.T) {
	h := TxnHeader{ClientID: 9, Zxid: 3, Type: zk.OpCreate}
	txn := Txn{Type: zk.OpCreate, Path: "/a", Data: []byte("x"), ACL: zk.OpenACL(), ParentCVersion: 4, TTLMs: -1}
	payload := AppendTxn(nil, &h, &txn, TxnDigest{})
	_, got, _, err := DecodeTxn(payload[:len(payload)-4])
	txn.ParentCVersion = -1
	if err != nil || !reflect.DeepEqual(got, txn) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAMultiInsideAMultiIsRefused(t *testing.T) {
	h := TxnHeader{Zxid: 3, Type: zk.OpMulti}
	inner := Txn{Type: zk.OpMulti, Sub: []Txn{{Type: zk.OpDelete, Path: "/a"}}}
	payload := AppendTxn(nil, &h, &Txn{Type: zk.OpMulti, Sub: []Txn{inner}}, TxnDigest{})
	if _, _, _, err := DecodeTxn(payload); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v", err)
	}
}
