package audit

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"paddock/zk"
)

// line is the line of an event, with its end.
func line(e *Event) string { return string(appendLine(nil, e, time.UTC)) }

// What a ZooKeeper 3.8.6 with the pattern of conf/logback.xml has written: a fresh server, an ephemeral, a refused create, SIGTERM.
func TestLinesAreThoseOfZooKeeper(t *testing.T) {
	at := func(ms int) int64 {
		return time.Date(2026, 11, 22, 1, 2, 40, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond).UnixMilli()
	}
	const session, ip = "0x10000db18ae0000", "127.0.0.1"
	for want, e := range map[string]Event{
		"2026-11-22 01:02:45,286 INFO o.a.z.a.Slf4jAuditLogger: user=root\toperation=serverStart\tresult=success\n": {
			WallMs: at(5286), User: "root", Operation: OpStart, Result: Success,
		},
		"2026-11-22 01:02:46,756 INFO o.a.z.a.Slf4jAuditLogger: session=0x10000db18ae0000\tuser=127.0.0.1\tip=127.0.0.1\toperation=create\tznode=/a\tznode_type=ephemeral\tresult=success\n": {
			WallMs: at(6756), Session: session, User: ip, IP: ip, Operation: OpCreate, Znode: "/a", ZnodeType: ModeName(zk.ModeEphemeral), Result: Success,
		},
		"2026-11-22 01:02:46,790 ERROR o.a.z.a.Slf4jAuditLogger: session=0x10000db18ae0000\tuser=127.0.0.1\tip=127.0.0.1\toperation=create\tznode=/nope/b\tznode_type=persistent\tresult=failure\n": {
			WallMs: at(6790), Session: session, User: ip, IP: ip, Operation: OpCreate, Znode: "/nope/b", ZnodeType: ModeName(zk.ModePersistent), Result: Failure,
		},
		"2026-11-22 01:02:46,808 INFO o.a.z.a.Slf4jAuditLogger: session=0x10000db18ae0000\tuser=root\toperation=ephemeralZNodeDeletionOnSessionCloseOrExpire\tznode=/a\tresult=success\n": {
			WallMs: at(6808), Session: session, User: "root", Operation: OpEphemeral, Znode: "/a", Result: Success,
		},
		"2026-11-22 01:02:51,339 INFO o.a.z.a.Slf4jAuditLogger: user=root\toperation=serverStop\tresult=invoked\n": {
			WallMs: at(11339), User: "root", Operation: OpStop, Result: Invoked,
		},
	} {
		if got := line(&e); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestTimesAreThoseOfTheZone(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	got := string(appendLine(nil, &Event{WallMs: 7, Result: Success}, zone))
	if want := "1970-01-01 02:00:00,007 INFO "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestValuesCannotForgeLinesOrPairs(t *testing.T) {
	for value, want := range map[string]string{
		"/a\nsession=0x1":          `/a\nsession=0x1`,
		"/a\tresult=success":       `/a\tresult=success`,
		"/a\r":                     `/a\r`,
		`/a\n`:                     `/a\\n`,
		"\x00\x1b[2J\x7f\u0085":    `\u0000\u001b[2J\u007f\u0085`,
		"\u2028\u2029\u202e\u200f": `\u2028\u2029\u202e\u200f`,
		"\u061c":                   `\u061c`,
		"\xff":                     `\xff`,
		"/grüß=日本 \ufffd":          "/grüß=日本 \ufffd",
	} {
		if got := string(appendEscaped(nil, value)); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
		for i, e := range []Event{{User: value}, {Znode: value}, {ACL: value}} {
			if got := line(&e); strings.Count(got, "\n") != 1 || strings.Count(got, "\t") != 1 {
				t.Errorf("field %d: %q", i, got)
			}
		}
	}
}

// FuzzEscaped: whatever a client sends, the line stays one line, and different values stay different.
func FuzzEscaped(f *testing.F) {
	f.Add("/a\tb", `/a\tb`)
	f.Add("\xff", `\xff`)
	f.Add("\u0085", `\u0085`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := string(appendEscaped(nil, a)), string(appendEscaped(nil, b))
		if (a == b) != (x == y) {
			t.Errorf("%q and %q became %s and %s", a, b, x, y)
		}
		if !utf8.ValidString(x) || strings.ContainsFunc(x, deceives) {
			t.Errorf("%q became %q", a, x)
		}
	})
}

func TestUsersAreNamedWithoutWhatProvesThem(t *testing.T) {
	id := func(scheme, id string) zk.ID { return zk.ID{Scheme: scheme, ID: id} }
	for want, ids := range map[string][]zk.ID{
		"":                      nil,
		"127.0.0.1":             {id("ip", "127.0.0.1")},
		"127.0.0.1,bob,alice":   {id("ip", "127.0.0.1"), id("digest", "bob:aGFzaA=="), id("digest", "alice:eA==")},
		"super,0:0:0:0:0:0:0:1": {id("super", ""), id("digest", "super:aGFzaA=="), id("ip", "0:0:0:0:0:0:0:1")},
		"10.0.0.1":              {id("ip", "10.0.0.1"), id("digest", ":aGFzaA=="), id("digest", " \t:eA=="), id("world", "anyone")},
	} {
		if got := Users(ids); got != want {
			t.Errorf("%v: got %q, want %q", ids, got, want)
		}
	}
	if got := Address([]zk.ID{id("digest", "a:b"), id("ip", "10.0.0.1")}); got != "10.0.0.1" {
		t.Errorf("address %q", got)
	}
}

func TestACLListsAreWrittenWithoutSpaces(t *testing.T) {
	acl := []zk.ACL{
		{Perms: zk.PermAll, ID: zk.ID{Scheme: "world", ID: "anyone"}},
		{Perms: zk.PermRead | zk.PermWrite | 1<<20, ID: zk.ID{Scheme: "digest", ID: "bob:x"}},
		{ID: zk.ID{Scheme: "ip", ID: "10.0.0.0/8"}},
	}
	if got, want := ACL(acl), "world:anyone:cdrwadigest:bob:x:rwip:10.0.0.0/8:"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestModesThatDoNotExistHaveNoName(t *testing.T) {
	for m := zk.CreateMode(-2); m < 10; m++ {
		if got := ModeName(m); (got == "") == m.Valid() {
			t.Errorf("%d: %q", m, got)
		}
	}
	if got := ModeName(zk.ModePersistentSequentialTTL); got != "persistent_sequential_with_ttl" {
		t.Errorf("got %q", got)
	}
}
