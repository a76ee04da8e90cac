package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestVariableGivesTheWordsThatAnInitScriptWouldPassOn(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "environment"), filepath.Join(dir, "zookeeper")
	for file, text := range map[string]string{
		first:  "JMXLOCALONLY=true\nJAVA_OPTS=\"-Xmx1g\"\n",
		second: "# a remark\n\nJAVA_OPTS=\"$JAVA_OPTS -Da=b -Dlocal=$JMXLOCALONLY\"\nrm -rf /nothing\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := Variable("JAVA_OPTS", []string{"JAVA_OPTS=-Dlost=1"}, first, filepath.Join(dir, "none"), second)
	want := []Word{{"-Xmx1g", first, 2}, {"-Da=b", second, 3}, {"-Dlocal=true", second, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := want[0].Place(), first+":2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Variable("JAVA_OPTS", []string{"JAVA_OPTS=-Dx=1"}); len(got) != 1 || got[0].Place() != "JAVA_OPTS" {
		t.Errorf("of the environment: %v", got)
	}
	if got := Variable("NOTHING", nil); got != nil {
		t.Errorf("of no variable: %v", got)
	}
}
