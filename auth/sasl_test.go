package auth

import (
	"slices"
	"testing"

	"paddock/zk"
)

func saslID(id string) zk.ID { return zk.ID{Scheme: "sasl", ID: id} }

func TestAnIdentityOfSASLCountsInACLsOnlyWhereTheSchemeIsRegistered(t *testing.T) {
	for _, registered := range []bool{true, false} {
		s, err := New(Config{SASL: SASLConfig{Registered: registered, AnyUserID: "reader"}})
		if err != nil {
			t.Fatal(err)
		}
		ids := s.AddSASL([]zk.ID{{Scheme: "ip", ID: "127.0.0.1"}}, "bob")
		if !slices.Contains(ids, saslID("bob")) || len(ids) != 2 {
			t.Errorf("identities %v", ids)
		}
		for entry, allowed := range map[string]bool{"bob": true, "reader": true, "eve": false, "super": false, "": false} {
			acl := []zk.ACL{{Perms: zk.PermAll, ID: saslID(entry)}}
			if got := s.Allowed(acl, zk.PermRead, ids); got != (allowed && registered) {
				t.Errorf("registered %v, entry %q: %v", registered, entry, got)
			}
			if _, code := s.Fix(acl, ids); (code == zk.ErrOK) != registered {
				t.Errorf("registered %v, entry %q: %v", registered, entry, code)
			}
		}
		fixed, code := s.Fix([]zk.ACL{{Perms: 3, ID: zk.ID{Scheme: "auth"}}}, ids)
		if registered && (code != zk.ErrOK || len(fixed) != 1 || fixed[0] != zk.ACL{Perms: 3, ID: saslID("bob")}) || !registered && code != zk.ErrInvalidACL {
			t.Errorf("registered %v: auth becomes %v, %v", registered, fixed, code)
		}
		if user := s.UserOf(saslID("bob")); registered != (user == "bob") {
			t.Errorf("registered %v: whoAmI shows %q", registered, user)
		}
		if _, ok := s.Add(ids, "sasl", []byte("bob")); ok {
			t.Error("an auth request proves a name of SASL")
		}
	}
}

// SASLAuthenticationProvider.matches (3.9.5).
func TestTheNameSuperStandsForEveryNameOfSASLAndIsNoSuperuser(t *testing.T) {
	s, err := New(Config{SASL: SASLConfig{Registered: true}, DigestEnabled: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := s.AddSASL(nil, "super")
	if !s.Allowed([]zk.ACL{{Perms: zk.PermAll, ID: saslID("bob")}}, zk.PermRead, ids) {
		t.Error("super may not read what is bob's")
	}
	if s.Allowed([]zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: "u:x"}}}, zk.PermRead, ids) {
		t.Error("super may read what is not of SASL")
	}
}

func TestSuperUsersOfSASLMayDoEverything(t *testing.T) {
	s, err := New(Config{SASL: SASLConfig{SuperUsers: []string{"root", ""}}})
	if err != nil {
		t.Fatal(err)
	}
	closed := []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "digest", ID: "u:x"}}}
	for name, want := range map[string]bool{"root": true, "": false, "Root": false} {
		if got := s.Allowed(closed, zk.PermAdmin, s.AddSASL(nil, name)); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestIDsOfSASLAreKerberosNames(t *testing.T) {
	s, err := New(Config{SASL: SASLConfig{Registered: true}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]zk.Err{
		"bob": zk.ErrOK, "": zk.ErrOK, "a/b/c": zk.ErrOK, "bob@R": zk.ErrOK, "a/b@R": zk.ErrOK, "@": zk.ErrOK,
		"a/b/c@R": zk.ErrInvalidACL, "a@b@c": zk.ErrInvalidACL, "a@b/c": zk.ErrInvalidACL, zk.NullText: zk.ErrMarshallingError,
	} {
		if _, got := s.Fix([]zk.ACL{{Perms: 1, ID: saslID(id)}}, nil); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
	if _, got := s.Fix([]zk.ACL{{Perms: 1, ID: zk.ID{Scheme: "ensemble", ID: "x"}}}, nil); got != zk.ErrInvalidACL {
		t.Errorf("ensemble: %v", got)
	}
}
