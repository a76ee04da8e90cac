package cli

import (
	"fmt"
	"time"
	"unicode/utf8"

	"paddock/cli/link"
	"paddock/zk"
)

// dataJSON is a znode's data: text where it is UTF-8, base64 where it is not, neither for null.
type dataJSON struct {
	Data   *string `json:"data,omitempty"`
	Base64 []byte  `json:"base64,omitempty"`
}

func toData(data []byte) dataJSON {
	if data != nil && !utf8.Valid(data) {
		return dataJSON{Base64: data}
	}
	if data == nil {
		return dataJSON{}
	}
	text := string(data)
	return dataJSON{Data: &text}
}

func (d dataJSON) bytes() []byte {
	if d.Data != nil {
		return []byte(*d.Data)
	}
	return d.Base64
}

// statJSON is a Stat with its numbers in the forms that people compare.
type statJSON struct {
	Czxid          string `json:"czxid"`
	Mzxid          string `json:"mzxid"`
	Pzxid          string `json:"pzxid"`
	Ctime          string `json:"ctime"`
	Mtime          string `json:"mtime"`
	Version        int32  `json:"version"`
	CVersion       int32  `json:"cversion"`
	AVersion       int32  `json:"aversion"`
	EphemeralOwner string `json:"ephemeralOwner"`
	DataLength     int32  `json:"dataLength"`
	NumChildren    int32  `json:"numChildren"`
}

func toStat(st *zk.Stat) *statJSON {
	at := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
	hex := func(n int64) string { return fmt.Sprintf("0x%x", uint64(n)) }
	return &statJSON{
		Czxid: hex(st.Czxid), Mzxid: hex(st.Mzxid), Pzxid: hex(st.Pzxid), Ctime: at(st.Ctime), Mtime: at(st.Mtime),
		Version: st.Version, CVersion: st.CVersion, AVersion: st.AVersion, EphemeralOwner: hex(st.EphemeralOwner),
		DataLength: st.DataLength, NumChildren: st.NumChildren,
	}
}

// nodeJSON is what most commands say of a znode.
type nodeJSON struct {
	Path string `json:"path"`
	dataJSON
	Children *[]string `json:"children,omitempty"`
	ACL      []string  `json:"acl,omitempty"`
	Stat     *statJSON `json:"stat,omitempty"`
}

func eventJSON(e link.Event) map[string]any {
	out := map[string]any{"event": link.TypeName(e.Type), "state": e.State}
	if e.Path != "" {
		out["path"], out["zxid"] = e.Path, fmt.Sprintf("0x%x", uint64(e.Zxid))
	}
	return out
}

// aclText writes an entry in the form that setAcl takes.
func aclText(a zk.ACL) string { return a.ID.Scheme + ":" + a.ID.ID + ":" + permText(a.Perms) }

func aclTexts(list []zk.ACL) []string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = aclText(a)
	}
	return texts
}
