package auth

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"paddock/zk"
)

func TestStoredListsAreThoseThatApacheStores(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	for _, c := range captured(t, "fixup.txt", " | ", 500) {
		acl, ids := parseACL(t, c[1]), parseIDs(t, c[0])
		before := slices.Clone(acl)
		fixed, err := s.Fix(acl, ids)
		if c[2] == "-114" {
			if err != zk.ErrInvalidACL || fixed != nil {
				t.Errorf("Fix(%v, %v) = %v, %v, want ErrInvalidACL", acl, ids, fixed, err)
			}
			continue
		}
		if want := parseACL(t, c[2]); err != zk.ErrOK || !slices.Equal(fixed, want) {
			t.Errorf("Fix(%v, %v) = %v, %v, want %v", acl, ids, fixed, err, want)
		}
		if !slices.Equal(acl, before) {
			t.Errorf("Fix changed its argument from %v to %v", before, acl)
		}
	}
}

func TestPermissionsAreThoseThatApacheGrants(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	skip := newSchemes(t, Config{DigestEnabled: true, SkipACL: true})
	allowed := 0
	for _, c := range captured(t, "check.txt", " | ", 500) {
		acl, ids := parseACL(t, c[1]), parseIDs(t, c[0])
		perm, err := strconv.Atoi(c[2])
		if err != nil {
			t.Fatal(err)
		}
		want := truth(t, c[3])
		if got := s.Allowed(acl, zk.Perm(perm), ids); got != want {
			t.Errorf("Allowed(%v, %d, %v) = %v, want %v", acl, perm, ids, got, want)
		}
		if !skip.Allowed(acl, zk.Perm(perm), ids) {
			t.Errorf("with skipACL, Allowed(%v, %d, %v) = false", acl, perm, ids)
		}
		if want {
			allowed++
		}
	}
	if allowed < 50 || allowed > 550 {
		t.Errorf("%d cases are allowed: the captured cases are one-sided", allowed)
	}
}

func TestDigestSwitchedOff(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: false, SuperDigest: "super:x"})
	ids := []zk.ID{{Scheme: "digest", ID: "u:h"}}
	acl := []zk.ACL{{Perms: zk.PermAll, ID: ids[0]}}
	if _, ok := s.Add(nil, "digest", []byte("u:p")); ok {
		t.Error("a digest auth was accepted")
	}
	if _, err := s.Fix(acl, nil); err != zk.ErrInvalidACL {
		t.Errorf("a digest entry in a new list: %v", err)
	}
	if _, err := s.Fix([]zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth"}}}, ids); err != zk.ErrInvalidACL {
		t.Errorf("an auth entry: %v", err)
	}
	if s.Allowed(acl, zk.PermRead, ids) {
		t.Error("an old digest entry still grants")
	}
}

func TestOpenListIsSharedAndCostsNothing(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	open := zk.OpenACL()
	var fixed []zk.ACL
	if n := testing.AllocsPerRun(100, func() { fixed, _ = s.Fix(open, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if !slices.Equal(fixed, open) || &fixed[0] == &open[0] {
		t.Errorf("Fix gave %v, and shares memory with the request: %v", fixed, &fixed[0] == &open[0])
	}
}

func TestAllowedDoesNotAllocate(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	acl := parseACL(t, "31:digest:a:h 1:ip:2001:db8::/33 1:ip:10.0.0.0/8 1:ip:x 1:world:nobody")
	ids := parseIDs(t, "ip:10.1.2.3 digest:b:h")
	if !s.Allowed(acl, zk.PermRead, ids) || s.Allowed(acl, zk.PermWrite, ids) {
		t.Error("wrong answer")
	}
	if n := testing.AllocsPerRun(100, func() { s.Allowed(acl, zk.PermWrite|zk.PermRead, ids) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestHugeListsAreBounded(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	var ids []zk.ID
	var acl []zk.ACL
	for i := range 1000 {
		ids = append(ids, zk.ID{Scheme: "digest", ID: fmt.Sprintf("u%d:h", i)})
		acl = append(acl, zk.ACL{Perms: zk.PermAll, ID: zk.ID{Scheme: "auth", ID: strconv.Itoa(i)}})
	}
	if fixed, err := s.Fix(acl, ids); err != zk.ErrInvalidACL || fixed != nil {
		t.Errorf("%d entries, %v", len(fixed), err)
	}
	if fixed, err := s.Fix(acl[:60], ids); err != zk.ErrOK || len(fixed) != 60000 {
		t.Errorf("%d entries, %v", len(fixed), err)
	}
}

func TestMaskHidesHashesLikeGetACL(t *testing.T) {
	for _, c := range captured(t, "mask.txt", "\t", 50) {
		text, want := unquote(t, c[0]), unquote(t, c[1])
		acl := []zk.ACL{{Perms: 3, ID: zk.ID{Scheme: "digest", ID: text}}}
		masked := Mask(acl)
		if len(masked) != 1 || masked[0].Perms != 3 || masked[0].ID != (zk.ID{Scheme: "digest", ID: want}) {
			t.Errorf("Mask of %q = %v, want %q", text, masked, want)
		}
		if acl[0].ID.ID != text {
			t.Errorf("Mask changed its argument to %q", acl[0].ID.ID)
		}
	}
	other := parseACL(t, "31:ip:1.2.3.4 1:sasl:a:b 1:world:anyone")
	if masked := Mask(other); !slices.Equal(masked, other) {
		t.Errorf("Mask changed entries of other schemes: %v", masked)
	}
	mixed := parseACL(t, "31:ip:1.2.3.4 1:digest:a:b")
	if masked := Mask(mixed); !slices.Equal(masked, parseACL(t, "31:ip:1.2.3.4 1:digest:a:x")) {
		t.Errorf("Mask of a mixed list: %v", masked)
	}
}

// Apache asks each entry whether it equals the earlier ones: permissions, then scheme, then id, until one is null.
func TestTheSearchForDoublesTripsOverNulls(t *testing.T) {
	s := newSchemes(t, Config{DigestEnabled: true})
	entry := func(perms zk.Perm, scheme, id string) zk.ACL {
		return zk.ACL{Perms: perms, ID: zk.ID{Scheme: scheme, ID: id}}
	}
	for name, c := range map[string]struct {
		acl  []zk.ACL
		want zk.Err
	}{
		"a null scheme alone":                             {[]zk.ACL{entry(31, zk.NullText, "x")}, zk.ErrInvalidACL},
		"a null scheme behind other permissions":          {[]zk.ACL{entry(1, "world", "anyone"), entry(31, zk.NullText, "x")}, zk.ErrInvalidACL},
		"a null scheme behind the same permissions":       {[]zk.ACL{entry(31, "world", "anyone"), entry(31, zk.NullText, "x")}, zk.ErrMarshallingError},
		"a null scheme in front of the same permissions":  {[]zk.ACL{entry(31, zk.NullText, "x"), entry(31, "world", "anyone")}, zk.ErrInvalidACL},
		"a null id behind another scheme":                 {[]zk.ACL{entry(31, "world", "anyone"), entry(31, "nosuch", zk.NullText)}, zk.ErrInvalidACL},
		"a null id behind the same scheme":                {[]zk.ACL{entry(31, "nosuch", "x"), entry(31, "nosuch", zk.NullText)}, zk.ErrMarshallingError},
		"a null id in front of the same scheme":           {[]zk.ACL{entry(31, "nosuch", zk.NullText), entry(31, "nosuch", "x")}, zk.ErrInvalidACL},
		"a null id of auth twice":                         {[]zk.ACL{entry(31, "auth", zk.NullText), entry(31, "auth", zk.NullText)}, zk.ErrMarshallingError},
		"a null id of auth twice, with other permissions": {[]zk.ACL{entry(31, "auth", zk.NullText), entry(1, "auth", zk.NullText)}, zk.ErrOK},
	} {
		if _, err := s.Fix(c.acl, []zk.ID{{Scheme: "digest", ID: "u:x"}}); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
