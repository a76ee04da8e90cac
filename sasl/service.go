package sasl

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// The login modules that are known, by the ends of their classes' names: IBM's Java has a Krb5LoginModule of its own.
const (
	digestModule = "org.apache.zookeeper.server.auth.DigestLoginModule"
	krb5Suffix   = ".Krb5LoginModule"
)

// userPrefix begins the options of a DigestLoginModule that are users: user_bob="password".
const userPrefix = "user_"

// superUser is who SuperPassword is about.
const superUser = "super"

// Config is what a server's side needs.
type Config struct {
	File          string // of the JAAS configuration, for messages
	Section       string // of it: Server, unless zookeeper.sasl.serverconfig says otherwise
	JAAS          JAAS
	SuperPassword Secret // zookeeper.SASLAuthenticationProvider.superPassword: replaces that of the user super
	Names         NameConfig
	Random        io.Reader // for nonces
	// ReadFile reads a keytab.
	ReadFile func(path string) ([]byte, error)
}

// Service is the server's side of SASL, for all connections.
type Service struct {
	names     *Names
	users     map[string]Secret // of DIGEST-MD5
	superUser Secret
	random    io.Reader
	kerberos  *acceptor // nil: DIGEST-MD5
}

// New makes the server's side of a section. It is nil, without an error, where there is no such section or nothing in it: then no
// SASL is configured (ServerCnxnFactory.configureSaslLogin, 3.9.5). Errors: *ConfigError.
func New(cfg Config) (*Service, error) {
	modules := cfg.JAAS[cfg.Section]
	if len(modules) == 0 {
		return nil, nil //nolint:nilnil // documented above: nothing to do is no error
	}
	names, err := NewNames(cfg.Names)
	if err != nil {
		return nil, err
	}
	s := &Service{names: names, users: map[string]Secret{}, superUser: cfg.SuperPassword, random: cfg.Random}
	for i := range modules {
		m := &modules[i]
		for name, value := range m.Options {
			if user, is := strings.CutPrefix(name, userPrefix); is {
				s.users[user] = Secret(value)
			}
		}
		switch {
		case m.Class == digestModule:
		case strings.HasSuffix(m.Class, krb5Suffix):
			if s.kerberos, err = newAcceptor(&cfg, m); err != nil {
				return nil, err
			}
		default:
			return nil, m.fail(cfg.File, "found "+m.Class+", expected "+digestModule+" or com.sun.security.auth.module"+krb5Suffix)
		}
	}
	return s, nil
}

func (m *Module) fail(file, msg string) *ConfigError {
	return &ConfigError{File: file, Line: m.Line, Msg: msg}
}

// password is that of a user of the section. The property for the user super replaces a password, and makes no user.
func (s *Service) password(user string) (Secret, bool) {
	password, known := s.users[user]
	if known && user == superUser && s.superUser != "" {
		password = s.superUser
	}
	return password, known
}

// Format prints the kind of thing that it is and nothing of what is in it.
func (s *Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "sasl.Service") }

// Outcome is what a token leads to: an answer, which may be nil, and at the end the name that is proved.
type Outcome struct {
	Answer []byte
	Done   bool
	Name   string // only if Done
}

// Exchange is the server's side of one connection's exchange. It proves one name, once.
type Exchange struct {
	mechanism interface {
		step(token []byte) (Outcome, error)
	}
	ended bool
}

// Begin begins an exchange.
func (s *Service) Begin() *Exchange {
	if s.kerberos != nil {
		return &Exchange{mechanism: &gssServer{acceptor: s.kerberos, names: s.names}}
	}
	return &Exchange{mechanism: &digestServer{service: s}}
}

// errEnded is what every token gets behind the end of an exchange.
var errEnded = errors.New("the exchange has ended")

// Step takes a token of the client. After an error, and after the end, the exchange refuses everything.
func (e *Exchange) Step(token []byte) (Outcome, error) {
	if e.ended {
		return Outcome{}, errEnded
	}
	o, err := e.mechanism.step(token)
	e.ended = o.Done || err != nil
	return o, err
}

// HasKeytab tells whether there is anything to Reload.
func (s *Service) HasKeytab() bool { return s.kerberos != nil }

// Reload reads the keytab again: it may have changed. After an error the old keys go on. It may be called from any goroutine.
func (s *Service) Reload() error { return s.kerberos.reload() }

// Warning is what an operator should know about a configuration that works; empty mostly.
func (s *Service) Warning() string {
	if s.kerberos == nil && len(s.users) == 0 {
		return `no user is named, so nobody can prove anything; expected options such as user_bob="password"`
	}
	return ""
}
