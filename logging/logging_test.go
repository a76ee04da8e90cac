package logging

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// page is what was written.
type page struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// take gives what was written and forgets it.
func (p *page) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.text.String()
	p.text.Reset()
	return text
}

// lines gives what was written without the times.
func (p *page) lines() (all []string) {
	for line := range strings.Lines(p.take()) {
		_, line, _ = strings.Cut(line, "level=")
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

func want(t *testing.T, p *page, want ...string) {
	t.Helper()
	if got := p.lines(); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func limited(b *page) *slog.Logger {
	return Limit(slog.New(slog.NewTextHandler(b, nil)), time.Second)
}

func TestOfEqualLinesOneIsWrittenPerSecondAndTheRestIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b page
		log := limited(&b)
		for i := range 1000 {
			log.Warn("refused", "n", i)
		}
		want(t, &b, "WARN msg=refused n=0")
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, &b, "WARN msg=refused n=999 leftOut=998")
		log.Warn("refused", "n", "again")
		want(t, &b)
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, &b, "WARN msg=refused n=again leftOut=0")
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, &b)
		log.Warn("refused", "n", "much later")
		want(t, &b, `WARN msg=refused n="much later"`)
		time.Sleep(time.Hour)
	})
}

func TestKindsAreLimitedOnTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b page
		log := limited(&b)
		log.Warn("one")
		log.Error("one")
		log.Warn("two")
		log.Debug("unseen")
		want(t, &b, "WARN msg=one", "ERROR msg=one", "WARN msg=two")
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, &b)
	})
}

func TestLoggersMadeOfOneShareItsLimitAndKeepTheirAttributes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b page
		log := limited(&b)
		log.Info("x")
		log.With("session", "0x1").WithGroup("g").Info("x", "a", 1)
		want(t, &b, "INFO msg=x")
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, &b, "INFO msg=x session=0x1 g.a=1 g.leftOut=0")
	})
}

func TestKindsThatAreOverAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b page
		h := limited(&b).Handler().(*limit)
		for i := range 100 {
			slog.New(h).Info(fmt.Sprint("kind ", i))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := len(h.by.open); n != 0 {
			t.Errorf("%d kinds are remembered", n)
		}
	})
}

func TestFormatsAndLevels(t *testing.T) {
	var b page
	level := &slog.LevelVar{}
	log, err := New(&b, "JSON", level)
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("no")
	level.Set(slog.LevelDebug)
	log.Debug("yes", "took", 1500*time.Millisecond)
	if got := b.take(); !strings.HasPrefix(got, "{") || !strings.HasSuffix(got, `"level":"DEBUG","msg":"yes","took":"1.5s"}`+"\n") {
		t.Errorf("got %q", got)
	}
	long := strings.Repeat("a", valueBytesMax+1)
	log.Info(long, "path", long)
	if got := b.take(); strings.Count(got, "a… (4097 bytes)") != 2 || len(got) > 3*valueBytesMax {
		t.Errorf("%d bytes for a long message and a long path", len(got))
	}
	if _, err := New(&b, "xml", level); err == nil || !strings.Contains(err.Error(), `"xml"`) {
		t.Errorf("got %v", err)
	}
	for name, want := range map[string]slog.Level{"debug": slog.LevelDebug, "INFO": slog.LevelInfo, "Warn": slog.LevelWarn, "error": slog.LevelError} {
		if got, err := ParseLevel(name); err != nil || got != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "trace", "info+1"} {
		if _, err := ParseLevel(name); err == nil || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
