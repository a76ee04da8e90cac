package bench

import (
	"flag"
	"strings"
	"testing"
)

func TestOptionsAreChecked(t *testing.T) {
	cases := map[string]func(*Options){
		`no workload is called "fly"`:   func(o *Options) { o.Workload = "fly" },
		"connections is 0":              func(o *Options) { o.Connections = 0 },
		"in-flight is -1":               func(o *Options) { o.InFlight = -1 },
		"value-bytes is 1048577":        func(o *Options) { o.ValueBytes = 1<<20 + 1 },
		"keys is 0":                     func(o *Options) { o.Keys = 0 },
		"multi-parts is 0":              func(o *Options) { o.MultiParts = 0 },
		"znodes is 0":                   func(o *Options) { o.Znodes = 0 },
		"read-share is 1.5":             func(o *Options) { o.ReadShare = 1.5 },
		"duration is 0s":                func(o *Options) { o.Duration = 0 },
		"settle (-1ns) must not be neg": func(o *Options) { o.Settle = -1 },
	}
	for want, spoil := range cases {
		o := DefaultOptions()
		spoil(&o)
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	o := DefaultOptions()
	if err := o.Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func TestFlagsSetOptionsAndKeepTheDefaults(t *testing.T) {
	o := DefaultOptions()
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	o.Flags(fs)
	if err := fs.Parse([]string{"-workload", "set", "-in-flight", "7", "-duration", "3s"}); err != nil {
		t.Fatal(err)
	}
	if o.Workload != "set" || o.InFlight != 7 || o.Duration.Seconds() != 3 || o.Connections != 50 {
		t.Errorf("options %+v", o)
	}
}

func TestThousandsGroupsDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.4: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := Thousands(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}
