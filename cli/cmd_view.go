package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"paddock/cli/getopt"
)

// Commands of our own that show one znode's data.
func viewCommands() []*command {
	return []*command{
		{name: "hex", usage: "path", help: "Print a znode's data as a hex dump.", ours: true, words: 2, run: hexCommand},
		{name: "json", usage: "path", help: "Print a znode's JSON data, indented.", ours: true, words: 2, run: jsonCommand},
	}
}

func hexCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	data, _, err := s.link.Get(ctx, p.Args[1], false)
	if err != nil {
		return err
	}
	if s.set.json {
		s.printJSON(map[string]any{"path": p.Args[1], "hex": fmt.Sprintf("%x", data)})
		return nil
	}
	if len(data) == 0 {
		s.complain("%s has no data", p.Args[1])
		return nil
	}
	s.printf("%s\n", hexDump(data))
	return nil
}

// jsonCommand keeps numbers, order and doubled keys as they are: nothing is decoded.
func jsonCommand(ctx context.Context, s *Shell, p *getopt.Parsed) error {
	data, _, err := s.link.Get(ctx, p.Args[1], false)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	format := func() error { return json.Indent(&out, data, "", "  ") }
	if s.set.json {
		format = func() error { return json.Compact(&out, data) }
	}
	if err := format(); err != nil || !utf8.Valid(data) {
		return failf("%s holds no JSON (%v); try 'get %s' or 'hex %s'", p.Args[1], err, p.Args[1], p.Args[1])
	}
	s.printf("%s\n", out.String())
	return nil
}
