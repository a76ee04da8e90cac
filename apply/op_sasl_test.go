package apply

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"paddock/auth"
	"paddock/codec"
	"paddock/sasl"
	"paddock/zk"
)

const digestModule = "org.apache.zookeeper.server.auth.DigestLoginModule"

// withSASL is a server whose JAAS file knows some users, each with the password "secret".
func withSASL(t *testing.T, users ...string) houseOption {
	t.Helper()
	options := map[string]string{}
	for _, user := range users {
		options["user_"+user] = "secret"
	}
	s, err := sasl.New(sasl.Config{Section: "Server", JAAS: sasl.JAAS{"Server": {{Class: digestModule, Options: options}}}, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *Config, a *auth.Config) {
		c.SASL = s
		a.SASL = auth.SASLConfig{Registered: true, SuperUsers: []string{"root"}}
	}
}

// token sends a token and returns the answer: its error and its token, nil for null.
func (c *client) token(token []byte) (zk.Err, []byte) {
	c.h.t.Helper()
	c.send(zk.OpSASL, codec.AppendBuffer(nil, token))
	f := c.one()
	if f.Zxid != 0 {
		c.h.t.Errorf("zxid %d of an answer out of line", f.Zxid)
	}
	d := codec.NewDecoder(f.body)
	answer := d.Buffer()
	if d.Err() != nil || d.Offset() != len(f.body) {
		c.h.t.Errorf("body %x", f.body)
	}
	return f.Err, answer
}

// login runs a whole exchange, as far as it gets, and returns what came of it.
func (c *client) login(user, password string) (zk.Err, []byte) {
	c.h.t.Helper()
	who, err := sasl.NewClient("", sasl.JAAS{"Client": {{Class: digestModule, Options: map[string]string{"username": user, "password": password}}}}, "Client", rand.Reader)
	if err != nil {
		c.h.t.Fatal(err)
	}
	e := who.Begin()
	token, _, err := e.Step(nil)
	if err != nil {
		c.h.t.Fatal(err)
	}
	code, challenge := c.token(token)
	if code != zk.ErrOK || challenge == nil {
		return code, challenge
	}
	if token, _, err = e.Step(challenge); err != nil {
		c.h.t.Fatal(err)
	}
	return c.token(token)
}

func TestWhoProvesAUserBySASLHasItsIdentity(t *testing.T) {
	h := newHouse(t, withSASL(t, "bob", "root"), enforcing("sasl"))
	c := h.client()
	if code, answer := c.login("bob", "secret"); code != zk.ErrOK || !bytes.HasPrefix(answer, []byte("rspauth=")) {
		t.Fatalf("got %v and %q", code, answer)
	}
	bob, others := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "sasl", ID: "bob"}}}, []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "sasl", ID: "eve"}}}
	c.want(zk.ErrOK, zk.OpCreate, createWith("/bob", nil, 0, bob))
	c.want(zk.ErrOK, zk.OpCreate, createWith("/eve", nil, 0, others))
	c.want(zk.ErrOK, zk.OpGetData, pathWatch("/bob", false))
	c.want(zk.ErrNoAuth, zk.OpGetData, pathWatch("/eve", false))
	if ids := c.ids(); !slices.Contains(ids, zk.ID{Scheme: "sasl", ID: "bob"}) || len(ids) != 2 {
		t.Errorf("whoAmI says %v", ids)
	}
	root := h.client()
	root.login("root", "secret")
	root.want(zk.ErrOK, zk.OpGetData, pathWatch("/eve", false))
	if ids := root.ids(); !slices.Contains(ids, zk.ID{Scheme: "super"}) {
		t.Errorf("whoAmI says %v", ids)
	}
}

// ids asks who the connection is.
func (c *client) ids() (ids []zk.ID) {
	c.h.t.Helper()
	c.send(zk.OpWhoAmI, nil)
	d := codec.NewDecoder(c.one().body)
	for range d.Int32() {
		ids = append(ids, zk.ID{Scheme: d.String(), ID: d.String()})
	}
	if d.Err() != nil {
		c.h.t.Error(d.Err())
	}
	return ids
}

func TestSASLThatFailsEndsTheConnection(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []houseOption
		want    zk.Err
		ended   bool
	}{
		{"usually", nil, zk.ErrAuthFailed, true},
		{"where SASL is enforced", []houseOption{enforcing("digest", "sasl")}, zk.ErrSessionClosedSASL, true},
		{"where another scheme is enforced", []houseOption{enforcing("ip")}, zk.ErrAuthFailed, true},
		{"unless failures are allowed", []houseOption{allowingFailures}, zk.ErrOK, false},
		{"where failures are allowed and SASL is enforced", []houseOption{allowingFailures, enforcing("sasl")}, zk.ErrSessionClosedSASL, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, append(tt.options, withSASL(t, "bob"))...)
			c := h.client()
			if code, answer := c.login("bob", "wrong"); code != tt.want || answer != nil {
				t.Errorf("got %v and %q, want %v", code, answer, tt.want)
			}
			if c.ended() != tt.ended {
				t.Fatalf("ended: %v", c.ended())
			}
			if tt.ended {
				return
			}
			if code, answer := c.login("bob", "secret"); code != zk.ErrOK || answer != nil { // the exchange is over for good
				t.Errorf("the right password then: %v and %q", code, answer)
			}
			if ids := c.ids(); len(ids) != 1 {
				t.Errorf("whoAmI says %v", ids)
			}
		})
	}
}

func allowingFailures(c *Config, _ *auth.Config) { c.AllowSASLFailed = true }

func TestAnExchangeIsOverWhenItHasSucceeded(t *testing.T) {
	h := newHouse(t, withSASL(t, "bob"))
	c := h.client()
	c.login("bob", "secret")
	if code, answer := c.token([]byte{}); code != zk.ErrAuthFailed || answer != nil || !c.ended() {
		t.Errorf("got %v, %q, ended: %v", code, answer, c.ended())
	}
}

func TestTokensAreAnsweredAheadOfWhatWaits(t *testing.T) {
	h := newHouse(t, withSASL(t, "bob"))
	c := h.client()
	c.sendXid(5, zk.OpCreate, create("/a", 0)) // not durable yet
	c.sendXid(6, zk.OpGetData, pathWatch("/a", false))
	if code, _ := c.login("bob", "secret"); code != zk.ErrOK {
		t.Errorf("got %v", code)
	}
}

func TestANameOfTheEnsembleIsAskedForByAuth(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   auth.EnsembleConfig
		asked string
		want  string
	}{
		{"not registered", auth.EnsembleConfig{}, "blue", "failed"},
		{"any will do", auth.EnsembleConfig{Registered: true}, "blue", "skipped"},
		{"none asked for", auth.EnsembleConfig{Registered: true, Names: []string{"red"}}, "", "skipped"},
		{"the right one", auth.EnsembleConfig{Registered: true, Names: []string{"red", "blue"}}, "blue", "right"},
		{"a wrong one", auth.EnsembleConfig{Registered: true, Names: []string{"red"}}, "blue", "wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, func(_ *Config, a *auth.Config) { a.Ensemble = tt.cfg })
			c := h.client()
			c.send(zk.OpAuth, codec.AppendAuthPacket(nil, "ensemble", []byte(tt.asked)))
			frames := c.got()
			stats := h.p.Stats()
			got := [3]int64{stats.EnsembleAuthRight, stats.EnsembleAuthFailed, stats.EnsembleAuthSkipped}
			want := map[string][3]int64{"right": {1, 0, 0}, "wrong": {0, 1, 0}, "skipped": {0, 0, 1}}[tt.want]
			answered := len(frames) == 1 && frames[0].Err == map[bool]zk.Err{true: zk.ErrAuthFailed}[tt.want == "failed"]
			if got != want || answered == (tt.want == "wrong") || c.ended() != (tt.want == "wrong" || tt.want == "failed") {
				t.Errorf("counts %v, frames %v, ended %v", got, frames, c.ended())
			}
		})
	}
}
