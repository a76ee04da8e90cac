package admin

import (
	"net/netip"
	"regexp"
	"strconv"
	"testing"
)

func atoi(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNumbersArePrintedAsJavaPrintsThem(t *testing.T) {
	// The right column was printed by Java 17.
	for _, tt := range []struct {
		number float64
		want   string
	}{
		{0, "0.0"},
		{1, "1.0"},
		{0.0005, "5.0E-4"},
		{0.001, "0.001"},
		{0.01, "0.01"},
		{1.5181, "1.5181"},
		{123456.7891, "123456.7891"},
		{9999999, "9999999.0"},
		{1e7, "1.0E7"},
		{12345678.5, "1.23456785E7"},
		{-2.5, "-2.5"},
	} {
		if got := javaDouble(tt.number); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.number, got, tt.want)
		}
	}
}

func TestAddressesArePrintedAsJavaPrintsThem(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:54086":             "/127.0.0.1:54086",
		"[::1]:48460":                 "/[0:0:0:0:0:0:0:1]:48460",
		"[::ffff:10.1.2.3]:1":         "/10.1.2.3:1",
		"[2001:db8::a:0:5]:65535":     "/[2001:db8:0:0:0:a:0:5]:65535",
		"[fe80::1:2:3:4%eth0]:2181":   "/[fe80:0:0:0:1:2:3:4%eth0]:2181",
		"[fe80::a00:27ff:fe4e:1]:443": "/[fe80:0:0:0:a00:27ff:fe4e:1]:443",
	} {
		if got := javaAddr(netip.MustParseAddrPort(addr)); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
}

func TestTheVersionBeginsWithZooKeepersRelease(t *testing.T) {
	version := Version("3.9.5", "0.1.0", "2026-02-11 20:18 UTC")
	if version != "3.9.5-paddock-0.1.0, built on 2026-02-11 20:18 UTC" {
		t.Errorf("got %q", version)
	}
	// what monitoring tools look for
	found := regexp.MustCompile(`Zookeeper version: (\d+\.\d+\.\d+)`).FindStringSubmatch("Zookeeper version: " + version)
	if found == nil || found[1] != "3.9.5" {
		t.Errorf("found %q", found)
	}
}
