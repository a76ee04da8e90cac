package auth

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"testing"

	"paddock/zk"
)

func TestConnectionStartsWithItsAddress(t *testing.T) {
	s := newSchemes(t, Config{})
	for _, c := range captured(t, "host_address.txt", "\t", 9) {
		raw, err := hex.DecodeString(c[0])
		if err != nil {
			t.Fatal(err)
		}
		addr, ok := netip.AddrFromSlice(raw)
		want := []zk.ID{{Scheme: "ip", ID: unquote(t, c[1])}}
		if ids := s.ConnIDs(addr); !ok || !slices.Equal(ids, want) {
			t.Errorf("ConnIDs(%v) = %v, want %v", addr, ids, want)
		}
	}
	want := []zk.ID{{Scheme: "ip", ID: "fe80:0:0:0:0:0:0:1%eth0"}}
	if ids := s.ConnIDs(netip.MustParseAddr("fe80::1%eth0")); !slices.Equal(ids, want) {
		t.Errorf("address with a zone: %v", ids)
	}
}

func TestAuthDataBecomesTheIdentityThatApacheMakes(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	for _, c := range captured(t, "digest_auth.txt", "\t", 400) {
		data, err := hex.DecodeString(c[0])
		if err != nil {
			t.Fatal(err)
		}
		ids, ok := s.Add(nil, "digest", data)
		want := []zk.ID{{Scheme: "digest", ID: unquote(t, c[1])}}
		if !ok || !slices.Equal(ids, want) {
			t.Errorf("auth data %s: %v %v, want %v", c[0], ids, ok, want)
		}
	}
}

func TestAuthIsRefused(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	for name, c := range map[string]struct {
		scheme string
		auth   []byte
	}{
		"unknown scheme": {"sasl", []byte("u:p")},
		"no scheme":      {"", []byte("u:p")},
		"world":          {"world", []byte("anyone")},
		"auth":           {"auth", []byte{}},
		"super itself":   {"super", []byte("super:secret")},
		"null data":      {"digest", nil},
		"other case":     {"Digest", []byte("u:p")},
	} {
		ids := []zk.ID{{Scheme: "ip", ID: "127.0.0.1"}}
		if got, ok := s.Add(ids, c.scheme, c.auth); ok || !slices.Equal(got, ids) {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
}

func TestIdentitiesAccumulateInApachesOrderAndOldListsStay(t *testing.T) {
	for _, c := range slices.Concat(captured(t, "set_order.txt", "\t", 100), captured(t, "set_order_long.txt", "\t", 22)) {
		var arrived, set []zk.ID
		split := slices.Index(c, "=")
		for _, text := range c[:split] {
			id := parseID(t, unquote(t, text))
			arrived = append(arrived, id)
			held, before := set, slices.Clone(set)
			set = addToSet(set, []zk.ID{id})
			if !slices.Equal(held, before) {
				t.Fatalf("a list that a request may hold changed from %v to %v", before, held)
			}
			if again := addToSet(set, []zk.ID{id}); !slices.Equal(again, set) {
				t.Fatalf("an identity twice: %v, want %v", again, set)
			}
		}
		var want []zk.ID
		for _, place := range c[split+1:] {
			i, err := strconv.Atoi(place)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, arrived[i])
		}
		if !slices.Equal(set, want) {
			t.Errorf("identities that arrived as %v stand as %v, want %v", arrived, set, want)
		}
	}
}

func TestManyIdentitiesAreAllKept(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	ids := s.ConnIDs(netip.MustParseAddr("127.0.0.1"))
	for i := range 200 {
		var ok bool
		if ids, ok = s.Add(ids, "digest", []byte("u:"+strconv.Itoa(i))); !ok || len(ids) != i+2 {
			t.Fatalf("after %d auths: %d identities, %v", i+1, len(ids), ok)
		}
	}
	if same, ok := s.Add(ids, "ip", nil); !ok || !slices.Equal(same, ids) {
		t.Error("auth with the scheme ip changed something")
	}
}

func TestSuperPasswordGivesSuper(t *testing.T) {
	digest, err := GenerateDigest("super:secret", "SHA-256")
	if err != nil {
		t.Fatal(err)
	}
	s := newSchemes(t, Config{DigestEnabled: true, SuperDigest: digest, DigestAlg: "SHA-256"})
	ids, ok := s.Add(nil, "digest", []byte("super:secret"))
	if !ok || len(ids) != 2 || !slices.Contains(ids, zk.ID{Scheme: "super"}) ||
		!slices.Contains(ids, zk.ID{Scheme: "digest", ID: digest}) {
		t.Errorf("the super password gave %v, %v", ids, ok)
	}
	if !s.Allowed([]zk.ACL{{Perms: 0, ID: zk.ID{Scheme: "nobody"}}}, zk.PermAdmin, ids) {
		t.Error("super is not let in")
	}
	ids, ok = s.Add(nil, "digest", []byte("super:wrong"))
	if !ok || len(ids) != 1 || ids[0].Scheme != "digest" {
		t.Errorf("a wrong super password gave %v, %v", ids, ok)
	}
	if s.Allowed([]zk.ACL{{Perms: 31, ID: zk.ID{Scheme: "nobody"}}}, zk.PermRead, ids) {
		t.Error("a wrong super password is let in")
	}
}

func TestWithoutSuperDigestNobodyIsSuper(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	for _, auth := range []string{"", "super:", "super", ":"} {
		if ids, _ := s.Add(nil, "digest", []byte(auth)); len(ids) != 1 {
			t.Errorf("auth data %q gave %v", auth, ids)
		}
	}
}
