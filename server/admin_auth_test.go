package server

import (
	"net/http"
	"strings"
	"testing"

	"paddock/client"
	"paddock/zk"
)

// IPAuthenticationProvider.getClientIPAddress, 3.9.5.
func TestTheHeaderOfAProxyTellsWhoCallsIfThatIsWanted(t *testing.T) {
	for line, statuses := range map[string]map[string]int{
		"IPAuthenticationProvider.usexforwardedfor=true": {
			"10.1.2.3": 200, " 10.1.2.3 , 192.168.0.1": 200, ",10.1.2.3": 200, "192.168.0.1, 10.1.2.3": 403, "nobody": 403, ",": 500, "": 500,
		},
		"IPAuthenticationProvider.usexforwardedfor=false": {"10.1.2.3": 403, "nobody": 403},
	} {
		r := newPlace(t, adminLines(line)...).start(t)
		_, err := r.dial(client.Options{}).SetACL("/", []zk.ACL{{Perms: zk.PermAll, ID: zk.ID{Scheme: "ip", ID: "10.1.0.0/16"}}}, -1)
		check(t, err)
		for names, want := range statuses {
			q, err := http.NewRequest(http.MethodGet, "http://"+r.s.AdminAddr().String()+"/commands/snapshot", nil)
			check(t, err)
			q.Header.Set("Authorization", "ip")
			q.Header.Set("X-Forwarded-For", names)
			got, err := (&http.Client{Timeout: patience}).Do(q)
			check(t, err)
			check(t, got.Body.Close())
			if got.StatusCode != want {
				t.Errorf("%s: X-Forwarded-For: %q gives %d, want %d", line, names, got.StatusCode, want)
			}
		}
		if status, _, _ := r.http("GET", "/commands/snapshot", "ip", nil); status != http.StatusForbidden {
			t.Errorf("%s: without the header: %d", line, status)
		}
	}
}

func TestAnAdminServerThatLetsStrangersReplaceEverythingIsWarnedOf(t *testing.T) {
	const warned = "may replace all data"
	everywhere := "admin.serverAddress=0.0.0.0"
	for name, tt := range map[string]struct {
		lines []string
		acl   []zk.ACL
		want  bool
	}{
		"open to everybody":   {[]string{everywhere}, nil, true},
		"open, all but admin": {[]string{everywhere}, []zk.ACL{{Perms: zk.PermAll &^ zk.PermAdmin, ID: zk.ID{Scheme: "world", ID: "anyone"}}}, false},
		"on this machine":     {nil, nil, false},
		"without restore":     {[]string{everywhere, "admin.restore.enabled=false"}, nil, false},
		"without admin":       {[]string{everywhere, "admin.enableServer=false"}, nil, false},
		"ACLs are skipped":    {[]string{everywhere, "skipACL=yes"}, []zk.ACL{{Perms: zk.PermRead, ID: zk.ID{Scheme: "ip", ID: "10.0.0.1"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, adminLines(tt.lines...)...)
			if tt.acl != nil {
				r := p.start(t)
				_, err := r.dial(client.Options{}).SetACL("/", tt.acl, -1)
				check(t, err)
				r.stop()
			}
			r := p.start(t)
			r.stop()
			if said := strings.Join(r.log.said, "\n"); strings.Contains(said, warned) != tt.want {
				t.Errorf("said:\n%s", said)
			}
		})
	}
}
