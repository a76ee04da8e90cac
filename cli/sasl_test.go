package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheUserOfTheJAASFileIsTaken(t *testing.T) {
	const jaas = `Client { org.apache.zookeeper.server.auth.DigestLoginModule required username="bob" password="verysecret"; };
		Mine { org.apache.zookeeper.server.auth.DigestLoginModule required username="${who}" password="x"; };
		Half { org.apache.zookeeper.server.auth.DigestLoginModule required username="bob"; };`
	path := filepath.Join(t.TempDir(), "client.jaas")
	if err := os.WriteFile(path, []byte(jaas), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, section, use, user, want string }{
		{name: "usually", file: path, user: "bob"},
		{name: "no file"},
		{name: "another section", file: path, section: "Mine", user: "eve"},
		{name: "switched off", file: path, use: "false"},
		{name: "a section that is not there", file: path, section: "Other", want: "has no section Other; its sections are: Client, Half, Mine"},
		{name: "half a section", file: path, section: "Half", want: "client.jaas:3: section Half: expected the options username"},
		{name: "a file that is not there", file: "/nowhere/at/all", want: "java.security.auth.login.config: open /nowhere/at/all"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := testShell(t)
			properties := map[string]string{"who": "eve"}
			for name, value := range map[string]string{propertyJAAS: tt.file, propertySASLSection: tt.section, propertySASL: tt.use} {
				if value != "" {
					properties[name] = value
				}
			}
			err := s.clientSASL(properties)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the password is in %v", err)
			}
			if s.sasl == nil && tt.user != "" || s.sasl != nil && s.sasl.User() != tt.user {
				t.Errorf("got %v, want %q", s.sasl, tt.user)
			}
		})
	}
}
