package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func entry(t *testing.T, r *Report, key string) Setting {
	t.Helper()
	i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		t.Fatalf("the report has no %s", key)
	}
	return r.Settings[i]
}

func TestAReportSaysWhatIsInEffectAndWhereItWasSet(t *testing.T) {
	disk := files(map[string]string{
		"c/zoo.cfg":  "dataDir=/d\ntickTime=1000\nsnapCount=1\nforceSync=maybe\nserver.1=a:1:2;10.0.0.1:2181\nauthProvider.1=X\ninitLimit=5",
		"c/java.env": "\nJVMFLAGS=-Dzookeeper.maxCnxns=0x10",
	})
	r := examine(gather([]string{"c/zoo.cfg", "-Djute.maxbuffer=2000000"}, []string{"SERVER_JVMFLAGS=-Xmx1g -Dzookeeper.snapCount=9 -Dzookeeper.snapSizeLimitInKb=1"}, disk), disk)
	for _, want := range []Setting{
		{Key: "clientPort", Value: "2181", From: "c/zoo.cfg:5", State: "different"},
		{Key: "clientPortAddress", Value: "10.0.0.1", From: "c/zoo.cfg:5", State: "same"},
		{Key: "dataLogDir", Value: "/d", From: "default", State: "same"},
		{Key: "maxSessionTimeout", Value: "20000", Unit: "ms", From: "default", State: "same"},
		{Key: "snapCount", Value: "2", Unit: "transactions", From: "c/zoo.cfg:3", State: "same"},
		{Key: "snapSizeLimitInKb", Value: "1", Unit: "KiB", From: "SERVER_JVMFLAGS", State: "same"},
		{Key: "maxCnxns", Value: "16", Unit: "connections", From: "c/java.env:2", State: "same"},
		{Key: "-Djute.maxbuffer", Value: "2000000", Unit: "bytes", From: "command line", State: "same"},
		{Key: "forceSync", Value: "yes", From: "c/zoo.cfg:4", State: "same"},
		{Key: "authProvider.1", Value: "X", From: "c/zoo.cfg:6", State: "different"},
		{Key: "initLimit", Value: "5", From: "c/zoo.cfg:7", State: "ensembles only"},
		{Key: "connection_throttle_drop_increase", Value: "0.02", From: "default", State: "same"},
		{Key: "globalOutstandingLimit", Value: "", Unit: "requests", From: "default", State: "different"},
	} {
		got := entry(t, r, want.Key)
		got.Note = ""
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if slices.ContainsFunc(r.Settings, func(s Setting) bool { return s.Key == "syncLimit" }) {
		t.Error("a key without effect is listed though nobody has set it")
	}
	if want := []string{"c/zoo.cfg: accepted, no effect on a standalone server: initLimit", "accepted, no effect without a Java machine: -Xmx1g"}; !slices.Equal(r.Notes, want) {
		t.Errorf("got notes %q, want %q", r.Notes, want)
	}
}

func TestAReportHasEveryRefusalThatIsCertain(t *testing.T) {
	r := report("zoo.cfg", "tickTime=x\nsnapCount=y\nreconfigEnabled=z\n", map[string]string{"jute.maxbuffer": "0"}, noFiles)
	var keys []string
	for _, e := range r.Refusals {
		keys = append(keys, e.Key)
	}
	if got := entry(t, r, "tickTime"); got.Value != "x" {
		t.Errorf("what was refused is shown as %q", got.Value)
	}
	if want := []string{"-Djute.maxbuffer", "tickTime", "snapCount", "reconfigEnabled"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
	r = report("zoo.cfg", "dataDir=/d\nserver.1=a:1:2;2181\nserver.2=b:1:2;2181\nminSessionTimeout=5\nmaxSessionTimeout=4\n", nil, noFiles)
	if len(r.Refusals) != 2 || r.Refusals[0].Key != "server.2" || r.Refusals[1].Key != "minSessionTimeout" {
		t.Errorf("got %v, and no port is missing here", r.Refusals)
	}
}

func TestAReportIsWrittenForPeopleAndForPrograms(t *testing.T) {
	const secret = "super:NeverShown"
	text := basics + "DigestAuthenticationProvider.superDigest=" + secret + "\nssl.keyStore.password=" + secret + "\nsnapCont=5\nmaxBatchSize=7\n"
	r := report("zoo.cfg", text, nil, noFiles)
	var plain, encoded, properties bytes.Buffer
	for _, err := range []error{r.WriteText(&plain), r.WriteJSON(&encoded), r.WriteProperties(&properties)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*bytes.Buffer{&plain, &encoded, &properties} {
		if strings.Contains(b.String(), "NeverShown") {
			t.Errorf("the secret is in\n%s", b)
		}
	}
	for _, want := range []string{
		"zoo.cfg: a server would start, with clients on port 2181 of all addresses and its data in /data.\n",
		"\nWarnings:\n  zoo.cfg:5: snapCont: unknown key, has no effect; did you mean snapCount?\n",
		"  maxBatchSize: no effect. A batch is bounded by bytes, not by the number of its writes.\n",
		"(secret)", "3000 ms", "\nDefaults:\n",
	} {
		if !strings.Contains(plain.String(), want) {
			t.Errorf("%q is not in\n%s", want, &plain)
		}
	}
	var read struct {
		File                      string
		Starts                    bool
		Refusals, Warnings, Notes []string
		Settings                  []Setting
	}
	decoder := json.NewDecoder(&encoded)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	if read.File != "zoo.cfg" || !read.Starts || read.Refusals == nil || len(read.Warnings) != 2 || !slices.Equal(read.Settings, r.Settings) {
		t.Errorf("got %+v", read)
	}
	refused := report("zoo.cfg", "tickTime=x", nil, noFiles)
	plain.Reset()
	if err := refused.WriteText(&plain); err != nil || !strings.Contains(plain.String(), "zoo.cfg: a server would not start.\n\nRefused:\n  zoo.cfg:1: tickTime: found \"x\"") {
		t.Errorf("got %v\n%s", err, &plain)
	}
}

// What print writes is a zoo.cfg that means the same.
func TestWhatIsPrintedMeansTheSame(t *testing.T) {
	corpus, err := filepath.Glob("testdata/zoocfg/*.cfg")
	if err != nil || len(corpus) == 0 {
		t.Fatalf("no files: %v", err)
	}
	texts := []string{basics + "dataLogDir=/a\\\\b\\u00e9 c\nDigestAuthenticationProvider.digestAlg=SHA-256\nskipACL=yes\nclientPortAddress=::1"}
	for _, file := range corpus {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for i, text := range texts {
		first := report("zoo.cfg", text, nil, noFiles)
		var printed bytes.Buffer
		if err := first.WriteProperties(&printed); err != nil || first.Refusals != nil {
			t.Fatal(err, first.Refusals)
		}
		again, err := load("zoo.cfg", printed.String(), nil, noFiles)
		if err != nil {
			t.Fatalf("text %d: %v\n%s", i, err, &printed)
		}
		want := *first.cfg
		want.Text, want.Warnings, want.Notes, want.SuperDigest = again.Text, again.Warnings, again.Notes, again.SuperDigest
		want.TLS.KeyStore.Password = ""          // neither are other secrets printed
		want.Admin.PortSet = again.Admin.PortSet // what is printed names every key
		if !reflect.DeepEqual(*again, want) {
			t.Errorf("text %d: got\n%s\nwant\n%s", i, describe(again), describe(&want))
		}
	}
}
