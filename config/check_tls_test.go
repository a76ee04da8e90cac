package config

import (
	"slices"
	"testing"
)

// stores are the lines that a port for TLS needs.
const stores = "ssl.keyStore.location=server.jks\nssl.trustStore.location=trust.p12\n"

func TestAPortForTLSMayStandAlone(t *testing.T) {
	c, err := load("zoo.cfg", "dataDir=/data\nsecureClientPort=2281\nsecureClientPortAddress=[::1]\n"+stores, nil, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientPort != -1 || c.SecureClientPort != 2281 || c.SecureClientPortAddress != "::1" || !c.SpeaksTLS() || !c.TLS.X509 {
		t.Errorf("got %+v", c)
	}
	if got, want := c.clientAddress(), "port 2281 of ::1 with TLS"; got != want {
		t.Errorf("clients are sent to %q, want %q", got, want)
	}
	both := mustLoad(t, "secureClientPort=2281\n"+stores, nil)
	if got, want := both.clientAddress(), "port 2181 of all addresses, and on port 2281 of all addresses with TLS"; got != want {
		t.Errorf("clients are sent to %q, want %q", got, want)
	}
	if c := mustLoad(t, "client.portUnification=true\n"+stores, nil); !c.SpeaksTLS() || c.SecureClientPort != -1 {
		t.Errorf("got %+v", c)
	}
}

func TestWhatATLSPortCannotBeServedWithIsRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no key", "secureClientPort=2281", "zoo.cfg: ssl.keyStore.location: found nothing, expected the file with the server's key and certificate"},
		{
			"nobody to believe", "secureClientPort=2281\nssl.keyStore.location=k.jks",
			"zoo.cfg: ssl.trustStore.location: found nothing, expected the file with the certificates that clients are checked against, or ssl.clientAuth=none",
		},
		{"a mode", stores + "client.portUnification=true\nssl.clientAuth=maybe", `zoo.cfg:6: ssl.clientAuth: found "maybe", expected one of need, want, none`},
		{"a provider", stores + "secureClientPort=1\nssl.authProvider=mine", `zoo.cfg:6: ssl.authProvider: found "mine", expected x509: other providers are Java classes, which cannot be loaded`},
		{"a type", stores + "secureClientPort=1\nssl.keyStore.type=bcfks", `zoo.cfg:6: ssl.keyStore.type: found "bcfks", expected JKS (.jks), PKCS12 (.p12) or PEM (.pem)`},
		{"revocation", stores + "secureClientPort=1\nssl.crl=true", "zoo.cfg:6: ssl.crl: found true, expected false: whether certificates have been revoked cannot be checked"},
		{"a version", stores + "secureClientPort=1\nssl.enabledProtocols=TLSv1.2, TLSv1.3", `zoo.cfg:6: ssl.enabledProtocols: found " TLSv1.3", expected TLSv1.3 or TLSv1.2, with commas between and no blanks`},
		{"an address without its port", "secureClientPortAddress=::1", `zoo.cfg:3: secureClientPortAddress: found "::1", expected secureClientPort to be set as well`},
		{"a wait of nothing", "ssl.handshakeDetectionTimeoutMillis=0", `zoo.cfg:3: ssl.handshakeDetectionTimeoutMillis: found "0", expected a whole number of ms from 1 to 2147483647`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, basics+tt.text, nil, noFiles); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsLessThanAskedForIsWarnedOf(t *testing.T) {
	c := mustLoad(t, "secureClientPort=2281\nssl.keyStore.location=k.jks\nssl.clientAuth=want\nssl.enabledProtocols=TLSv1.1,TLSv1.2\n"+
		"ssl.ciphersuites=TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", nil)
	want := []string{
		"zoo.cfg: ssl.trustStore.location: is not set: clients that show a certificate are refused",
		"zoo.cfg:6: ssl.enabledProtocols: TLSv1.1 is not spoken: it is not safe, and Java has it switched off as well",
		"zoo.cfg:7: ssl.ciphersuites: TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 is not offered: Go's TLS does not have it, or it is not safe",
	}
	if !slices.Equal(c.Warnings, want) {
		t.Errorf("got\n%q, want\n%q", c.Warnings, want)
	}
	c = mustLoad(t, stores, nil)
	if want := []string{"zoo.cfg:3: ssl.keyStore.location: has no effect: neither secureClientPort nor client.portUnification is set"}; !slices.Equal(c.Warnings, want) {
		t.Errorf("got %q, want %q", c.Warnings, want)
	}
}
