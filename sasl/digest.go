package sasl

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"paddock/zk"
)

// What ZooKeeper's servers and clients agree on (ZooKeeperSaslServer, ZooKeeperSaslClient): Java's library makes the realm of the
// name of the server, and the URI of both.
const (
	digestRealm    = "zk-sasl-md5"
	digestProtocol = "zookeeper"
	digestURI      = digestProtocol + "/" + digestRealm
)

// digestBytesMax is the longest response that is read (RFC 2831, section 2.1.2).
const digestBytesMax = 4096

// nonceBytes is how many random bytes make a nonce; base64 makes 40 characters of them, as in Java.
const nonceBytes = 30

// digestSum is everything that a response value is computed from.
type digestSum struct {
	uri, user, realm, password string
	nonce, cnonce, authzid     []byte // authzid is nil where there is none
}

// value is the response value, RFC 2831 section 2.1.2.1: of the client's response with the method AUTHENTICATE, of the server's
// with none. The quality of protection is auth, the nonce count 1.
func (d *digestSum) value(method string) string {
	secret := md5.Sum([]byte(latin1(d.user) + ":" + latin1(d.realm) + ":" + latin1(d.password)))
	a1 := string(secret[:]) + ":" + string(d.nonce) + ":" + string(d.cnonce)
	if d.authzid != nil {
		a1 += ":" + string(d.authzid)
	}
	return hexMD5(hexMD5(a1) + ":" + string(d.nonce) + ":00000001:" + string(d.cnonce) + ":auth:" + hexMD5(method+":"+d.uri))
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// latin1 turns text into ISO-8859-1 if all of it can be said so, and leaves it as UTF-8 if not: what is hashed is
// defined like this.
func latin1(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r > 0xff {
			return text
		}
		b.WriteByte(byte(r))
	}
	return b.String()
}

func newNonce(random io.Reader) ([]byte, error) {
	raw := make([]byte, nonceBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, fmt.Errorf("sasl: no random bytes for a nonce: %w", err)
	}
	return []byte(base64.StdEncoding.EncodeToString(raw)), nil
}

// digestServer is the server's side of one DIGEST-MD5 exchange (com.sun.security.sasl.digest.DigestMD5Server).
type digestServer struct {
	service *Service
	nonce   []byte // nil before the challenge
}

func (d *digestServer) step(token []byte) (Outcome, error) {
	if len(token) > digestBytesMax {
		return Outcome{}, fmt.Errorf("a response of %d bytes, expected at most %d", len(token), digestBytesMax)
	}
	if d.nonce == nil {
		challenge, err := d.challenge()
		return Outcome{Answer: challenge}, err
	}
	sum, response, err := d.read(token)
	if err != nil {
		return Outcome{}, err
	}
	password, known := d.service.password(sum.user)
	if !known {
		password = Secret(d.nonce) // so that the answer takes as long; known decides
	}
	sum.password = string(password)
	right := subtle.ConstantTimeCompare(response, []byte(sum.value("AUTHENTICATE"))) == 1
	switch {
	case !known:
		return Outcome{}, fmt.Errorf("user %q is not in the list", sum.user)
	case !right:
		return Outcome{}, fmt.Errorf("wrong password of user %q", sum.user)
	}
	name, err := d.service.names.of(sum.user)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Answer: []byte("rspauth=" + sum.value("")), Done: true, Name: name}, nil
}

func (d *digestServer) challenge() ([]byte, error) {
	var err error
	if d.nonce, err = newNonce(d.service.random); err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `realm=%s,nonce="%s",charset=utf-8,algorithm=md5-sess`, quote(digestRealm), d.nonce), nil
}

// read checks everything in a response but the response value.
func (d *digestServer) read(token []byte) (*digestSum, []byte, error) {
	// Clients send the nonce count as nc, which Java's server overlooks: it looks for nonce-count.
	found, err := parseDirectives(token, "username", "realm", "nonce", "cnonce", "nonce-count", "qop", "digest-uri", "response",
		"maxbuf", "charset", "cipher", "authzid", "auth-param")
	if err != nil {
		return nil, nil, err
	}
	for _, needed := range []string{"username", "nonce", "cnonce", "response"} {
		if found[needed] == nil {
			return nil, nil, errors.New("directive " + needed + " is missing")
		}
	}
	uri := zk.Text(found["digest-uri"])
	switch {
	case len(found["username"]) == 0:
		return nil, nil, errors.New("directive username is empty")
	case found["charset"] != nil && string(found["charset"]) != "utf-8":
		return nil, nil, fmt.Errorf("charset %q, expected utf-8", found["charset"])
	case string(found["realm"]) != digestRealm:
		return nil, nil, fmt.Errorf("realm %q, expected %s", found["realm"], digestRealm)
	case subtle.ConstantTimeCompare(found["nonce"], d.nonce) != 1:
		return nil, nil, errors.New("a nonce that is not ours")
	case found["nonce-count"] != nil && !isNumber(found["nonce-count"], 16, 1):
		return nil, nil, fmt.Errorf("nonce-count %q, expected 1", found["nonce-count"])
	case found["maxbuf"] != nil && !isNumber(found["maxbuf"], 10):
		return nil, nil, fmt.Errorf("maxbuf %q, expected a number", found["maxbuf"])
	case found["qop"] != nil && string(found["qop"]) != "auth":
		return nil, nil, fmt.Errorf("qop %q, expected auth", found["qop"])
	case !strings.EqualFold(uri, digestURI):
		return nil, nil, fmt.Errorf("digest-uri %q, expected %s", uri, digestURI)
	}
	return &digestSum{
		uri: uri, user: zk.Text(found["username"]), realm: digestRealm,
		nonce: d.nonce, cnonce: found["cnonce"], authzid: found["authzid"],
	}, found["response"], nil
}

// isNumber tells whether text is a whole number of 32 bits, and one of those wanted if any are.
func isNumber(text []byte, base int, wanted ...int64) bool {
	n, err := strconv.ParseInt(string(text), base, 32)
	if err != nil {
		return false
	}
	for _, w := range wanted {
		if n != w {
			return false
		}
	}
	return true
}
