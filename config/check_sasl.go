package config

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/sasl"
)

// SASL is everything about SASL and Kerberos names.
type SASL struct {
	// Service is the server's side; nil if none is configured.
	Service *sasl.Service

	// Registered makes the scheme sasl one that ACLs can name (authProvider.N).
	Registered bool
	// SuperUsers are the names that get the scheme super; SuperUser is the first of them as written.
	SuperUsers []string
	SuperUser  string
	// SuperPassword replaces the password of the user super, if there is such a user.
	SuperPassword string
	// AnyUserID is the id of an ACL entry that stands for everybody who has proved anything; empty means none.
	AnyUserID string
	// AllowFailed keeps connections whose SASL has failed, where it is not enforced.
	AllowFailed bool

	// File is the JAAS configuration as written, Section what counts of it.
	File, Section string
	// Krb5Conf is Kerberos' own configuration, RequireKrb5Conf wants a default realm from it.
	Krb5Conf        string
	RequireKrb5Conf bool
	// NameRules, RemoveHost and RemoveRealm make users of principals.
	NameRules               string
	RemoveHost, RemoveRealm bool
	// ReloadInterval is how often the keytab is read again.
	ReloadInterval time.Duration
}

// EnsembleAuth are the names of the ensemble that clients may ask for.
type EnsembleAuth struct {
	// Registered makes the scheme ensemble one that auth requests can name (authProvider.N).
	Registered bool
	// List is ensembleAuthName as written, Names what it comes to; nil if any name will do.
	List  string
	Names []string
}

// krb5ConfDefault is where Kerberos has its configuration.
const krb5ConfDefault = "/etc/krb5.conf"

// checkSASL makes the server's side of SASL. A section that cannot be used ends the start, as in ZooKeeper; none means that
// there is no SASL.
func (l *loader) checkSASL() *Error {
	c := &l.cfg.SASL
	for _, s := range append(l.settingsOf("superUser"), l.settingsOf("superUser.")...) {
		c.SuperUsers = append(c.SuperUsers, s.value)
	}
	if s := l.setting("ensembleAuthName"); s != nil {
		for name := range strings.SplitSeq(s.value, ",") {
			l.cfg.EnsembleAuth.Names = append(l.cfg.EnsembleAuth.Names, trim(name))
		}
	}
	file := l.propertySetting("java.security.auth.login.config")
	realm, err := l.defaultRealm(file != nil)
	if err != nil || file == nil {
		return err
	}
	path := sasl.Path(file.value)
	text, cause1 := l.read(path)
	if cause1 != nil {
		return &Error{File: file.file, Line: file.line, Key: file.name, Msg: strconv.Quote(path) + " cannot be read: " + cause(cause1), Err: cause1}
	}
	jaas, bad := sasl.ParseJAAS(path, text, l.systemProperty)
	if bad == nil {
		c.Service, bad = sasl.New(sasl.Config{
			File: path, Section: c.Section, JAAS: jaas, SuperPassword: sasl.Secret(c.SuperPassword), Random: rand.Reader,
			Names:    sasl.NameConfig{Rules: c.NameRules, DefaultRealm: realm, RemoveHost: c.RemoveHost, RemoveRealm: c.RemoveRealm},
			ReadFile: l.read,
		})
	}
	if bad != nil {
		return l.refuseSASL(bad)
	}
	if c.Service == nil {
		l.warnAt(file, path+" has no section "+c.Section+", so there is no SASL; its sections are: "+jaas.Names())
	} else if warning := c.Service.Warning(); warning != "" {
		l.warnAt(file, path+": section "+c.Section+": "+warning)
	}
	return nil
}

// refuseSASL turns an error of package sasl into one of ours.
func (l *loader) refuseSASL(err error) *Error {
	if bad, ok := errors.AsType[*sasl.ConfigError](err); ok {
		return &Error{File: bad.File, Line: bad.Line, Msg: bad.Msg, Err: err}
	}
	if s := l.setting("security.auth_to_local"); s != nil {
		return &Error{File: s.file, Line: s.line, Key: s.name, Msg: err.Error(), Err: err}
	}
	return &Error{File: l.file, Msg: err.Error(), Err: err}
}

// defaultRealm is the realm of krb5.conf, empty if there is none. The file is read only where somebody may want it.
func (l *loader) defaultRealm(wanted bool) (string, *Error) {
	c := &l.cfg.SASL
	if !wanted && !c.RequireKrb5Conf {
		return "", nil
	}
	path := c.Krb5Conf
	if path == "" {
		path = krb5ConfDefault
	}
	text, err := l.read(path)
	set := l.propertySetting("java.security.krb5.conf")
	switch {
	case err == nil:
	case set != nil:
		return "", &Error{File: set.file, Line: set.line, Key: set.name, Msg: strconv.Quote(path) + " cannot be read: " + cause(err), Err: err}
	case !errors.Is(err, fs.ErrNotExist):
		l.remarks = append(l.remarks, remark{file: path, text: place(path, 0, "") + "cannot be read: " + cause(err)})
	}
	realm := sasl.DefaultRealm(string(text))
	if s := l.setting("requireKerberosConfig"); realm == "" && c.RequireKrb5Conf {
		return "", s.refuse(s.shown(), "a default_realm in the section libdefaults of "+path+"; there is none")
	}
	return realm, nil
}

// propertySetting is the chosen setting of a row that has no name in zoo.cfg, nil if there is none.
func (l *loader) propertySetting(property string) *setting {
	i := slices.IndexFunc(l.chosen, func(s setting) bool { return s.key.Name == "" && s.key.Property == property })
	if i < 0 {
		return nil
	}
	return &l.chosen[i]
}

// systemProperty is the value of a system property as a JVM would have it: those that were given, what ZooKeeper makes of zoo.cfg, and
// the few of Java's own that a path may begin with.
func (l *loader) systemProperty(name string) (string, bool) {
	for i := range l.chosen {
		s := &l.chosen[i]
		if s.key.Property != "" && (s.key.Property == name || strings.HasSuffix(s.key.Property, ".") && "zookeeper."+bare(s.name) == name) {
			return s.value, true
		}
	}
	if p, given := l.props[name]; given {
		return p.value, true
	}
	var value string
	var err error
	switch name {
	case "user.home":
		value, err = os.UserHomeDir()
	case "user.dir":
		value, err = os.Getwd()
	case "java.io.tmpdir":
		value = os.TempDir()
	case "file.separator":
		value = "/"
	}
	return value, err == nil && value != ""
}
