package admin

import "bytes"

// only is a page of metrics for whoever asks for some of them.
func (p *page) only(names []string) *page {
	some := onlySamples(p.body.Bytes(), names)
	return &page{status: p.status, header: p.header, body: *bytes.NewBuffer(some), packed: func() []byte { return pack(some) }}
}

// onlySamples is what is left of a page of metrics for whoever asks with name[]= for some: the samples of these names, each metric's
// below its head (MetricsServlet of simpleclient 0.9). A quantile has the name of its metric; count and sum have their own.
func onlySamples(text []byte, names []string) []byte {
	wanted := make(map[string]bool, len(names)) // of which a query may hold very many
	for _, name := range names {
		wanted[name] = true
	}
	var out, head bytes.Buffer
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("# HELP ")) {
			head.Reset()
		}
		if line[0] == '#' {
			head.Write(line)
			continue
		}
		name := line[:max(0, bytes.IndexAny(line, "{ "))]
		if wanted[string(name)] {
			out.Write(head.Bytes())
			out.Write(line)
			head.Reset()
		}
	}
	return out.Bytes()
}
