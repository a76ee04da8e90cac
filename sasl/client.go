package sasl

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Client is a client's side of SASL: a user and its password.
type Client struct {
	user     string
	password Secret
	random   io.Reader
}

// NewClient makes a client of a section of a JAAS file; nil, without an error, where there is no such section. Errors: *ConfigError.
func NewClient(file string, sections JAAS, section string, random io.Reader) (*Client, error) {
	modules := sections[section]
	if len(modules) == 0 {
		return nil, nil //nolint:nilnil // documented above: nothing to do is no error
	}
	m := &modules[0]
	user, hasUser := m.Options["username"]
	password, hasPassword := m.Options["password"]
	switch {
	case m.Class != digestModule:
		return nil, m.fail(file, "found "+m.Class+", expected "+digestModule+": there is no Kerberos here yet")
	case user == "" || !hasUser || !hasPassword:
		return nil, m.fail(file, `section `+section+`: expected the options username="…" and password="…"`)
	}
	return &Client{user: user, password: Secret(password), random: random}, nil
}

// User is the name that the client proves.
func (c *Client) User() string { return c.user }

// Format prints the user and nothing of the password.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "sasl.Client %q", c.user) }

// ClientExchange is the client's side of one connection's exchange of DIGEST-MD5.
type ClientExchange struct {
	client *Client
	state  clientState
	want   string // the server's last answer
}

type clientState int

const (
	clientNew clientState = iota
	clientAsked
	clientAnswered
	clientEnded
)

// Begin begins an exchange.
func (c *Client) Begin() *ClientExchange { return &ClientExchange{client: c} }

// Step takes a token of the server, nil at first, and returns the next one to send. At the end, which proves that the server knows the
// password too, done is true and there is nothing to send.
func (e *ClientExchange) Step(token []byte) (answer []byte, done bool, err error) {
	switch e.state {
	case clientNew:
		e.state = clientAsked
		return []byte{}, false, nil
	case clientAsked:
		e.state = clientAnswered
		answer, err = e.respond(token)
		return answer, false, err
	case clientAnswered:
		e.state = clientEnded
		if subtle.ConstantTimeCompare(token, []byte("rspauth="+e.want)) != 1 {
			return nil, false, errors.New("sasl: the server does not know the password")
		}
		return nil, true, nil
	case clientEnded:
	}
	return nil, false, errEnded
}

// respond answers the challenge as Java's client does, with the user as who it wants to be as well.
func (e *ClientExchange) respond(challenge []byte) ([]byte, error) {
	found, err := parseDirectives(challenge, "realm", "nonce", "charset", "algorithm")
	if err != nil {
		return nil, fmt.Errorf("sasl: challenge of the server: %w", err)
	}
	switch {
	case len(challenge) > digestBytesMax/2: // RFC 2831, section 2.1.1
		return nil, fmt.Errorf("sasl: a challenge of %d bytes, expected at most %d", len(challenge), digestBytesMax/2)
	case len(found["nonce"]) == 0 || string(found["algorithm"]) != "md5-sess":
		return nil, errors.New("sasl: the server does not speak DIGEST-MD5: no nonce, or another algorithm than md5-sess")
	case string(found["charset"]) != "utf-8":
		return nil, errors.New("sasl: the server does not speak UTF-8")
	}
	cnonce, err := newNonce(e.client.random)
	if err != nil {
		return nil, err
	}
	d := digestSum{
		uri: digestURI, user: e.client.user, realm: string(found["realm"]), password: string(e.client.password),
		nonce: found["nonce"], cnonce: cnonce, authzid: []byte(e.client.user),
	}
	e.want = d.value("")
	return fmt.Appendf(nil, `charset=utf-8,username=%s,realm=%s,nonce=%s,nc=00000001,cnonce="%s",digest-uri="%s",maxbuf=65536,response=%s,qop=auth,authzid=%s`,
		quote(d.user), quote(d.realm), quote(string(d.nonce)), cnonce, d.uri, d.value("AUTHENTICATE"), quote(d.user)), nil
}
