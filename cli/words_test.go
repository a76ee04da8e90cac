package cli

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/zk"
)

// testShell is a shell without a server, for what needs none.
func testShell(t *testing.T) *Shell {
	t.Helper()
	set, err := parseSettings(nil)
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() }) // nothing is in it
	return newShell(Options{In: null, Out: null, Err: null, Env: func(string) string { return "" }, Now: time.Now}, set)
}

func TestLinesArePartedAsApachesShellPartsThem(t *testing.T) {
	s := testShell(t)
	for line, want := range map[string][]string{
		`create /a b`:               {"create", "/a", "b"},
		`  create   /a  `:           {"create", "/a"},
		`create /a "x y" 'p "q" r'`: {"create", "/a", "x y", `p "q" r`},
		`set /a it's`:               {"set", "/a", "it's"},
		`set /a ""`:                 {"set", "/a", ""},
		`get "abc`:                  {"get", "abc"}, // an open quote is lost
		`get "/a"b`:                 {"get", "/a", "b"},
		`"`:                         nil,
	} {
		if got := s.words(line); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestTheCommandLineIsReadAsApachesShellReadsIt(t *testing.T) {
	s, err := parseSettings(strings.Fields("-server h:1,h:2/c -timeout 5000 -r -waitforconnection --output json -odd get -s /a"))
	if err != nil {
		t.Fatal(err)
	}
	if s.servers != "h:1,h:2/c" || s.timeout != 5*time.Second || !s.readOnly || !s.wait || !s.json ||
		!slices.Equal(s.unknown, []string{"-odd"}) || !slices.Equal(s.command, []string{"get", "-s", "/a"}) {
		t.Errorf("got %+v", s)
	}
	for args, want := range map[string]string{
		"-server":         "Error: no argument found for option -server",
		"-timeout x":      `-timeout "x": expected milliseconds above 0`,
		"-timeout -1":     `-timeout "-1": expected milliseconds above 0`,
		"--output yaml":   `--output "yaml": expected text or json`,
		"--output=yaml /": `--output "yaml": expected text or json`,
	} {
		if _, err := parseSettings(strings.Fields(args)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", args, err, want)
		}
	}
}

func TestACLsAreReadAsApachesShellReadsThem(t *testing.T) {
	var said []string
	got := parseACL("world:anyone:cdrwaz,bad,ip:fe80::1:r,,auth::c,", func(format string, args ...any) {
		said = append(said, strings.TrimSpace(format))
	})
	want := []zk.ACL{
		{Perms: zk.PermAll, ID: zk.ID{Scheme: "world", ID: "anyone"}},
		{Perms: zk.PermRead, ID: zk.ID{Scheme: "ip", ID: "fe80::1"}},
		{Perms: zk.PermCreate, ID: zk.ID{Scheme: "auth", ID: ""}},
	}
	if !slices.Equal(got, want) || len(said) != 3 {
		t.Errorf("got %v and the complaints %q", got, said)
	}
}

func FuzzACLText(f *testing.F) {
	f.Add("world:anyone:cdrwa,ip:1.2.3.4/8:r")
	f.Fuzz(func(t *testing.T, text string) {
		list := parseACL(text, func(string, ...any) {})
		for _, a := range list {
			if a.Perms&^zk.PermAll != 0 {
				t.Errorf("%q gave permissions %d", text, a.Perms)
			}
		}
	})
}

func TestDatesAreJavas(t *testing.T) {
	local := time.Local //nolint:gosmopolitan // what the shell prints in
	if got := javaDate(0); got != time.Unix(0, 0).In(local).Format("Mon Jan 02 15:04:05 MST 2006") || !strings.HasSuffix(got, "19"+got[len(got)-2:]) {
		t.Errorf("got %q", got)
	}
}

func TestAHexDumpIsNettys(t *testing.T) {
	// As Apache's zkCli 3.9.5 printed it for "get -x".
	want := `         +-------------------------------------------------+
         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |
+--------+-------------------------------------------------+----------------+
|00000000| 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 |0123456789abcdef|
|00000010| 30 31 32 33 34 35 36 37 38 39                   |0123456789      |
+--------+-------------------------------------------------+----------------+`
	if got := hexDump([]byte("0123456789abcdef0123456789")); got != want {
		t.Errorf("got\n%s", got)
	}
	if hexDump(nil) != "" {
		t.Error("no bytes gave a dump")
	}
}

func TestWordsOfTheServerAreRead(t *testing.T) {
	m := metrics("zk_version\t3.9.5\nzk_znode_count\t5\nbroken\n")
	if m["version"] != "3.9.5" || m["znode_count"] != "5" || len(m) != 2 {
		t.Errorf("got %v", m)
	}
	list := connections(" /127.0.0.1:54182[1](queued=0,recved=12,sent=12,sid=0x1,lop=GETD)\nnonsense\n /x[(\n\n")
	if len(list) != 1 || list[0].Addr != "127.0.0.1:54182" || list[0].Fields["sid"] != "0x1" || list[0].Fields["recved"] != "12" {
		t.Errorf("got %v", list)
	}
}

func FuzzConnections(f *testing.F) {
	f.Add(" /127.0.0.1:54182[1](queued=0,recved=12)\n")
	f.Fuzz(func(t *testing.T, text string) {
		if list := connections(text); len(list) > strings.Count(text, "\n")+1 {
			t.Errorf("%d connections in %q", len(list), text)
		}
	})
}
