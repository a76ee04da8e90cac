package client_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/sasl"
	"paddock/zk"
)

const digestModule = "org.apache.zookeeper.server.auth.DigestLoginModule"

func section(name string, options map[string]string) sasl.JAAS {
	return sasl.JAAS{name: {{Class: digestModule, Options: options}}}
}

// bob is a client of the user bob, whose password the server knows as "secret".
func bob(t *testing.T, password string) *sasl.Client {
	t.Helper()
	c, err := sasl.NewClient("", section("Client", map[string]string{"username": "bob", "password": password}), "Client", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// speakSASL plays a server that asks for SASL, and then echoes paths. It may change an answer on its way.
func speakSASL(t *testing.T, change func(answer []byte) []byte) func(*peer) {
	t.Helper()
	service, err := sasl.New(sasl.Config{Section: "Server", JAAS: section("Server", map[string]string{"user_bob": "secret"}), Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return func(p *peer) {
		p.grant(fakeSession())
		exchange := service.Begin()
		p.serve(func(r request) (zk.Err, []byte) {
			if r.Op != zk.OpSASL {
				return echoPath(r)
			}
			d := codec.NewDecoder(r.body)
			o, err := exchange.Step(d.Buffer())
			if err != nil {
				return zk.ErrAuthFailed, codec.AppendBuffer(nil, nil)
			}
			return zk.ErrOK, codec.AppendBuffer(nil, change(o.Answer))
		})
	}
}

func same(answer []byte) []byte { return answer }

func TestAClientWithSASLProvesItselfBeforeAnythingElse(t *testing.T) {
	c, err := dialFake(t, client.Options{SASL: bob(t, "secret")}, speakSASL(t, same))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Sync("/a"); err != nil {
		t.Errorf("the first request behind it: %v", err)
	}
}

func TestSASLThatFailsIsTheServersRefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		password string
		change   func([]byte) []byte
		want     string
	}{
		"a wrong password":                       {"Secret", same, "AuthFailed"},
		"a server without SASL":                  {"secret", func([]byte) []byte { return nil }, "the server has no SASL"},
		"a server that does not know":            {"secret", func(b []byte) []byte { return []byte(strings.Replace(string(b), "rspauth=", "rspauth=0", 1)) }, "the server does not know the password"},
		"a server that speaks something else":    {"secret", func([]byte) []byte { return []byte("?") }, "challenge of the server"},
		"a server that speaks without an end":    {"secret", func([]byte) []byte { return make([]byte, 4000) }, "challenge of the server"},
		"a server that speaks another algorithm": {"secret", func([]byte) []byte { return []byte(`nonce="x",charset=utf-8,algorithm=md5`) }, "another algorithm"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dialFake(t, client.Options{SASL: bob(t, tt.password)}, speakSASL(t, tt.change))
			if client.Code(err) != zk.ErrAuthFailed || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "Secret") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

func TestAnAnswerToSASLThatIsNoneIsMalformed(t *testing.T) {
	for name, answer := range map[string][]byte{
		"another xid":   replyFrame(77, 0, zk.ErrOK, codec.AppendBuffer(nil, []byte("x"))),
		"no token":      replyFrame(1, 0, zk.ErrOK, nil),
		"half a header": {0, 0, 0, 4, 0, 0, 0, 1},
		"too long":      {0, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dialFake(t, client.Options{SASL: bob(t, "secret")}, func(p *peer) {
				p.grant(fakeSession())
				if _, ok := p.next(); ok {
					p.write(answer)
				}
			})
			if err == nil || !strings.Contains(err.Error(), codec.ErrMalformed.Error()) {
				t.Errorf("got %v", err)
			}
		})
	}
}
