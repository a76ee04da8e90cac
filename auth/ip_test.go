package auth

import (
	"encoding/hex"
	"net/netip"
	"testing"
)

func hexOf(data []byte) string { return hex.EncodeToString(data) }

func TestAddressesAreValidAsInApache(t *testing.T) {
	for _, c := range captured(t, "ip_valid.txt", "\t", 400) {
		if text := unquote(t, c[0]); ipValid(text) != truth(t, c[1]) {
			t.Errorf("ipValid(%q) = %v", text, ipValid(text))
		}
	}
}

func TestAddressesMatchAsInApache(t *testing.T) {
	matched := 0
	for _, c := range captured(t, "ip_matches.txt", "\t", 500) {
		client, entry, want := unquote(t, c[0]), unquote(t, c[1]), truth(t, c[2])
		if ipMatches(client, entry) != want {
			t.Errorf("ipMatches(%q, %q) = %v", client, entry, !want)
		}
		if want {
			matched++
		}
	}
	if matched < 100 {
		t.Errorf("only %d cases match", matched)
	}
}

// FuzzIP checks that texts which Go takes for addresses and prefixes mean the same here, and that nothing panics.
func FuzzIP(f *testing.F) {
	for _, seed := range []string{"1.2.3.4", "::1", "1::/64", "10.0.0.0/8", "::ffff:1.2.3.4", "fe80::1%2", "-1.+2.3.4/", "::-fff/3"} {
		f.Add(seed, "10.1.2.3")
	}
	f.Fuzz(func(t *testing.T, entry, client string) {
		if ipMatches(client, entry) && !ipValid(entry) {
			t.Errorf("%q matches the invalid %q", client, entry)
		}
		addr, err := netip.ParseAddr(client)
		if err != nil || addr.Zone() != "" || addr.Is4In6() {
			return
		}
		own := hostAddress(addr)
		if !ipMatches(own, own) {
			t.Errorf("%q does not match itself", own)
		}
		prefix, err := netip.ParsePrefix(entry)
		if err != nil || prefix.Addr().Is4In6() {
			return
		}
		if got, want := ipMatches(own, prefix.String()), prefix.Contains(addr); got != want {
			t.Errorf("ipMatches(%q, %q) = %v, want %v", own, entry, got, want)
		}
	})
}

func BenchmarkIPMatches(b *testing.B) {
	for b.Loop() {
		if !ipMatches("2001:db8:0:0:0:0:0:9", "2001:db8::/32") {
			b.Fatal("no match")
		}
	}
}
