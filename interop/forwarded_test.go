package interop

import (
	"net/http"
	"testing"
)

// TestWhoAProxySaysIsCallingMayWhatHeMayAtApache: with the scheme ip the admin server's clients are who they come from, or whom the
// header X-Forwarded-For names. Every form of that header is tried under ACLs that let in addresses, this machine, or everybody.
func TestWhoAProxySaysIsCallingMayWhatHeMayAtApache(t *testing.T) {
	headers := [][]string{
		nil,
		{""},
		{" "},
		{","},
		{" ,10.1.2.3"},
		{",10.1.2.3"},
		{",,10.1.2.3"},
		{"10.1.2.3"},
		{"10.1.2.3,"},
		{" 10.1.2.3 , 192.168.0.1"},
		{"\t10.1.2.3\t"},
		{"192.168.0.1, 10.1.2.3"},
		{"10.1.2.3", "192.168.0.1"},
		{"192.168.0.1", "10.1.2.3"},
		{"", "10.1.2.3"},
		{"10.1.2.3 192.168.0.1"},
		{"nobody"},
		{"unknown, 10.1.2.3"},
		{"10.1.2.3:4711"},
		{`"10.1.2.3"`},
		{"10.1.2.03"},
		{"10.1.2"},
		{"10.1.2.3.4"},
		{"10.1.2.300"},
		{"+10.1.2.3"},
		{"2001:db8::7"},
		{"2001:DB8:0:0:0:0:0:7"},
		{"[2001:db8::7]"},
		{"[2001:db8::7]:4711"},
		{"2001:db8::7%eth0"},
		{"2001:db8::0::7"},
		{"::ffff:10.1.2.3"},
		{"::ffff:a01:203"},
		{"127.0.0.1"},
		{"::1"},
		{"localhost"},
	}
	lists := map[string]ACL{
		"an IPv4 network":  {Perms: 31, Scheme: "ip", ID: "10.1.0.0/16"},
		"an IPv6 network":  {Perms: 31, Scheme: "ip", ID: "2001:db8::/32"},
		"IPv4 within IPv6": {Perms: 31, Scheme: "ip", ID: "::ffff:0:0/96"},
		"this machine":     {Perms: 31, Scheme: "ip", ID: "127.0.0.1"},
		"everybody":        {Perms: 31, Scheme: "world", ID: "anyone"},
	}
	for _, believed := range []string{"TRUE", "yes"} {
		setting := "IPAuthenticationProvider.usexforwardedfor=" + believed
		apache, ours := startedHTTP(t, tools.apache, setting), startedHTTP(t, tools.server, setting)
		for who, entry := range lists {
			for _, s := range []httpServer{apache, ours} {
				c := dial(t, s.Server, Hello{})
				check(t, c.Auth("digest", "super:"+SuperSecret))
				_, err := c.Call(OpSetACL, SetACLBody("/", []ACL{entry}, -1))
				check(t, err)
			}
			for _, header := range headers {
				a, b := apache.forwarded(t, header), ours.forwarded(t, header)
				if a != b {
					t.Errorf("%s, open to %s, with X-Forwarded-For %q: %d, Apache's is %d", setting, who, header, b, a)
				}
			}
		}
	}
}

// forwarded asks for a snapshot in the data directory by what a proxy says, and gives the status.
func (s httpServer) forwarded(t *testing.T, names []string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.base+"/commands/snapshot?streaming=false", nil)
	check(t, err)
	r.Header.Set("Authorization", "ip")
	r.Header["X-Forwarded-For"] = names
	got, err := (&http.Client{Timeout: PatienceMax}).Do(r)
	check(t, err)
	check(t, got.Body.Close())
	return got.StatusCode
}
