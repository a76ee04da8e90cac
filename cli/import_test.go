package cli

import (
	"strings"
	"testing"
)

const goodExport = `{"format":"paddock-subtree","version":1,"root":"/a","server":"h:1","time":"t"}
{"path":"","data":"x","acl":["world:anyone:cdrwa"],"cversion":1}
{"path":"/b","base64":"gICA","acl":["ip:::1:r","world:anyone:r"],"cversion":0}
{"end":true,"znodes":2}
`

func TestAGoodExportIsAccepted(t *testing.T) {
	if err := checkExport(strings.NewReader(goodExport)); err != nil {
		t.Error(err)
	}
}

func TestABadExportIsRefusedBeforeAnythingIsDone(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`{"end":true,"znodes":2}` + "\n", "", "cut off after line 3: the end with the number of znodes is missing"},
		{`"znodes":2`, `"znodes":3`, "line 4: the end speaks of 3 znodes, and 2 came before it"},
		{"paddock-subtree", "tar", `line 1: no export of 'paddock cli': expected {"format":"paddock-subtree",...}`},
		{`"version":1`, `"version":2`, "line 1: format version 2, and only 1 is known"},
		{`"root":"/a"`, `"root":"a"`, "Path must start with / character"},
		{`"path":"/b"`, `"path":"/b/c/d"`, `znode "/b/c/d" comes before its parent`},
		{`"path":"/b"`, `"path":"/../b"`, `znode "/../b": Invalid path string "/../b" caused by relative paths not allowed @2`},
		{`"path":"/b"`, `"path":""`, `znode "" comes twice`},
		{`world:anyone:r"]`, `world:anyone:z"]`, `znode "/b": ACL "world:anyone:z": permission "z" is unknown`},
		{`world:anyone:r"]`, `digest:joe:x:r"]`, `znode "/b": its ACL has a digest x, which stands for one that was not shown to who exported it: it would let nobody in`},
		{`["world:anyone:cdrwa"]`, `[]`, `znode "" has no ACL`},
		{`"base64":"gICA"`, `"base64":"%%"`, "line 3: illegal base64 data at input byte 0"},
		{`{"end"`, "{}\n{\"end\"", `znode "" comes twice`},
		{`"znodes":2}`, "\"znodes\":2}\n{}", "line 5: nothing is expected behind the end"},
	} {
		err := checkExport(strings.NewReader(strings.Replace(goodExport, c.old, c.new, 1)))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s instead of %s: got %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

func FuzzExport(f *testing.F) {
	f.Add(goodExport)
	f.Fuzz(func(t *testing.T, text string) {
		if checkExport(strings.NewReader(text)) != nil {
			return
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "{") && strings.TrimSpace(line) != "" && !strings.Contains(line, "{") {
				t.Errorf("line %q was accepted", line)
			}
		}
	})
}
