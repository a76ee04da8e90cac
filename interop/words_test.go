package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The four-letter words of a real ZooKeeper and of ours, in the same state: texts must be the same once what may differ has
// been given one name. Only the order of connections, sessions and paths is free.

// wordState brings a server into a state, and names the sessions in it: what stands for their ids in the answers.
type wordState struct {
	name  string
	build func(t *testing.T, s *Server) map[string]*Conn
}

func wordStates() []wordState {
	return []wordState{
		{"an empty server", func(*testing.T, *Server) map[string]*Conn { return nil }},
		{"sessions, ephemerals and watches of every kind", buildBusy},
	}
}

const (
	opAddWatch       = 106
	modePersistent   = 0
	modeRecursive    = 1
	transactionsBusy = 300 // more than two entries of the digest's history
)

// buildBusy makes two sessions that own ephemerals and wait for paths in every way, and one that does nothing.
func buildBusy(t *testing.T, s *Server) map[string]*Conn {
	t.Helper()
	a, b, idle := dial(t, s, Hello{}), dial(t, s, Hello{}), dial(t, s, Hello{})
	call := func(c *Conn, op int32, body Body) {
		t.Helper()
		_, err := c.Call(op, body)
		check(t, err)
	}
	for _, path := range []string{"/a", "/b", "/b/c"} {
		call(a, OpCreate, CreateBody(path, []byte("data"), Open(), 0))
	}
	call(a, OpCreate, CreateBody("/e1", nil, Open(), Ephemeral))
	call(a, OpCreate, CreateBody("/e2", nil, Open(), Ephemeral))
	call(b, OpCreate, CreateBody("/b/c/f1", nil, Open(), 0))
	call(b, OpCreate, CreateBody("/f2", nil, Open(), Ephemeral))
	call(a, OpGetData, WatchBody("/a", true))
	call(b, OpGetData, WatchBody("/a", true))
	call(a, OpExists, WatchBody("/missing", true))
	call(b, OpGetChildren, WatchBody("/", true)) // no data watch: wchs does not see it
	call(a, opAddWatch, DeleteBody("/b", modePersistent))
	call(b, opAddWatch, DeleteBody("/b", modeRecursive))
	for range transactionsBusy {
		call(a, OpSetData, SetDataBody("/a", []byte("changed"), -1))
	}
	call(a, OpGetData, WatchBody("/a", true)) // the first one has fired
	return map[string]*Conn{"A": a, "B": b, "IDLE": idle}
}

func TestWordsAreAnsweredAsByApache(t *testing.T) {
	apache, ours := newServer(t, tools.apache), newServer(t, tools.server)
	for _, s := range []*Server{apache, ours} {
		check(t, s.Start())
	}
	for _, state := range wordStates() {
		t.Run(state.name, func(t *testing.T) {
			sessions := [2]map[string]*Conn{state.build(t, apache), state.build(t, ours)}
			for word := range strings.FieldsSeq("ruok isro conf dirs envi gtmk srst srvr crst cons stat wchs wchc wchp dump hash") {
				var texts [2]string
				for i, s := range []*Server{apache, ours} {
					text, err := s.Word(word)
					check(t, err)
					texts[i] = normalWord(word, text, sessions[i])
				}
				if texts[0] != texts[1] {
					t.Errorf("%s:\nApache says\n%s\nwe say\n%s", word, texts[0], texts[1])
				}
			}
		})
	}
	t.Run("stmk sets the trace mask", func(t *testing.T) {
		for _, s := range []*Server{apache, ours} {
			for _, tt := range []struct{ word, want string }{
				{"stmk\x00\x00\x00\x00\x00\x00\x01\x02", "258"}, {"gtmk", "258"}, {"stmk\xff\xff\xff\xff\xff\xff\xff\xff", "-1"}, {"gtmk", "-1"},
			} {
				if got, err := s.Word(tt.word); err != nil || got != tt.want {
					t.Errorf("%s: %q is answered %q (%v), want %q", s.Program.Name, tt.word, got, err, tt.want)
				}
			}
		}
	})
	t.Run("mntr has the same keys", func(t *testing.T) { sameMntrKeys(t, apache, ours) })
}

// volatile is what differs from run to run: addresses, times, sizes, latencies and versions.
var volatile = []struct {
	in   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "CLIENT"},
	{regexp.MustCompile(`(?m)^clientPort=\d+`), "clientPort=N"},
	{regexp.MustCompile(`((?:data|log)\w*[Ss]ize[=:] ?)\d+`), "${1}N"},
	{regexp.MustCompile(`(data(?:Log)?Dir=).*/data/version-2`), "${1}DIR"},
	{regexp.MustCompile(`(?m)^(Zookeeper version: |zookeeper.version=)3\.9\.5-\S+, built on .*`), "${1}V"},
	{regexp.MustCompile(`(?m)^Latency min/avg/max: \d+/\d+\.\d+/\d+$`), "LATENCY"},
	{regexp.MustCompile(`(est|lresp|llat|minlat|avglat|maxlat)=\d+`), "${1}=N"},
	{regexp.MustCompile(`expire at [A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \w+ \d{4}:`), "expire at DATE:"},
	{regexp.MustCompile(`(?m)^(host\.name|java\.(?:version|vendor|home|class\.path|library\.path)|user\.dir|os\.memory\.\w+)=.+`), "${1}=X"},
}

// normalWord makes answers comparable: sessions by name, volatile parts by theirs, groups in order.
func normalWord(word, text string, sessions map[string]*Conn) string {
	for name, c := range sessions {
		text = strings.ReplaceAll(text, fmt.Sprintf("0x%x", uint64(c.Session.ID)), name)
	}
	for _, v := range volatile {
		text = v.in.ReplaceAllString(text, v.with)
	}
	switch word {
	case "dump":
		// Apache keeps a bucket of expiry for a while after its last session has left it, and other buckets for connections than
		// for sessions. Who is in them is what counts.
		text = regexp.MustCompile(`Sets \(\d+\)/`).ReplaceAllString(text, "Sets (N)/")
		text = regexp.MustCompile(`(?m)^\d+ expire at DATE:\n`).ReplaceAllString(text, "")
	case "srvr", "stat":
		text = regexp.MustCompile(`(?m)^Zxid: .*`).ReplaceAllString(text, "ZXID") // sessions of earlier states may have expired
	case "hash":
		text = regexp.MustCompile(`-?\d+\n`).ReplaceAllString(text, "D\n") // of times and session ids
	}
	return sortedGroups(text)
}

// sortedGroups puts lines into order that begin alike: those with a tab below their heading, and headings with what is below.
func sortedGroups(text string) string {
	var groups []string
	var details []string
	flush := func() {
		slices.Sort(details)
		if len(groups) > 0 {
			groups[len(groups)-1] += strings.Join(details, "")
		}
		details = nil
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "\t") {
			details = append(details, line)
			continue
		}
		flush()
		groups = append(groups, line)
	}
	flush()
	for i := 0; i < len(groups); { // neighbours of one kind: sessions, paths, connections
		end := i + 1
		for end < len(groups) && kindOfLine(groups[end]) == kindOfLine(groups[i]) && kindOfLine(groups[i]) != "" {
			end++
		}
		slices.Sort(groups[i:end])
		i = end
	}
	return strings.Join(groups, "")
}

func kindOfLine(line string) string {
	switch {
	case strings.HasPrefix(line, " /CLIENT"):
		return "connection"
	case strings.HasPrefix(line, "/"):
		return "path"
	case regexp.MustCompile(`^(A|B|IDLE):?\n`).MatchString(line):
		return "session"
	}
	return ""
}

// sameMntrKeys compares keys, and the values that the state determines.
func sameMntrKeys(t *testing.T, apache, ours *Server) {
	var values [2]map[string]string
	for i, s := range []*Server{apache, ours} {
		text, err := s.Word("mntr")
		check(t, err)
		values[i] = map[string]string{}
		for line := range strings.Lines(text) {
			key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			if !ok || !strings.HasPrefix(key, "zk_") {
				t.Errorf("%s: line %q", s.Program.Name, line)
			}
			values[i][key] = value
		}
	}
	for key := range values[0] {
		if _, found := values[1][key]; !found {
			t.Errorf("mntr lacks %s, which Apache has", key)
		}
	}
	for key := range values[1] {
		if _, found := values[0][key]; !found {
			t.Errorf("mntr has %s, which Apache lacks", key)
		}
	}
	for key := range strings.FieldsSeq("server_state znode_count watch_count ephemerals_count approximate_data_size global_sessions") {
		if a, b := values[0]["zk_"+key], values[1]["zk_"+key]; a != b {
			t.Errorf("zk_%s is %s, Apache's is %s", key, b, a)
		}
	}
}
