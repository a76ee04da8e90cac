package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/auth"
	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// hostile is a connection that sends what it likes.
type hostile struct {
	t *testing.T
	net.Conn
}

func (p *process) hostile() *hostile {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	check(p.t, err)
	check(p.t, c.SetDeadline(time.Now().Add(patience)))
	return &hostile{p.t, c}
}

// frame sends one. The server may have gone already: hostile clients do not mind.
func (c *hostile) frame(body []byte) {
	_, _ = c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
}

func (c *hostile) request(op zk.Op, body []byte) {
	c.frame(append(codec.AppendRequestHeader(nil, codec.RequestHeader{Xid: 1, Op: op}), body...))
}

// session opens one, or asks for somebody's.
func (c *hostile) session(id int64, password string) {
	c.frame(codec.AppendConnectRequest(nil, &codec.ConnectRequest{SessionID: id, Password: []byte(password), TimeoutMs: 30_000}))
}

// over waits until the server has closed the connection.
func (c *hostile) over() {
	if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
		c.t.Error(err)
	}
	check(c.t, c.Close())
}

// TestTheLogTellsNoSecret runs clients, good and bad, against a server that says all it can, and searches what it said.
func TestTheLogTellsNoSecret(t *testing.T) {
	const alice, super, shared, session = "Alices-Wonder-1", "Supers-Marvel-2", "Mistaken-Secret-3", "Guessed-16-bytes"
	digestOf := func(pair string) string {
		digest, err := auth.GenerateDigest(pair, "")
		check(t, err)
		return digest
	}
	dir := t.TempDir()
	file := zooCfg(t, dir, "audit.enable=true", "admin.enableServer=true", "admin.serverAddress=127.0.0.1", "admin.serverPort=0", "4lw.commands.whitelist=*",
		"DigestAuthenticationProvider.superDigest="+digestOf("super:"+super),
		"DigestAuthenticationProvider.superDigets="+digestOf("super:"+shared)) // a key that nobody knows
	p := launch(t, command(dir, "server", "-Dpaddock.log.level=debug", "-Dpaddock.log.format=json",
		"-Dzookeeper.DigestAuthenticationProvider.superDigest="+digestOf("super:"+shared), file))

	good := p.dial(client.Options{})
	check(t, good.AddAuth("digest", []byte("alice:"+alice)))
	check(t, good.AddAuth("digest", []byte("super:"+super)))
	acl := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: digestOf("alice:" + alice)}}, {Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}}
	_, err := good.Create("/a", []byte(shared), acl, zk.ModeEphemeral)
	check(t, err)
	_, err = good.SetACL("/a", acl, -1)
	check(t, err)
	mine := good.Session()

	misbehave(p, mine.ID, // which ends the connection of the good client, as in ZooKeeper
		shared, session)
	askAdmin(t, p, "digest super:"+shared)
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}

	said := strings.Join(p.lines, "\n") + p.errs.String()
	for _, want := range []string{"established session", "wrong session password", "authentication failed", "superDigets", "alice:x:cdrwa", "operation=serverStop"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing is said of %q: the test does not see what it is to judge", want)
		}
	}
	for _, secret := range []string{alice, super, shared, session, digestOf("alice:" + alice)[len("alice:"):], digestOf("super:" + super)[len("super:"):], digestOf("super:" + shared)[len("super:"):], string(mine.Password)} {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), strconv.Quote(secret)} {
			if strings.Contains(said, form) {
				t.Errorf("%q is told, as %q:\n%s", secret, form, said)
			}
		}
	}
	for line := range strings.Lines(p.errs.String()) {
		if audited := strings.Contains(line, "o.a.z.a.Slf4jAuditLogger: "); !audited && !json.Valid([]byte(line)) {
			t.Errorf("neither JSON nor audited: %s", line)
		}
	}
}

// misbehave sends secrets to where they do not belong.
func misbehave(p *process, session int64, secret, password string) {
	c := p.hostile()
	c.session(session, password)
	c.over()
	for _, packet := range [][]byte{
		codec.AppendAuthPacket(nil, "nosuch", []byte("bob:"+secret)),
		codec.AppendAuthPacket(nil, "digest", []byte("bob:"+secret))[:16],
		append(codec.AppendAuthPacket(nil, "world", nil), secret...),
	} {
		c = p.hostile()
		c.session(0, password)
		c.request(zk.OpAuth, packet)
		c.over()
	}
	c = p.hostile()
	c.session(0, password)
	c.request(zk.OpSetData, []byte(secret))
	c.request(zk.OpMulti, []byte(secret))
	c.request(zk.OpSASL, codec.AppendBuffer(nil, []byte(secret)))
	c.request(4711, []byte(secret))
	c.over()
	c = p.hostile()
	c.frame([]byte(secret))
	c.over()
}

// askAdmin tries to take a snapshot from the admin server, whose address the log tells.
func askAdmin(t *testing.T, p *process, authorization string) {
	t.Helper()
	p.says(`"msg":"admin server"`)
	m := regexp.MustCompile(`"msg":"admin server","address":"([^"]+)"`).FindStringSubmatch(p.errs.String())
	if m == nil {
		t.Fatalf("no address of the admin server in\n%s", p.errs)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, m[1]+"/snapshot", nil)
	check(t, err)
	r.Header.Set("Authorization", authorization)
	answer, err := http.DefaultClient.Do(r)
	check(t, err)
	_, err = io.Copy(io.Discard, answer.Body)
	check(t, errors.Join(err, answer.Body.Close()))
}

func TestTheLevelIsSwitchedBySignals(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir, "admin.enableServer=false")))
	established := func() int { return strings.Count(p.errs.String(), "established session") }
	check(t, p.dial(client.Options{}).Close())
	if established() != 0 {
		t.Errorf("debug lines at level info:\n%s", p.errs)
	}
	check(t, p.cmd.Process.Signal(syscall.SIGUSR1))
	waitFor(t, "the level debug", func() bool {
		return strings.Contains(p.errs.String(), "level=DEBUG msg=\"the level of the log was switched\"")
	})
	check(t, p.dial(client.Options{}).Close())
	waitFor(t, "a debug line", func() bool { return established() == 1 })
	check(t, p.cmd.Process.Signal(syscall.SIGUSR2))
	waitFor(t, "the level info", func() bool {
		return strings.Contains(p.errs.String(), "level=INFO msg=\"the level of the log was switched\"")
	})
	check(t, p.dial(client.Options{}).Close())
	if code := p.end(syscall.SIGTERM); code != 0 || established() != 1 {
		t.Errorf("exit code %d\n%s", code, p.errs)
	}
}

// TestAClientInALoopDoesNotFillTheLog, and of all that it does the number is told.
func TestAClientInALoopDoesNotFillTheLog(t *testing.T) {
	const times = 300
	dir := t.TempDir()
	p := launch(t, command(dir, "server", zooCfg(t, dir, "admin.enableServer=false")))
	for range times {
		c := p.hostile()
		c.session(1, "a-wrong-password")
		c.over()
	}
	lines, leftOut := 0, 0
	waitFor(t, "the number of all", func() bool {
		lines, leftOut = 0, 0
		for s := bufio.NewScanner(strings.NewReader(p.errs.String())); s.Scan(); {
			if !strings.Contains(s.Text(), "wrong session password") {
				continue
			}
			lines++
			if _, n, told := strings.Cut(s.Text(), "leftOut="); told {
				more, err := strconv.Atoi(n)
				check(t, err)
				leftOut += more
			}
		}
		return lines+leftOut == times
	})
	if leftOut == 0 {
		t.Errorf("%d lines, and none was left out", lines)
	}
}

func TestTheAuditLogIsAFileInTheLogFolderOfTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	cmd := command(dir, "server", "-Dzookeeper.audit.enable=true", zooCfg(t, dir, "admin.enableServer=false"))
	cmd.Env = append(cmd.Env, "ZOO_LOG_DIR=made/when/missing")
	p := launch(t, cmd)
	c := p.dial(client.Options{})
	_, err := c.Create("/a", nil, zk.OpenACL(), zk.ModePersistent)
	check(t, err)
	path := filepath.Join(dir, "made/when/missing/zookeeper_audit.log")
	waitFor(t, "the line while the server runs", func() bool {
		text, _ := os.ReadFile(path) // made before the server says that it serves
		return strings.Contains(string(text), "operation=create\tznode=/a\t")
	})
	if code := p.end(syscall.SIGTERM); code != 0 || strings.Contains(p.errs.String(), "znode=/a") {
		t.Errorf("exit code %d\n%s", code, p.errs)
	}
	text, err := os.ReadFile(path)
	check(t, err)
	if lines := strings.Split(string(text), "\n"); len(lines) != 4 || !strings.HasSuffix(lines[2], "\toperation=serverStop\tresult=invoked") {
		t.Errorf("got %q", lines)
	}
}

func TestAServerThatCannotAuditDoesNotStart(t *testing.T) {
	dir := t.TempDir()
	file := zooCfg(t, dir, "admin.enableServer=false", "audit.enable=true")
	code, out, stderr := run(t, dir, "server", "-Dzookeeper.log.dir=zoo.cfg", file)
	if code != exitUnexpected || out != "" || !strings.Contains(stderr, "audit: ") || !strings.Contains(stderr, "zoo.cfg") {
		t.Errorf("exit code %d, said %q\n%s", code, out, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("the data directory was touched")
	}
}
