package main

import (
	"slices"
	"strings"
	"testing"

	"paddock/config"
)

// A setting that nobody reads would make a variant one of the defaults, and no comparison would notice.
func TestEverySettingIsOneThatIsRead(t *testing.T) {
	inFile, asProperty := map[string]bool{}, map[string]bool{}
	for _, k := range config.Keys() {
		inFile[k.Name], asProperty[k.Property] = true, true
	}
	all := commonSettings()
	for _, v := range variants() {
		all = append(all, v.settings...)
	}
	cfg, properties := lines(all)
	for _, s := range cfg {
		if key, _, _ := strings.Cut(s, "="); !inFile[key] {
			t.Errorf("no key of zoo.cfg: %s", s)
		}
	}
	for _, s := range properties {
		if name, _, _ := strings.Cut(strings.TrimPrefix(s, "-D"), "="); !asProperty[name] {
			t.Errorf("no property: %s", s)
		}
	}
}

func TestSeedsTakeTheConfigurationsInTurn(t *testing.T) {
	count := uint64(len(variants()))
	var names []string
	for seed := range count {
		v, err := variantOf(1000*count+seed, "")
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, v.name)
	}
	if !slices.Equal(names, variantNames()) {
		t.Errorf("%q, want %q", names, variantNames())
	}
	if v, err := variantOf(0, "throttled"); err != nil || v.name != "throttled" {
		t.Errorf("a configuration that was asked for: %v, %v", v, err)
	}
	if _, err := variantOf(0, "nosuch"); err == nil || !strings.Contains(err.Error(), "small-buffer") {
		t.Errorf("a configuration that does not exist: %v", err)
	}
}

func TestTotalsAreKeptByConfiguration(t *testing.T) {
	all := totals{}
	all.add("one", 3, tally{"ping: Ok": 3})
	all.add("two", 5, tally{"ping: Ok": 4, "sync: Ok": 1})
	all.add("one", 2, tally{"ping: Ok": 2})
	var out strings.Builder
	if err := all.print(&out); err != nil {
		t.Fatal(err)
	}
	want := []string{"9 ping: Ok", "1 sync: Ok", "5 requests, 5 answers and events with one, 2 seeds", "5 requests, 5 answers and events with two, 1 seeds", "10 requests, 10 answers and events in all"}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
