package powercut

import (
	"encoding/binary"
	"hash/adler32"
	"log/slog"
	"testing"

	"paddock/codec"
	"paddock/disk"
	"paddock/server"
	"paddock/zk"
)

// FuzzWholeRecords starts a server on a log whose records have the right form and checksum, and arbitrary transactions in
// them: it loads them, in order and to a tree that passes its check, or says what is wrong with which file. It never panics.
func FuzzWholeRecords(f *testing.F) {
	txn := func(h codec.TxnHeader, x codec.Txn) []byte { return codec.AppendTxn(nil, &h, &x, codec.TxnDigest{}) }
	create := txn(codec.TxnHeader{Type: zk.OpCreate}, codec.Txn{Type: zk.OpCreate, Path: "/a", ACL: zk.OpenACL()})
	f.Add(create, txn(codec.TxnHeader{Type: zk.OpDelete}, codec.Txn{Type: zk.OpDelete, Path: "/"}))
	f.Add(create, txn(codec.TxnHeader{Type: zk.OpSetData}, codec.Txn{Type: zk.OpSetData, Path: "no/path", Data: []byte("x"), Version: -7}))
	f.Add(txn(codec.TxnHeader{Type: zk.OpCreate}, codec.Txn{Type: zk.OpCreate, Path: "", ParentCVersion: -1}), create)
	f.Add(txn(codec.TxnHeader{Type: zk.OpCloseSession, ClientID: 5}, codec.Txn{Type: zk.OpCloseSession, Paths: []string{"", "/", "/zookeeper"}}), create)
	f.Add(txn(codec.TxnHeader{Type: zk.OpMulti}, codec.Txn{Type: zk.OpMulti, Sub: []codec.Txn{{Type: zk.OpDelete, Path: "/zookeeper"}}}), create)
	f.Fuzz(func(t *testing.T, first, second []byte) {
		log := append(append([]byte("ZKLG\x00\x00\x00\x02"), make([]byte, 8)...), record(first, 1)...)
		log = append(log, record(second, 2)...)
		d := disk.NewSim()
		if err := freshWith(d, log); err != nil {
			t.Fatal(err)
		}
		srv, err := start(d)
		if err != nil {
			return // it said why
		}
		if err := srv.Loaded().Tree.Check(); err != nil {
			t.Error(err)
		}
		if err := srv.Discard(); err != nil {
			t.Error(err)
		}
	})
}

// record frames a payload, with its zxid in its place.
func record(payload []byte, zxid uint64) []byte {
	p := append([]byte{}, payload...)
	for len(p) < 32 {
		p = append(p, 0)
	}
	binary.BigEndian.PutUint64(p[12:], zxid)
	b := binary.BigEndian.AppendUint64(nil, uint64(adler32.Checksum(p)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
	return append(append(b, p...), 'B')
}

// freshWith is the data directory of a server that has never been used, and a log beside it.
func freshWith(d *disk.Sim, log []byte) error {
	srv, err := start(d)
	if err != nil {
		return err
	}
	if err := srv.Discard(); err != nil {
		return err
	}
	f, err := d.Create(logDir + "/log.1")
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(log, 0); err != nil {
		return err
	}
	return f.Close()
}

// start loads a disk.
func start(d *disk.Sim) (*server.Server, error) {
	w := &World{}
	var err error
	if w.cfg, err = configWith(nil); err != nil {
		return nil, err
	}
	env := w.env()
	env.FS, env.Net = d, newNetwork()
	return server.NewIn(env, w.cfg, "powercut", slog.New(slog.DiscardHandler))
}
