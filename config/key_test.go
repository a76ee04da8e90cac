package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestEveryRowOfTheTableIsSound(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range Keys() {
		for _, name := range []string{k.Name, "-D" + k.Property} {
			if name == "" || name == "-D" {
				continue
			}
			if seen[name] {
				t.Errorf("%s has two rows", name)
			}
			seen[name] = true
		}
		if k.Name == "" && k.Property == "" {
			t.Errorf("a row without a name: %+v", k.Meaning)
		}
		if k.Meaning == "" && k.Status != OtherTool || strings.Contains(k.Meaning, "\n") {
			t.Errorf("%s%s has no meaning in one line", k.Name, k.Property)
		}
		if works := k.Status == Honoured || k.Status == Different; works && k.field == nil && !handledApart(k.Name) {
			t.Errorf("%s%s is honoured but goes nowhere", k.Name, k.Property)
		}
		for _, value := range []string{k.Default, k.Quiet} {
			if _, ok := k.parse(value); value != "" && !ok {
				t.Errorf("%s%s refuses its own %q", k.Name, k.Property, value)
			}
		}
		if k.Type == Choice && k.Words == nil || k.Words != nil && k.Type != Choice && k.Type != String || k.Min > k.Max {
			t.Errorf("%s%s has words or a range that its type has no use for", k.Name, k.Property)
		}
		if strings.HasPrefix(fmt.Sprint(k.Type), "unknown") {
			t.Errorf("%s%s has type %d", k.Name, k.Property, k.Type)
		}
	}
	for name := range strings.FieldsSeq("clientPort snapCount forceSync server. authProvider. ssl.keyStore.location ssl.quorum.ocsp " +
		"-Djute.maxbuffer -Dreadonlymode.enabled -Dzookeeper.skipACL -Dzookeeper.observer.syncEnabled") {
		if !seen[name] {
			t.Errorf("%s has no row", name)
		}
	}
}

// handledApart are the keys that work without a field: they say which servers, schemes and superusers there are.
func handledApart(name string) bool {
	return name == "server." || name == "authProvider." || name == "superUser." || name == "standaloneEnabled" || name == "dynamicConfigFile"
}

func TestEveryKeyNamesTheClassThatReadsItAndNoClassReadsNothing(t *testing.T) {
	left := sources()
	for _, k := range Keys() {
		delete(left, k.id())
		if k.Source == "" && k.Status != Misnamed && k.Status != OtherTool {
			t.Errorf("%s has no source", k.id())
		}
		if (k.Status == Different || k.Status == NoNeed) && !strings.HasSuffix(k.Note, ".") {
			t.Errorf("%s does not say in a sentence what is different: %q", k.id(), k.Note)
		}
		if strings.ContainsAny(k.Note+k.Meaning, "|\n") {
			t.Errorf("%s would break a table", k.id())
		}
	}
	for name := range left {
		t.Errorf("sources has %s, which has no row", name)
	}
}

func TestEveryFieldOfTheTableIsAFieldOfItsOwn(t *testing.T) {
	var c Config
	owner := make(map[any]string)
	for _, k := range Keys() {
		if k.field == nil {
			continue
		}
		p := k.field(&c)
		if owner[p] != "" {
			t.Errorf("%s and %s%s go to one field", owner[p], k.Name, k.Property)
		}
		owner[p] = k.Name + k.Property
		k.put(&c, parsed{}) // panics on a field of a strange type
	}
}

func TestDottedNamesFindTheRowThatStandsForThem(t *testing.T) {
	table := newTable()
	for name, want := range map[string]string{
		"server.1": "server.", "authProvider.sasl.1": "authProvider.", "metricsProvider.httpPort": "metricsProvider.httpPort",
		"metricsProvider.other": "metricsProvider.", "superUser": "superUser", "superUser.1": "superUser.", "weight.1": "weight.",
	} {
		if k := table.key(name); k == nil || k.Name != want {
			t.Errorf("%s: got %+v, want %s", name, k, want)
		}
	}
	for _, name := range []string{"server.", "server", "nothing.1", "", "."} {
		if k := table.key(name); k != nil {
			t.Errorf("%q found %s", name, k.Name)
		}
	}
	if k := table.property("zookeeper.authProvider.1"); k == nil || k.Name != "authProvider." {
		t.Errorf("zookeeper.authProvider.1 found %+v", k)
	}
}

func TestNumbersAreDecodedAsJavaDoes(t *testing.T) {
	for text, want := range map[string]int64{
		"10": 10, "+10": 10, "-10": -10, "0x10": 16, "-0X10": -16, "#ff": 255, "010": 8, "0": 0, "-0": 0,
	} {
		if got, err := decode(text); err != nil || got != want {
			t.Errorf("%s: got %d and %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "+", "--1", "+-1", "0x", "0x-1", "#", "08", "1_000", "0b1", "0o7", " 1", "1k"} {
		if got, err := decode(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestDistanceCountsLetters(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0},
		{"abc", "", 3},
		{"ticktime", "tictime", 1},
		{"clientport", "cilentport", 1},
		{"abcd", "badc", 2},
		{"ca", "abc", 3},
		{"kitten", "sitting", 3},
	} {
		if got := distance(tt.a, tt.b, 10); got != tt.want {
			t.Errorf("%s, %s: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	if got := distance("a", "abcdef", 3); got <= 3 {
		t.Errorf("got %d for more than 3", got)
	}
}

func TestAFarNameIsNotSuggested(t *testing.T) {
	table := newTable()
	for name, want := range map[string]string{
		"tickTme": "; did you mean tickTime?", "dataDirectory": "", "maxClientCnxn": "; did you mean maxClientCnxns?", "x": "", "": "",
		"snapRetainCount": "; did you mean autopurge.snapRetainCount?", "purge_interval": "; did you mean autopurge.purgeInterval?",
		"superDigest": "; did you mean DigestAuthenticationProvider.superDigest?", "enabled": "",
		"max_client_cnxns": "; did you mean maxClientCnxns?", "maxClientConnections": "; did you mean maxClientCnxns?",
		"data-dir": "; did you mean dataDir?", "4lw.command.whitelist": "; did you mean 4lw.commands.whitelist?", "datadri": "; did you mean dataDir?",
		"clinetPort": "; did you mean clientPort?", "commands.whitelist": "; did you mean 4lw.commands.whitelist?",
		"connection.throttle.tokens": "; did you mean connection_throttle_tokens?", "serverPort": "; did you mean admin.serverPort?",
		"snapcounts": "; did you mean snapCount?", "autopurge.snapRetainCnt": "; did you mean autopurge.snapRetainCount?",
	} {
		if got := guess(name, table.byName); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
