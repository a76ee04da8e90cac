package inspect

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"paddock/codec"
	"paddock/zk"
)

// txnLine is a transaction on a line as Apache's TxnLogToolkit prints it. Data may hold line ends, and then so does the line.
func txnLine(payload []byte) (string, error) {
	h, t, _, err := codec.DecodeTxn(payload)
	if err != nil {
		return "", err
	}
	body := txnText(&t)
	if t.Type == zk.OpMulti {
		body = multiText(payload)
	}
	line := fmt.Sprintf("%s session 0x%x cxid 0x%x zxid 0x%x %s %s",
		time.UnixMilli(h.TimeMs).Format("1/2/06, 3:04:05 PM MST"),
		uint64(h.ClientID), uint64(int64(h.Cxid)), uint64(h.Zxid), opText(h.Type), body)
	return strings.TrimSuffix(line, "\n") + "\n", nil
}

// opText is Apache's name of an operation (Request.op2String, 3.9.5).
func opText(op zk.Op) string {
	if op == zk.OpCreateTTL {
		return "createTTL"
	}
	return op.String()
}

// txnText has two styles, as Apache's: those with data in words of the tool's own, the others as jute's records print
// themselves, quoted and with a line end.
func txnText(t *codec.Txn) string {
	switch t.Type {
	case zk.OpCreate, zk.OpCreate2:
		return fmt.Sprintf("%s,%s,%s,%t,%d", t.Path, zk.Text(t.Data), aclText(t.ACL), t.Ephemeral, t.ParentCVersion)
	case zk.OpCreateContainer:
		return fmt.Sprintf("%s,%s,%s,%d", t.Path, zk.Text(t.Data), aclText(t.ACL), t.ParentCVersion)
	case zk.OpCreateTTL:
		return fmt.Sprintf("%s,%s,%s,%d,%d", t.Path, zk.Text(t.Data), aclText(t.ACL), t.ParentCVersion, t.TTLMs)
	case zk.OpSetData, zk.OpReconfig:
		return fmt.Sprintf("%s,%s,%d", t.Path, zk.Text(t.Data), t.Version)
	case zk.OpDelete, zk.OpDeleteContainer:
		return juteText(t.Path) + "\n"
	case zk.OpSetACL:
		return fmt.Sprintf("%s,v{%s},%d\n", juteText(t.Path), strings.Join(aclRecords(t.ACL), ","), t.Version)
	case zk.OpCreateSession:
		return strconv.Itoa(int(t.TimeoutMs)) + "\n"
	case zk.OpError:
		return strconv.Itoa(int(t.Err)) + "\n"
	case zk.OpCloseSession:
		return closeText(t)
	}
	return ""
}

// aclText is a list as java.util.List prints it, each entry with the line end of a whole record.
func aclText(acl []zk.ACL) string {
	if acl == nil {
		return "null"
	}
	entries := make([]string, len(acl))
	for i, a := range acl {
		entries[i] = fmt.Sprintf("%d,s{%s,%s}\n", int32(a.Perms), juteText(a.ID.Scheme), juteText(a.ID.ID))
	}
	return "[" + strings.Join(entries, ", ") + "]"
}

func aclRecords(acl []zk.ACL) []string {
	entries := make([]string, len(acl))
	for i, a := range acl {
		entries[i] = fmt.Sprintf("s{%d,s{%s,%s}}", int32(a.Perms), juteText(a.ID.Scheme), juteText(a.ID.ID))
	}
	return entries
}

func closeText(t *codec.Txn) string {
	if !t.HasPaths {
		return ""
	}
	paths := make([]string, len(t.Paths))
	for i, p := range t.Paths {
		paths[i] = juteText(p)
	}
	return "v{" + strings.Join(paths, ",") + "}\n"
}

// juteText quotes as jute does: an apostrophe in front, and what would be taken for punctuation as %XX
// (ToStringOutputArchive, 3.9.5). A null string is nothing at all.
func juteText(s string) string {
	if s == zk.NullText {
		return ""
	}
	return "'" + strings.NewReplacer("\x00", "%00", "\n", "%0A", "\r", "%0D", ",", "%2C", "}", "%7D", "%", "%25").Replace(s)
}

// multiText prints the bytes of each part as text, as Apache does. The payload has been decoded before, so it is whole.
func multiText(payload []byte) string {
	const headerBytes = 32
	d := codec.NewDecoder(payload[headerBytes:])
	var parts []string
	for n := d.Count(8); n > 0; n-- {
		op := zk.Op(d.Int32())
		parts = append(parts, opText(op)+":"+zk.Text(d.Buffer()))
	}
	return strings.Join(parts, ";")
}
