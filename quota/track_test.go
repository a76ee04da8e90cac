package quota

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// captured gives the lines of what Apache's StatsTrack answered.
func captured(t testing.TB) [][]string {
	t.Helper()
	file, err := os.ReadFile("testdata/apache-3.9.5.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for line := range strings.Lines(string(file)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	return lines
}

func textOf(field string) []byte {
	if field == "null" {
		return nil
	}
	return []byte(strings.Trim(field, "|"))
}

func TestTextsMeanWhatTheyMeanToApache(t *testing.T) {
	lines := captured(t)
	for _, line := range lines {
		var track Track
		err := track.Parse(textOf(line[0]))
		got := []string{line[0], "error"}
		want := []string{line[0], "error"}
		if err == nil {
			got = append(got[:1], fmt.Sprint(track.Count), fmt.Sprint(track.Bytes), fmt.Sprint(track.CountHardLimit()),
				fmt.Sprint(track.ByteHardLimit()), "|"+string(track.Append(nil))+"|")
		}
		if !strings.HasSuffix(line[1], "Exception") {
			want = line
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, Apache says %q", got, want)
		}
	}
	if len(lines) < 50 {
		t.Errorf("only %d lines", len(lines))
	}
}

func TestTrackOfAnotherTextStartsAfresh(t *testing.T) {
	var track Track
	for _, text := range []string{"count=4,bytes=5=;byteHardLimit=10;other=11", "count=1"} {
		if err := track.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(track.Append(nil)); got != "count=1,bytes=-1" {
		t.Errorf("got %q", got)
	}
}

func TestUsualTextsCostNoMemory(t *testing.T) {
	var track Track
	text := []byte("count=4,bytes=5=;byteHardLimit=10;countHardLimit=11")
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		if track.Parse(text) != nil {
			t.Fatal("malformed")
		}
		buf = track.Append(buf[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever the bytes, a text that can be read is written so that it reads the same, and is then written the same.
func FuzzTrack(f *testing.F) {
	for _, line := range captured(f) {
		f.Add(textOf(line[0]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, b Track
		if a.Parse(text) != nil {
			return
		}
		first := a.Append(nil)
		if err := b.Parse(first); err != nil {
			t.Fatalf("%q becomes %q: %v", text, first, err)
		}
		if a.Count != b.Count || a.Bytes != b.Bytes || !slices.Equal(a.others, b.others) {
			t.Fatalf("%q becomes %q, which means something else", text, first)
		}
		if second := b.Append(nil); !bytes.Equal(first, second) {
			t.Fatalf("%q becomes %q, then %q", text, first, second)
		}
	})
}
