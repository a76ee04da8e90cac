package sasl

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

const testRealm = "EXAMPLE.COM"

// realm is a KDC and a client in one: it makes tickets with the keys that the service has too.
type realm struct {
	keys  *keytab.Keytab
	files map[string][]byte
}

func newRealm(t testing.TB) *realm {
	t.Helper()
	keys := keytab.New()
	for _, etype := range []int32{etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.RC4_HMAC} {
		for _, name := range []string{"zookeeper/host", "zookeeper/other"} {
			if err := keys.AddEntry(name, testRealm, "key of "+name, time.Unix(1e9, 0), 1, etype); err != nil {
				t.Fatal(err)
			}
		}
	}
	text, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return &realm{keys: keys, files: map[string][]byte{"/keytab": text}}
}

func (r *realm) read(path string) ([]byte, error) {
	if text, there := r.files[path]; there {
		return text, nil
	}
	return nil, fs.ErrNotExist
}

func (r *realm) service(t testing.TB) *Service {
	t.Helper()
	m := Module{Class: "com.sun.security.auth.module.Krb5LoginModule", Options: map[string]string{
		"useKeyTab": "true", "storeKey": "true", "keyTab": "/keytab", "principal": "zookeeper/host@" + testRealm,
	}}
	s, err := New(Config{
		File: "jaas.conf", Section: "Server", JAAS: JAAS{"Server": {m}}, Names: NameConfig{DefaultRealm: testRealm, RemoveRealm: true}, ReadFile: r.read,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// initiator is a client's side of a context.
type initiator struct {
	service  string
	realm    string // of the ticket
	etype    int32
	start    time.Time
	lasts    time.Duration
	crealm   string // in the authenticator
	cname    string // likewise
	ctime    time.Time
	mutual   bool
	subkey   bool
	checksum int32
	key      types.EncryptionKey // of the context
}

func newInitiator() *initiator {
	now := time.Now().UTC()
	return &initiator{
		service: "zookeeper/host", realm: testRealm, etype: etypeID.AES256_CTS_HMAC_SHA1_96, start: now.Add(-time.Minute), lasts: time.Hour,
		crealm: testRealm, cname: "bob", ctime: now, checksum: chksumtype.GSSAPI,
	}
}

// token is the first token.
func (i *initiator) token(t testing.TB, r *realm) []byte {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	name := func(text string) types.PrincipalName {
		return types.PrincipalName{NameType: 1, NameString: strings.Split(text, "/")}
	}
	ticket, session, err := messages.NewTicket(name("bob"), testRealm, name(i.service), testRealm, types.NewKrbFlags(), r.keys, i.etype, 1, i.start, i.start, i.start.Add(i.lasts), i.start)
	must(err)
	ticket.Realm = i.realm
	a, err := types.NewAuthenticator(i.crealm, name(i.cname))
	must(err)
	a.CTime, a.Cusec = i.ctime.Truncate(time.Second), i.ctime.Nanosecond()/1000
	flags := binary.LittleEndian.AppendUint32(nil, 16)
	flags = append(flags, make([]byte, 16)...)
	a.Cksum = types.Checksum{CksumType: i.checksum, Checksum: binary.LittleEndian.AppendUint32(flags, map[bool]uint32{true: mutualFlag}[i.mutual])}
	i.key = session
	if i.subkey {
		etype, err := crypto.GetEtype(etypeID.AES128_CTS_HMAC_SHA256_128)
		must(err)
		i.key, err = types.GenerateEncryptionKey(etype)
		must(err)
		a.SubKey = i.key
	}
	req, err := messages.NewAPReq(ticket, session, a)
	must(err)
	body, err := req.Marshal()
	must(err)
	oid, err := asn1.Marshal(krb5OID())
	must(err)
	return asn1tools.AddASNAppTag(slices.Concat(oid, []byte{1, 0}, body), 0)
}

// choice is the last token.
func (i *initiator) choice(t testing.TB, message []byte, rotation int) []byte {
	t.Helper()
	header := append([]byte{5, 4, 0, 0xff, 0, 0, 0, 0}, make([]byte, 8)...)
	sum, err := wrapSum(message, header, i.key, keyusage.GSSAPI_INITIATOR_SEAL)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint16(header[4:], uint16(len(sum)))
	binary.BigEndian.PutUint16(header[6:], uint16(rotation))
	body := append(slices.Clone(message), sum...)
	at := len(body) - rotation%len(body)
	return slices.Concat(header, body[at:], body[:at])
}

// offered checks what the server offers.
func (i *initiator) offered(t *testing.T, token []byte) {
	t.Helper()
	header := slices.Clone(token[:wrapHeaderBytes])
	clear(header[4:8])
	message, sum := token[wrapHeaderBytes:wrapHeaderBytes+offerBytes], token[wrapHeaderBytes+offerBytes:]
	want, err := wrapSum(message, header, i.key, keyusage.GSSAPI_ACCEPTOR_SEAL)
	if err != nil || string(sum) != string(want) || token[2] != wrapByAcceptor || string(message) != "\x01\x01\x00\x00" {
		t.Errorf("the offer is %x, checksum %x, %v", token, want, err)
	}
}

func TestATicketProvesAPrincipal(t *testing.T) {
	r := newRealm(t)
	s := r.service(t)
	for name, change := range map[string]func(*initiator){
		"as Java sends it":       func(*initiator) {},
		"with a key of its own":  func(i *initiator) { i.subkey = true },
		"with SHA-2":             func(i *initiator) { i.etype = etypeID.AES128_CTS_HMAC_SHA256_128 },
		"and wants to know us":   func(i *initiator) { i.mutual = true },
		"and wants it all":       func(i *initiator) { i.mutual, i.subkey = true, true },
		"with a clock 4 min off": func(i *initiator) { i.ctime = i.ctime.Add(4 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			i := newInitiator()
			change(i)
			e := s.Begin()
			o, err := e.Step(i.token(t, r))
			if err != nil {
				t.Fatal(err)
			}
			if i.mutual {
				checkReply(t, o.Answer)
				if o, err = e.Step(nil); err != nil {
					t.Fatal(err)
				}
			}
			i.offered(t, o.Answer)
			o, err = e.Step(i.choice(t, []byte("\x01\x00\x00\x00someone else"), 5))
			if err != nil || !o.Done || o.Name != "bob" || o.Answer != nil {
				t.Errorf("got %+v, %v", o, err)
			}
			if _, err := e.Step(nil); err == nil {
				t.Error("the exchange goes on")
			}
		})
	}
}

// checkReply looks at an AP-REP from outside.
func checkReply(t *testing.T, token []byte) {
	t.Helper()
	var oid asn1.ObjectIdentifier
	body, err := asn1.UnmarshalWithParams(token, &oid, "application,explicit,tag:0")
	if err != nil || !oid.Equal(krb5OID()) || body[0] != 2 || body[1] != 0 {
		t.Fatalf("not an AP-REP: %x, %v", token, err)
	}
	var rep messages.APRep
	if err := rep.Unmarshal(body[2:]); err != nil {
		t.Error(err)
	}
}

func TestTicketsThatProveNothing(t *testing.T) {
	r := newRealm(t)
	for name, tt := range map[string]struct {
		change func(*initiator)
		want   string
	}{
		"for another service":                    {func(i *initiator) { i.service = "zookeeper/other" }, "ticket refused"},
		"of another realm":                       {func(i *initiator) { i.realm = "OTHER" }, `a ticket of the realm "OTHER", expected EXAMPLE.COM`},
		"that has run out":                       {func(i *initiator) { i.start = i.start.Add(-3 * time.Hour) }, "expired"},
		"that is not valid yet":                  {func(i *initiator) { i.start = i.start.Add(time.Hour) }, "not yet valid"},
		"of somebody else":                       {func(i *initiator) { i.cname = "root" }, "CName"},
		"of a namesake elsewhere":                {func(i *initiator) { i.crealm = "EVIL" }, "the realm in the authenticator is not that of the ticket"},
		"with an old authenticator":              {func(i *initiator) { i.ctime = i.ctime.Add(-time.Hour) }, "clock skew"},
		"with RC4":                               {func(i *initiator) { i.etype = etypeID.RC4_HMAC }, "expected those with AES"},
		"whose authenticator is none for GSSAPI": {func(i *initiator) { i.checksum = 7 }, "not one of GSSAPI"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInitiator()
			tt.change(i)
			e := r.service(t).Begin()
			o, err := e.Step(i.token(t, r))
			if err == nil || !strings.Contains(err.Error(), tt.want) || o.Answer != nil {
				t.Errorf("got %+v and %v, want %s", o, err, tt.want)
			}
			if _, err := e.Step(newInitiator().token(t, r)); !errors.Is(err, errEnded) {
				t.Errorf("a good ticket behind a bad one: %v", err)
			}
		})
	}
}

func TestNoTicketIsTakenTwice(t *testing.T) {
	r := newRealm(t)
	s := r.service(t)
	token := newInitiator().token(t, r)
	if _, err := s.Begin().Step(token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin().Step(token); err == nil || !strings.Contains(err.Error(), "the same authenticator again") {
		t.Errorf("got %v", err)
	}
}

func TestReplaysAreForgottenOnlyWhenTheirTimeIsOver(t *testing.T) {
	var r replays
	start := time.Unix(1e9, 0)
	for _, tt := range []struct {
		after time.Duration
		isNew bool
	}{{0, true}, {0, false}, {2 * clockSkew, false}, {4*clockSkew - time.Second, false}, {20 * clockSkew, false}, {40 * clockSkew, false}} {
		if got := r.isNew([]byte("a"), start.Add(tt.after)); got != tt.isNew {
			t.Errorf("after %v: new %v", tt.after, got)
		}
	}
	for i := range 5 { // others come, and time goes by
		r.isNew([]byte{byte(i)}, start.Add(time.Duration(50+10*i)*clockSkew))
	}
	if len(r.young)+len(r.old) > 2 || !r.isNew([]byte("a"), start.Add(95*clockSkew)) {
		t.Errorf("%d and %d are remembered", len(r.young), len(r.old))
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	r := newRealm(t)
	s := r.service(t)
	for name, change := range map[string]func(*initiator) []byte{
		"nothing":         func(*initiator) []byte { return nil },
		"protection":      func(i *initiator) []byte { return i.choice(t, []byte{4, 0, 0, 0}, 0) },
		"three bytes":     func(i *initiator) []byte { return i.choice(t, []byte{1, 0, 0}, 0) },
		"another key":     func(i *initiator) []byte { i.key.KeyValue[0]++; return i.choice(t, []byte{1, 0, 0, 0}, 0) },
		"our own offer":   func(i *initiator) []byte { c := i.choice(t, []byte{1, 0, 0, 0}, 0); c[2] = 1; return c },
		"sealed":          func(i *initiator) []byte { c := i.choice(t, []byte{1, 0, 0, 0}, 0); c[2] = 2; return c },
		"a long checksum": func(i *initiator) []byte { c := i.choice(t, []byte{1, 0, 0, 0}, 0); c[4] = 0xff; return c },
		"no checksum":     func(i *initiator) []byte { return i.choice(t, []byte{1, 0, 0, 0}, 0)[:20] },
		"a wrong header":  func(i *initiator) []byte { c := i.choice(t, []byte{1, 0, 0, 0}, 0); c[0] = 6; return c },
		"another number":  func(i *initiator) []byte { c := i.choice(t, []byte{1, 0, 0, 0}, 0); c[15]++; return c },
		"too much":        func(*initiator) []byte { return make([]byte, gssBytesMax+1) },
	} {
		t.Run(name, func(t *testing.T) {
			i := newInitiator()
			e := s.Begin()
			if _, err := e.Step(i.token(t, r)); err != nil {
				t.Fatal(err)
			}
			if o, err := e.Step(change(i)); err == nil || o.Done {
				t.Errorf("got %+v", o)
			}
		})
	}
}

func TestAChangedKeytabCountsAndABrokenOneDoesNot(t *testing.T) {
	r := newRealm(t)
	s := r.service(t)
	old := r.files["/keytab"]
	for _, broken := range [][]byte{nil, []byte("nonsense"), {5, 2}, old[:30]} {
		r.files["/keytab"] = broken
		if err := s.Reload(); err == nil {
			t.Errorf("keytab %x is taken", broken)
		}
	}
	if _, err := s.Begin().Step(newInitiator().token(t, r)); err != nil {
		t.Errorf("with the old keys: %v", err)
	}
	fresh := keytab.New()
	if err := fresh.AddEntry("zookeeper/host", testRealm, "another key", time.Unix(1e9, 0), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.files["/keytab"], err = fresh.Marshal(); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin().Step(newInitiator().token(t, r)); err == nil {
		t.Error("the old keys still count")
	}
	r.keys = fresh
	if _, err := s.Begin().Step(newInitiator().token(t, r)); err != nil {
		t.Errorf("with the new keys: %v", err)
	}
}

func TestEveryCutTicketIsRefused(t *testing.T) {
	r := newRealm(t)
	s := r.service(t)
	token := newInitiator().token(t, r)
	for n := range len(token) {
		if o, err := s.Begin().Step(token[:n]); err == nil || o.Answer != nil {
			t.Fatalf("%d of %d bytes: %+v", n, len(token), o)
		}
	}
}

func FuzzGSSAPI(f *testing.F) {
	r := newRealm(f)
	s := r.service(f)
	i := newInitiator()
	f.Add(i.token(f, r), 0, byte(0))
	f.Add(i.choice(f, []byte{1, 0, 0, 0}, 3), 10, byte(255))
	f.Fuzz(func(t *testing.T, token []byte, at int, with byte) {
		if at >= 0 && at < len(token) {
			token = slices.Clone(token)
			token[at] ^= with
		}
		e := s.Begin()
		if o, _ := e.Step(token); o.Done {
			t.Fatal("one token proves a name")
		}
		if o, err := e.Step(token); err == nil || o.Done {
			t.Fatal("the same token again is taken")
		}
		g := &gssServer{acceptor: s.kerberos, names: s.names, stage: awaitsChoice, key: types.EncryptionKey{KeyType: 18, KeyValue: make([]byte, 32)}}
		if o, err := g.step(token); err == nil || o.Done {
			t.Fatalf("%x proves %q", token, o.Name)
		}
	})
}

// BenchmarkSASL tells what a whole exchange costs the processor.
func BenchmarkSASL(b *testing.B) {
	b.Run("DIGEST-MD5", func(b *testing.B) {
		d := digestSum{uri: digestURI, user: "bob", realm: digestRealm, password: "secret", nonce: []byte("n"), cnonce: []byte("c")}
		for b.Loop() {
			_, _ = d.value("AUTHENTICATE"), d.value("")
		}
	})
	b.Run("GSSAPI", func(b *testing.B) {
		r := newRealm(b)
		s := r.service(b)
		for b.Loop() {
			b.StopTimer()
			i := newInitiator()
			token := i.token(b, r)
			choice := i.choice(b, []byte{1, 0, 0, 0}, 0)
			e := s.Begin()
			b.StartTimer()
			if _, err := e.Step(token); err != nil {
				b.Fatal(err)
			}
			if o, err := e.Step(choice); err != nil || !o.Done {
				b.Fatal(err)
			}
		}
	})
	b.Run("a ticket of the greatest length that is none", func(b *testing.B) {
		r := newRealm(b)
		s := r.service(b)
		token := longToken(b)
		for b.Loop() {
			if _, err := s.Begin().Step(token); err == nil {
				b.Fatal("taken")
			}
		}
	})
}

// longToken is an AP-REQ whose ticket is as long as a token may be, and encrypted by nobody.
func longToken(t testing.TB) []byte {
	t.Helper()
	cipher := types.EncryptedData{EType: etypeID.AES256_CTS_HMAC_SHA1_96, KVNO: 1, Cipher: make([]byte, gssBytesMax-512)}
	req := messages.APReq{PVNO: 5, MsgType: 14, APOptions: types.NewKrbFlags(), EncryptedAuthenticator: types.EncryptedData{EType: cipher.EType, Cipher: []byte{1}}}
	req.Ticket = messages.Ticket{TktVNO: 5, Realm: testRealm, SName: types.PrincipalName{NameType: 2, NameString: []string{"zookeeper", "host"}}, EncPart: cipher}
	body, err := req.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	oid, err := asn1.Marshal(krb5OID())
	if err != nil {
		t.Fatal(err)
	}
	return asn1tools.AddASNAppTag(slices.Concat(oid, []byte{1, 0}, body), 0)
}
