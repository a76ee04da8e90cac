package auth

import (
	"encoding/base64"
	"testing"
)

func TestDigestEntriesAreValidAsInApache(t *testing.T) {
	for _, c := range captured(t, "digest_valid.txt", "\t", 50) {
		if text := unquote(t, c[0]); digestValid(text) != truth(t, c[1]) {
			t.Errorf("digestValid(%q) = %v", text, digestValid(text))
		}
	}
}

func TestAlgorithmsHaveJavasNames(t *testing.T) {
	for _, c := range captured(t, "algorithms.txt", "\t", 30) {
		name := unquote(t, c[0])
		digest, err := GenerateDigest("u:p", name)
		_, newErr := New(Config{DigestAlg: name}) // unknown: refused even with the scheme switched off
		if c[1] == "none" {
			if err == nil || newErr == nil || digest != "" {
				t.Errorf("%q: %q, %v, New: %v; Java does not know it", name, digest, err, newErr)
			}
			continue
		}
		if err != nil || newErr != nil {
			t.Errorf("%q: %v, New: %v", name, err, newErr)
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(digest[len("u:"):])
		if err != nil || hexOf(raw) != c[1] {
			t.Errorf("%q: %s, want %s (%v)", name, hexOf(raw), c[1], err)
		}
	}
}

func TestGenerateDigestKnowsTheManualsExample(t *testing.T) {
	// zookeeperProgrammers.md and countless how-tos: super:superpw.
	digest, err := GenerateDigest("super:superpw", "")
	if want := "super:g9oN2HttPfn8MMWJZ2r45Np/LIA="; err != nil || digest != want {
		t.Errorf("%q, %v, want %q", digest, err, want)
	}
}
