package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// builds holds the server under test, which the first test that needs it builds.
var builds struct {
	once   sync.Once
	dir    string
	binary string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.RemoveAll(builds.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func paddock(t *testing.T) string {
	t.Helper()
	builds.once.Do(func() {
		if builds.dir, builds.err = os.MkdirTemp("", "crash-test-"); builds.err == nil { //nolint:usetesting // it outlives the first test
			builds.binary, builds.err = buildPaddock(builds.dir)
		}
	})
	check(t, builds.err)
	return builds.binary
}

// TestNothingAcknowledgedIsLostWhenTheServerIsKilled is a short run of the command, with seeds that nobody has chosen: they
// are printed, and a failure tells its own.
func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	var out strings.Builder
	if err := run(&out, paddock(t), t.TempDir(), uint64(time.Now().UnixNano()), 15, 5); err != nil {
		t.Fatalf("%s%v", &out, err)
	}
	t.Log(out.String())
}

func TestALogIsReadUpToItsZerosAndDamageIsNamed(t *testing.T) {
	names, err := filepath.Glob("../interop/testdata/apache-3.9.5/version-2/log.*")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := parseLog(b)
		if err != nil || len(whole) < 10 {
			t.Fatalf("%s: %d records, %v", name, len(whole), err)
		}
		if padded, err := parseLog(append(slices.Clip(b), make([]byte, 5000)...)); err != nil || len(padded) != len(whole) {
			t.Errorf("%s with zeros behind: %d records instead of %d, %v", name, len(padded), len(whole), err)
		}
		b[len(b)/2] ^= 1
		if _, err := parseLog(b); err == nil || !strings.Contains(err.Error(), "offset") {
			t.Errorf("%s with a flipped bit: %v", name, err)
		}
	}
}

func FuzzParseLog(f *testing.F) {
	f.Add([]byte("ZKLG\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"))
	if b, err := os.ReadFile("../interop/testdata/apache-3.9.5/version-2/log.1"); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const recordBytesMin = 12 + 32 + 1
		if records, _ := parseLog(b); len(records)*recordBytesMin > len(b) {
			t.Errorf("%d records in %d bytes", len(records), len(b))
		}
	})
}
