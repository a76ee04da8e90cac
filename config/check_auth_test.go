package config

import (
	"slices"
	"testing"
)

func TestEnforcedAuthenticationNeedsSchemesThatThereAre(t *testing.T) {
	const on, want = "enforce.auth.enabled=true\n", "expected a list of these schemes, with commas between: digest, ip"
	for _, tt := range []struct{ name, text, want string }{
		{"no schemes", on, "zoo.cfg: enforce.auth.schemes: not set, but enforce.auth.enabled is true, " + want},
		{"an empty list", on + "enforce.auth.schemes=", `zoo.cfg:4: enforce.auth.schemes: found "", ` + want},
		{"a list of nothing", on + "enforce.auth.schemes=,,", `zoo.cfg:4: enforce.auth.schemes: found ",,", ` + want},
		{"a scheme without a name", on + "enforce.auth.schemes=,digest", `zoo.cfg:4: enforce.auth.schemes: found the scheme "", ` + want},
		{"SASL", on + "enforce.auth.schemes=digest, sasl", `zoo.cfg:4: enforce.auth.schemes: found the scheme "sasl", ` + want},
		{"a rule that is no scheme", on + "enforce.auth.schemes=world", `zoo.cfg:4: enforce.auth.schemes: found the scheme "world", ` + want},
		{"a scheme that is switched off", on + "enforce.auth.schemes=digest\nDigestAuthenticationProvider.enabled=false", `zoo.cfg:4: enforce.auth.schemes: found the scheme "digest", expected a list of these schemes, with commas between: ip`},
		{"the older form", "sessionRequireClientSASLAuth=True", `zoo.cfg:3: sessionRequireClientSASLAuth: found "True", expected authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider beside it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, basics+tt.text, nil, noFiles); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestEnforcedSchemesAreSplitAsJavaSplits(t *testing.T) {
	for text, want := range map[string][]string{
		"enforce.auth.enabled=true\nenforce.auth.schemes= digest , ip,,": {"digest", "ip"},
		"enforce.auth.enabled=TRUE\nenforce.auth.schemes=ip":             {"ip"},
		"enforce.auth.schemes=sasl":                                      nil, // not enabled: nobody looks
		"sessionRequireClientSASLAuth=no":                                nil,
	} {
		if got := mustLoad(t, text, nil).EnforcedSchemes(); !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestLimitOfOutstandingRequestsCountsOnlyWhenItIsSet(t *testing.T) {
	for text, want := range map[string]int{"": 0, "globalOutstandingLimit=1000": 1000, "globalOutstandingLimit=1": 1} {
		if got := mustLoad(t, text, nil).RequestThrottle.OutstandingMax; got != want {
			t.Errorf("%q gives %d, want %d", text, got, want)
		}
	}
	if got := mustLoad(t, "", map[string]string{"zookeeper.globalOutstandingLimit": "7"}).RequestThrottle.OutstandingMax; got != 7 {
		t.Errorf("the property gives %d", got)
	}
}

func TestThrottlesThatCannotBe(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"globalOutstandingLimit=0", `zoo.cfg:3: globalOutstandingLimit: found "0", expected a whole number of requests from 1 to 2147483647`},
		{"connection_throttle_fill_time=0", `zoo.cfg:3: connection_throttle_fill_time: found "0", expected a whole number of ms from 1 to 2147483647`},
		{"connection_throttle_renew_session_weight=0", `zoo.cfg:3: connection_throttle_renew_session_weight: found "0", expected a whole number from 1 to 2147483647`},
		{"connection_throttle_drop_increase=NaN", `zoo.cfg:3: connection_throttle_drop_increase: found "NaN", expected a number such as 0.33`},
		{"connection_throttle_decrease_ratio=half", `zoo.cfg:3: connection_throttle_decrease_ratio: found "half", expected a number such as 0.33`},
		{"largeRequestMaxBytes=0", `zoo.cfg:3: largeRequestMaxBytes: found "0", expected a whole number of bytes from 1 to 2147483647`},
	} {
		if got := refusal(t, basics+tt.text, nil, noFiles); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestProvidersThatThereAreNotAreWarnedOf(t *testing.T) {
	const ours = "org.apache.zookeeper.server.auth."
	c := mustLoad(t, "DigestAuthenticationProvider.enabled=false\nauthProvider.1="+ours+"IPAuthenticationProvider\nauthProvider.2="+ours+
		"KeyAuthenticationProvider\nauthProvider.mine=com.example.Mine", nil)
	want := []string{
		"zoo.cfg:5: authProvider.2: accepted, has no effect yet",
		"zoo.cfg:6: authProvider.mine: accepted, has no effect: Java classes cannot be loaded, so there will be no such authentication scheme",
	}
	if c.DigestAuthEnabled || !slices.Equal(c.Warnings, want) {
		t.Errorf("got %v and %q, want %q", c.DigestAuthEnabled, c.Warnings, want)
	}
	c = mustLoad(t, "DigestAuthenticationProvider.enabled=false", map[string]string{"zookeeper.authProvider.1": ours + "DigestAuthenticationProvider"})
	if !c.DigestAuthEnabled || c.Warnings != nil {
		t.Errorf("got %v and %q", c.DigestAuthEnabled, c.Warnings)
	}
}
