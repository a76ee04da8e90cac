package admin

import "testing"

func TestWhoAsksForSomeMetricsGetsThese(t *testing.T) {
	const page = "# HELP a words\n# TYPE a counter\na 1.0\n# HELP s words\n# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 4.0\ns_count 2.0\n" +
		"# HELP k words\n# TYPE k gauge\nk{key=\"x y\"} 1.0\nk{key=\"z\"} 2.0\n# HELP none words\n# TYPE none gauge\n"
	for name, tt := range map[string]struct {
		names []string
		want  string
	}{
		"a counter":                {[]string{"a"}, "# HELP a words\n# TYPE a counter\na 1.0\n"},
		"a part of a summary":      {[]string{"s_count"}, "# HELP s words\n# TYPE s summary\ns_count 2.0\n"},
		"two of one, and a family": {[]string{"s_sum", "k", "s"}, "# HELP s words\n# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_sum 4.0\n# HELP k words\n# TYPE k gauge\nk{key=\"x y\"} 1.0\nk{key=\"z\"} 2.0\n"},
		"nothing that there is":    {[]string{"", "b", "none", "quantile"}, ""},
	} {
		if got := string(onlySamples([]byte(page), tt.names)); got != tt.want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}
