package bench

import (
	"encoding/json"
	"flag"
	"strings"
	"testing"
	"time"
)

func TestOptionsAreChecked(t *testing.T) {
	cases := map[string]func(*Options){
		`no workload is called "fly"`:         func(o *Options) { o.Workload = "fly" },
		"loops is 65, must be 0 to 64":        func(o *Options) { o.Loops = 65 },
		"pace is 1s, must be 0 to 100ms":      func(o *Options) { o.Pace = Duration(time.Second) },
		"watches knows no count":              func(o *Options) { o.Workload, o.Count = "watches", 5 },
		"75 watches of 50 connections":        func(o *Options) { o.Workload, o.Watches = "watches", 75 },
		"100 watches of 50 connections on 1":  func(o *Options) { o.Workload, o.Watches, o.Keys = "watches", 100, 1 },
		`no workload is called "register"`:    func(o *Options) { o.Workload = "register" },
		`no workload is called "event"`:       func(o *Options) { o.Workload = "event" },
		"connections is 0":                    func(o *Options) { o.Connections = 0 },
		"in-flight is -1":                     func(o *Options) { o.InFlight = -1 },
		"keys is 0":                           func(o *Options) { o.Keys = 0 },
		"per-parent is 1000001":               func(o *Options) { o.PerParent = 1_000_001 },
		"keys is 200001, must be 1 to 200000": func(o *Options) { o.Keys, o.PerParent = 200_001, 2 },
		"multi-parts is 0":                    func(o *Options) { o.MultiParts = 0 },
		"duration is 0s":                      func(o *Options) { o.Duration = 0 },
		"settle (-1ns) must not be neg":       func(o *Options) { o.Settle = -1 },
		"session-timeout is 1ms":              func(o *Options) { o.SessionTimeout = Duration(time.Millisecond) },
		"rate is -1":                          func(o *Options) { o.Rate = -1 },
		"zipf is 11":                          func(o *Options) { o.Zipf = 11 },
		`root is "x"`:                         func(o *Options) { o.Root = "x" },
		"watch knows no rate":                 func(o *Options) { o.Workload, o.Rate = "watch", 5 },
		"exclude each other":                  func(o *Options) { o.Count, o.Rate = 5, 5 },
		"load knows no count":                 func(o *Options) { o.Workload, o.Count = "load", 5 },
		"load makes its own tree":             func(o *Options) { o.Workload, o.Tree = "load", "/x" },
		`"fly=3" is not one of get, set`:      func(o *Options) { o.Mix = "get=80,fly=3" },
		`"connect=1" is not one of get`:       func(o *Options) { o.Mix = "connect=1" },
		`"get" is not one of get, set`:        func(o *Options) { o.Mix = "get" },
		`"get=NaN" is not one of`:             func(o *Options) { o.Mix = "get=NaN" },
		"must sum up to more than 0":          func(o *Options) { o.Mix = "get=0,set=0" },
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
	if err := fs.Parse([]string{"-workload", "set", "-in-flight", "7", "-duration", "3s", "-value-bytes", "10-20", "-pace", "1ms", "-loops", "3", "-probe"}); err != nil {
		t.Fatal(err)
	}
	if o.Workload != "set" || o.InFlight != 7 || o.Duration != Duration(3*time.Second) || o.Connections != 50 || o.Value != (Size{10, 20}) ||
		o.Pace != Duration(time.Millisecond) || o.Loops != 3 || !o.Probe {
		t.Errorf("options %+v", o)
	}
}

func TestOptionsSurviveJSON(t *testing.T) {
	o := DefaultOptions()
	o.Mix, o.Rate, o.Value, o.Warmup = "get=1,set=2", 12.5, Size{3, 9}, Duration(1500*time.Millisecond)
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Options
	if err := json.Unmarshal(text, &back); err != nil || back != o {
		t.Errorf("%v: %s gave %+v", err, text, back)
	}
}

func TestSizesAndDurationsThatMeanNothingAreRefused(t *testing.T) {
	for _, text := range []string{"", "x", "-1", "5-", "5-4", "1-2-3", "1048576", "1e3"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("size %q gave %v", text, s)
		}
	}
	var d Duration
	if err := d.UnmarshalText([]byte("5")); err == nil || !strings.Contains(err.Error(), "a number with a unit") {
		t.Errorf("duration without a unit: %v", err)
	}
}

func TestThousandsGroupsDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.4: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := Thousands(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

// Whatever a command line says, a size that is taken prints as something that is taken again and means the same.
func FuzzSize(f *testing.F) {
	f.Add("100")
	f.Add("10-1000")
	f.Fuzz(func(t *testing.T, text string) {
		var s, again Size
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s || s.Min < 0 || s.Max < s.Min {
			t.Errorf("%q gave %v, then %v, %v", text, s, again, err)
		}
	})
}

// Whatever a mix says, it is refused or has weights that can be drawn from.
func FuzzMix(f *testing.F) {
	f.Add("get=80,set=20")
	f.Add("create=1,delete=1")
	f.Fuzz(func(t *testing.T, mix string) {
		o := DefaultOptions()
		o.Mix = mix
		if mix == "" || o.Check() != nil {
			return
		}
		p, err := newPlan(&o, "/r")
		if err != nil {
			t.Fatal(err)
		}
		if b, k, more := newSource(p, 0).append(nil, 1); !more || len(b) < 12 || k >= requestKinds {
			t.Errorf("%q gave %d bytes of %v, %v", mix, len(b), k, more)
		}
	})
}
