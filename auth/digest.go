package auth

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"strings"
)

// GenerateDigest returns the digest identity "user:<base64>" for "user:password". An empty algorithm is SHA1.
func GenerateDigest(userPassword, alg string) (string, error) {
	newHash, err := hashByName(alg)
	if err != nil {
		return "", err
	}
	return digestOf(newHash(), userPassword), nil
}

// digestOf hashes the whole text, colon included. Without a colon all of it is the user as well.
func digestOf(h hash.Hash, userPassword string) string {
	io.WriteString(h, userPassword) //nolint:errcheck // a hash.Hash never fails
	user, _, _ := strings.Cut(userPassword, ":")
	return user + ":" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// digestValid tells whether an ACL entry's text splits at its colons into two parts. Java's split forgets empty
// parts at the end, but not at the start: "a:b:" and ":b" are valid, "a:" and "a:b:c" are not.
func digestValid(id string) bool {
	return strings.Count(strings.TrimRight(id, ":"), ":") == 1
}

// hashByName finds a hash by the name that java.security.MessageDigest gives it (Java 17), in any case.
func hashByName(name string) (func() hash.Hash, error) {
	switch strings.ToUpper(name) {
	case "", "SHA1", "SHA-1", "SHA":
		return sha1.New, nil
	case "MD5":
		return md5.New, nil
	case "SHA-224", "SHA224":
		return sha256.New224, nil
	case "SHA-256", "SHA256":
		return sha256.New, nil
	case "SHA-384", "SHA384":
		return sha512.New384, nil
	case "SHA-512", "SHA512":
		return sha512.New, nil
	case "SHA-512/224", "SHA512/224":
		return sha512.New512_224, nil
	case "SHA-512/256", "SHA512/256":
		return sha512.New512_256, nil
	case "SHA3-224":
		return func() hash.Hash { return sha3.New224() }, nil
	case "SHA3-256":
		return func() hash.Hash { return sha3.New256() }, nil
	case "SHA3-384":
		return func() hash.Hash { return sha3.New384() }, nil
	case "SHA3-512":
		return func() hash.Hash { return sha3.New512() }, nil
	default:
		return nil, fmt.Errorf("auth: unknown digest algorithm %q", name)
	}
}
