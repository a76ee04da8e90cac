package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoeverAsksMeanwhileSharesTheNextAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := 0 // by one goroutine at a time, or the race detector complains
		s := &shared[int]{work: func() int {
			time.Sleep(time.Second)
			made++
			return made
		}}
		var got [100]int
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 15 * time.Millisecond) // over one and a half seconds
				n, err := s.get(t.Context())
				if err != nil {
					t.Error(err)
				}
				got[i] = n
			})
		}
		all.Wait()
		if made != 3 || got[0] != 1 || got[1] != 2 || got[66] != 2 || got[67] != 3 || got[99] != 3 {
			t.Errorf("%d were made: %v", made, got)
		}
		if n, err := s.get(t.Context()); n != 4 || err != nil {
			t.Errorf("after all: %d, %v", n, err)
		}
	})
}

func TestAnAnswerIsNotWaitedForBeyondTheAskersPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shared[int]{work: func() int { time.Sleep(time.Hour); return 1 }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := s.get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if n, err := s.get(t.Context()); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// slowSource counts how often it is asked, and takes its time.
type slowSource struct {
	*fakeServer

	views atomic.Int64
}

func (c *slowSource) View(ctx context.Context, parts Parts) (*View, error) {
	c.views.Add(1)
	time.Sleep(time.Second)
	return c.fakeServer.View(ctx, parts)
}

func TestAFloodOfScrapesCostsTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &slowSource{fakeServer: busyServer()}
		e := NewExporter(src, false, time.Now, slog.New(slog.DiscardHandler))
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				w := httptest.NewRecorder()
				e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "\nznode_count ") {
					t.Errorf("%d %.100s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if n := src.views.Load(); n != 2 {
			t.Errorf("the server was asked %d times", n)
		}
	})
}

func TestADefectOfAScrapeIsToldAndAnswered(t *testing.T) {
	var said bytes.Buffer
	p := render(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }), "/", slog.New(slog.NewTextHandler(&said, nil)))
	if p.status != http.StatusInternalServerError || !strings.Contains(said.String(), "oops") || !strings.Contains(said.String(), "level=ERROR") {
		t.Errorf("%d, said %s", p.status, said.String())
	}
}

func TestScrapesAreCompressedForThoseWhoWantThat(t *testing.T) {
	server := httptest.NewServer(NewExporter(busyServer(), false, time.Now, slog.New(slog.DiscardHandler)))
	defer server.Close()
	plain, packed := "", ""
	for accepted, text := range map[string]*string{"identity": &plain, "": &packed} { // Go's client asks for gzip by itself
		r, err := http.NewRequest(http.MethodGet, server.URL+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if accepted != "" {
			r.Header.Set("Accept-Encoding", accepted)
		}
		got, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil || got.StatusCode != http.StatusOK || got.Uncompressed != (accepted == "") ||
			got.Header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" {
			t.Errorf("%q: %d, %v, %v", accepted, got.StatusCode, got.Header, err)
		}
		*text = string(b)
	}
	if plain == "" || plain != packed {
		t.Errorf("%d bytes plain, %d packed", len(plain), len(packed))
	}
	for accepted, want := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "br": false, "": false, "*": false,
	} {
		if takesGzip(accepted) != want {
			t.Errorf("%q: %v", accepted, !want)
		}
	}
}
