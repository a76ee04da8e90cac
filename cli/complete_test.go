package cli

import (
	"slices"
	"testing"
	"time"

	"paddock/cli/link"
)

func TestTabOffersCommandsAndOptionsWithoutAServer(t *testing.T) {
	s := testShell(t)
	var err error
	s.link, err = link.Open(link.Options{Servers: "127.0.0.1:1", SessionTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.link.Close()
	for _, c := range []struct {
		text   string
		pos    int
		head   string
		offers []string
		tail   string
	}{
		{"getA", 4, "", []string{"getAcl ", "getAllChildrenNumber "}, ""},
		{"help tr", 7, "help ", []string{"tree "}, ""},
		{"set -", 5, "set ", []string{"-s ", "-v ", "-b "}, ""},
		{"set -v /x", 6, "set ", []string{"-v "}, " /x"},
		{"nonsense -", 10, "nonsense ", nil, ""},
		{"get /", 5, "get ", nil, ""}, // no server: nothing, and at once
		{`get "/a b`, 9, "get ", nil, ""},
		{"", 0, "", nil, ""},
	} {
		head, offers, tail := s.complete(t.Context(), c.text, c.pos)
		if c.text == "" {
			if len(offers) != len(s.sorted) {
				t.Errorf("an empty line offers %d of %d commands", len(offers), len(s.sorted))
			}
			continue
		}
		if head != c.head || !slices.Equal(offers, c.offers) || tail != c.tail {
			t.Errorf("%q at %d: got %q %q %q", c.text, c.pos, head, offers, tail)
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add(`get "/a b`, 5)
	f.Fuzz(func(t *testing.T, text string, pos int) {
		s := testShell(t)
		var err error
		if s.link, err = link.Open(link.Options{Servers: "127.0.0.1:1", SessionTimeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		defer s.link.Close()
		runes := []rune(text)
		at := min(max(pos, 0), len(runes))
		head, offers, tail := s.complete(t.Context(), text, at)
		if tail != string(runes[at:]) || len(head) > len(string(runes[:at])) || len(offers) > completionsMax+len(s.sorted) {
			t.Errorf("%q at %d: got %q %d %q", text, at, head, len(offers), tail)
		}
	})
}
