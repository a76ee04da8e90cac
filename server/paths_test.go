package server

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paddock/client"
	"paddock/config"
	"paddock/metric"
	"paddock/zk"
)

func TestThePathsOfRequestsAreCountedIfThatIsWanted(t *testing.T) {
	r := newPlace(t, "pathStats.enabled=true", "pathStats.sampleRate=1", "pathStats.maxDepth=2").start(t)
	c := r.dial(client.Options{})
	for _, path := range []string{"/app", "/app/a", "/app/a/b"} {
		_, err := c.Create(path, nil, zk.OpenACL(), zk.ModePersistent)
		check(t, err)
	}
	for range 3 {
		_, err := c.Exists("/app", false)
		check(t, err)
	}
	got := r.s.paths.Report(time.Now(), 20)
	if want := []metric.PathCount{{Path: "/app", Count: 3}}; !slices.Equal(got.Reads, want) {
		t.Errorf("reads %v, want %v", got.Reads, want)
	}
	if want := []metric.PathCount{{Path: "/app/a", Count: 2}, {Path: "/app", Count: 1}}; !slices.Equal(got.Writes, want) {
		t.Errorf("writes %v, want %v", got.Writes, want)
	}
	r.stop()
	if off := newPlace(t).start(t); off.s.visited() != nil {
		t.Error("paths are counted though nobody has asked for it")
	}
}

func TestOnlyASampleOfTheRequestsIsCounted(t *testing.T) {
	cfg := &config.PathStats{Enabled: true, SlotCapacity: 60, SlotSeconds: 15, DepthMax: 6, SampleRate: 0.25}
	draws := []float64{0, 0.1, 0.25, 0.26, 0.5, 0.99}
	s := &Server{cfg: &config.Config{PathStats: *cfg}, paths: newPaths(cfg), env: Env{Random: func() float64 {
		drawn := draws[0]
		draws = draws[1:]
		return drawn
	}}}
	visited := s.visited()
	for len(draws) > 0 {
		visited(false, "/a")
	}
	if got := s.paths.Report(time.Now(), 1).Reads; len(got) != 1 || got[0].Count != 3 {
		t.Errorf("counted %v", got)
	}
}

func TestPathsAreReportedInTheWordsOfZooKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := &config.PathStats{
			Enabled: true, SlotCapacity: 20, SlotSeconds: 15, DepthMax: 6, InitialMinutes: 2, Minutes: 3, PathsMax: 2,
		}
		paths, said := newPaths(cfg), &witness{t: t}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go reportPaths(ctx, paths, cfg, slog.New(said))
		after := func(d time.Duration) string {
			time.Sleep(d)
			synctest.Wait()
			said.mu.Lock()
			defer said.mu.Unlock()
			lines := said.said
			said.said = nil
			return strings.Join(lines, "\n")
		}
		for path, n := range map[string]int{"/a/b/c/d/e": 5, "/a/b": 4, "/c": 3} {
			for range n {
				paths.Count(false, path)
			}
		}
		paths.Count(true, "/w")
		if got := after(2*time.Minute - time.Second); strings.Contains(got, "top") || !strings.Contains(got, "window=5m0s") {
			t.Errorf("before the first report: %s", got)
		}
		const first = "INFO Here are the top Read paths:\nINFO /a/b/c/d : 5\nINFO /a/b : 4\nINFO Here are the top Write paths:\nINFO /w : 1"
		if got := after(time.Second); got != first {
			t.Errorf("the first report:\n%s\nwant:\n%s", got, first)
		}
		const second = "INFO Here are the top Read paths:\nINFO /late : 1\nINFO Here are the top Write paths:"
		if got := after(3 * time.Minute); !strings.Contains(got, first[:40]) {
			t.Errorf("the second report: %s", got)
		}
		paths.Count(false, "/late")
		if got := after(3 * time.Minute); got != second {
			t.Errorf("when the first slots are five minutes old:\n%s\nwant:\n%s", got, second)
		}
	})
}
