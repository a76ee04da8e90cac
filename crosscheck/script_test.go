package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"paddock/interop"
	"paddock/zk"
)

func sampleScript() script {
	first, second := &memory{}, &memory{}
	read := request{xid: 3, op: zk.OpExists, path: "/a", body: interop.WatchBody("/a", true), note: "two\n lines"}
	bye := request{xid: 4, op: zk.OpCloseSession, ends: true}
	odd := request{op: rawOp, body: []byte{0, 0, 0, 4, 1, 2, 3, 4}, ends: true}
	return script{
		{kind: "connect", slot: 1, hello: hello{tail: []byte{0}, timeout: 5000}, got: first},
		{kind: "ask", slot: 1, requests: []request{read, read}},
		{kind: "hangup", slot: 1},
		{kind: "connect", slot: 2, hello: hello{old: first, tail: []byte{1}, timeout: 9, behind: []request{read}}, got: second},
		{kind: "ask", slot: 2, requests: []request{odd}},
		{kind: "ask", slot: 2, requests: []request{bye}},
	}
}

// Ids and passwords are of the servers that gave them; the bytes of everything else come back as they were.
func TestAScriptIsReadAsItWasWritten(t *testing.T) {
	want := sampleScript()
	old := memory{ids: [2]int64{7, 8}, passwords: [2][]byte{bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)}}
	*want[0].got = old
	settings := []string{"skipACL=yes", "-Djute.maxbuffer=5"}
	text := want.text(settings)
	gotSettings, got, err := parseScript(text)
	if !slices.Equal(gotSettings, settings) {
		t.Errorf("settings %q, want %q", gotSettings, settings)
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d acts, want %d: %v\n%s", len(got), len(want), err, text)
	}
	*got[0].got = old
	for i := range want {
		if got[i].kind != want[i].kind || got[i].slot != want[i].slot || len(got[i].requests) != len(want[i].requests) {
			t.Fatalf("act %d is %+v, want %+v", i, got[i], want[i])
		}
		for k := range want[i].requests {
			g, w := &got[i].requests[k], &want[i].requests[k]
			if !bytes.Equal(g.frame(), w.frame()) || g.ends != w.ends || g.xid != w.xid || g.op != w.op {
				t.Errorf("act %d, request %d is %v, want %v", i, k, g, w)
			}
		}
		for side := range 2 {
			if want[i].kind == "connect" && !bytes.Equal(got[i].hello.frame(side), want[i].hello.frame(side)) {
				t.Errorf("act %d connects with\n%x, want\n%x", i, got[i].hello.frame(side), want[i].hello.frame(side))
			}
		}
	}
}

func TestAScriptThatCannotBeReadIsRefused(t *testing.T) {
	for _, text := range []string{"ask 0: xyz", "ask", "ask 99: 00", "ask x: 00", "connect 0 s1", "connect 0: 00", "hangup 0\nsettings skipACL=yes"} {
		if _, _, err := parseScript(text); err == nil {
			t.Errorf("%q is taken for a script", text)
		}
	}
}

// What is left out of a burst leaves the rest of it one packet.
func TestAScriptIsTakenApartToSingleRequests(t *testing.T) {
	s := sampleScript()
	pieces := piecesOf(s)
	if len(pieces) != 7 {
		t.Fatalf("%d pieces", len(pieces))
	}
	whole := assemble(s, pieces)
	if whole.text(nil) != s.text(nil) {
		t.Errorf("put together again it is\n%s", whole.text(nil))
	}
	less := assemble(s, append(append([]piece{}, pieces[:2]...), pieces[3:]...))
	if len(less) != len(s) || len(less[1].requests) != 1 || len(s[1].requests) != 2 {
		t.Errorf("without one request it is\n%s", less.text(nil))
	}
}

// TestScriptsOfOldDifferencesShowNoneNow sends each script of testdata to fresh servers.
func TestScriptsOfOldDifferencesShowNoneNow(t *testing.T) {
	files, err := filepath.Glob("testdata/*.script")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("there are none")
	}
	dir := t.TempDir()
	paddock, err := buildPaddock(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := checkScript(filepath.Join(dir, filepath.Base(file)), paddock, options{script: file}); err != nil {
				t.Error(err)
			}
		})
	}
}
