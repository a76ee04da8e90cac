package interop

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// How programs that people run read the four-letter words, each in its own way. All of them must get on with our answers.

// monitored is a server with a session that has something to show.
func monitored(t *testing.T) *Server {
	t.Helper()
	s := started(t)
	buildBusy(t, s)
	return s
}

func ask(t *testing.T, s *Server, word string) string {
	t.Helper()
	text, err := s.Word(word)
	check(t, err)
	return text
}

// zktop 1.0 (Debian) asks for stat: the release before a dash, clients by a pattern and their parts by commas, then attributes by
// colons.
func TestZktopReadsStat(t *testing.T) {
	lines := strings.Split(ask(t, monitored(t), "stat\n"), "\n")
	if m := regexp.MustCompile(`.*: (\d+\.\d+\.\d+)-.*`).FindStringSubmatch(lines[0]); m == nil || m[1] != "3.9.5" {
		t.Errorf("the release is not found in %q", lines[0])
	}
	client := regexp.MustCompile(`/([\da-fA-F:\.]+):(\d+)\[(\d+)\]\((.*)\)`)
	clients, rest := 0, lines[2:]
	for ; rest[0] != ""; rest = rest[1:] {
		m := client.FindStringSubmatch(rest[0])
		if m == nil {
			t.Fatalf("no client in %q", rest[0])
		}
		for part := range strings.SplitSeq(m[4], ",") {
			if _, number, ok := strings.Cut(part, "="); !ok || !isNumber(number) {
				t.Errorf("no attribute in %q", part)
			}
		}
		clients++
	}
	if clients != 4 {
		t.Errorf("%d clients", clients)
	}
	attributes := map[string]string{}
	for _, line := range rest[1:] {
		if name, value, ok := strings.Cut(line, ": "); ok {
			attributes[name] = value
		}
	}
	if parts := strings.Split(attributes["Latency min/avg/max"], "/"); len(parts) != 3 {
		t.Errorf("latencies are %q", attributes["Latency min/avg/max"])
	}
	for _, name := range []string{"Received", "Sent", "Connections", "Outstanding", "Node count"} {
		if !isNumber(attributes[name]) {
			t.Errorf("%s is %q", name, attributes[name])
		}
	}
	if _, err := strconv.ParseInt(attributes["Zxid"], 0, 64); err != nil || attributes["Mode"] != "standalone" {
		t.Errorf("zxid %q, mode %q", attributes["Zxid"], attributes["Mode"])
	}
}

func isNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// Exporters for Prometheus read mntr line by line: a key, white space, a number; the version and the state apart.
func TestExportersReadMntr(t *testing.T) {
	line := regexp.MustCompile(`^(zk_[\w.\-/]+)\t(\S.*)$`)
	numbers := 0
	for text := range strings.Lines(ask(t, monitored(t), "mntr")) {
		m := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		switch {
		case m == nil:
			t.Errorf("line %q", text)
		case m[1] == "zk_version":
			if !regexp.MustCompile(`^(\d+\.\d+\.\d+)-`).MatchString(m[2]) {
				t.Errorf("version %q", m[2])
			}
		case m[1] == "zk_server_state":
			if m[2] != "standalone" {
				t.Errorf("state %q", m[2])
			}
		default:
			if _, err := strconv.ParseFloat(m[2], 64); err != nil {
				t.Errorf("%s is no number: %q", m[1], m[2])
			}
			numbers++
		}
	}
	if numbers < 400 {
		t.Errorf("only %d numbers", numbers)
	}
}

// Nagios plugins and health checks of containers compare these texts.
func TestHealthChecksReadTheWords(t *testing.T) {
	s := monitored(t)
	for word, pattern := range map[string]string{
		"ruok": `^imok$`, "ruok\n": `^imok$`, "isro": `^rw$`, "srvr": `(?m)^Mode: (standalone|leader|follower)$`,
		"stat": `(?m)^Zookeeper version: \d.*$[\s\S]*^Clients:$[\s\S]*^Latency min/avg/max: \d+/[\d.]+/\d+$`,
		"wchs": `^(\d+) connections watching (\d+) paths\nTotal watches:(\d+)\n$`, "dirs": `(?m)^datadir_size: \d+\nlogdir_size: \d+$`,
		"conf": `(?m)^clientPort=\d+$`,
		"cons": `(?m)^ /[\d.]+:\d+\[\d\]\(queued=\d+,recved=\d+,sent=\d+,sid=0x[0-9a-f]+,lop=\w+,est=\d+,to=\d+,`,
	} {
		if got := ask(t, s, word); !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("%q is answered %q", word, got)
		}
	}
}

// kazoo's client asks for words itself, on a connection of its own.
func TestKazooAsksForWords(t *testing.T) {
	s := monitored(t)
	script := `
import sys
from kazoo.client import KazooClient
c = KazooClient(sys.argv[1]); c.start()
print(c.command(b"ruok"))
print(c.command(b"mntr").splitlines()[1])  # it reads no more than 8 KiB
print(c.server_version()[:3])
c.stop()
`
	cmd := exec.Command("python3", "-c", script, s.Addr())
	cmd.Env = append(os.Environ(), "PYTHONPATH="+tools.cache.PythonPath(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if want := "imok\nzk_server_state\tstandalone\n(3, 9, 5)\n"; err != nil || string(out) != want {
		t.Errorf("%v: %s, want %s", err, out, want)
	}
}
