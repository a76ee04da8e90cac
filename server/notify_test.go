package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// told collects what a service manager is told.
func told(r *runner, watchdog time.Duration) (states <-chan string, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	c, done := make(chan string, 1000), make(chan struct{})
	go func() {
		r.s.Notify(ctx, func(state string) error { c <- state; return nil }, watchdog)
		close(done)
	}()
	return c, func() { cancel(); <-done }
}

func next(t *testing.T, states <-chan string) string {
	t.Helper()
	select {
	case state := <-states:
		return state
	case <-time.After(patience):
		t.Fatal("nothing more is told")
		return ""
	}
}

func TestWatchdogIsFedOnlyWhileTheProcessorAnswers(t *testing.T) {
	r := newPlace(t).start(t)
	const watchdog = 30 * time.Millisecond
	states, end := told(r, watchdog)
	if state := next(t, states); !strings.HasPrefix(state, "READY=1\nSTATUS=Serving") {
		t.Errorf("first told: %q", state)
	}
	for range 3 {
		if state := next(t, states); state != "WATCHDOG=1" {
			t.Errorf("told: %q", state)
		}
	}
	stuck, release := make(chan struct{}), make(chan struct{})
	go func() { _ = r.s.ask(context.Background(), func() { close(stuck); <-release }) }() // it ends with release
	<-stuck
	before := len(states)
	time.Sleep(20 * watchdog)
	if n := len(states) - before; n > 1 { // one may have been on its way
		t.Errorf("the watchdog was fed %d times by a server whose processor is stuck", n)
	}
	close(release)
	for len(states) > 0 {
		<-states
	}
	if state := next(t, states); state != "WATCHDOG=1" {
		t.Errorf("told when the processor answers again: %q", state)
	}
	end()
	last := ""
	for len(states) > 0 {
		last = <-states
	}
	if last != "STOPPING=1" {
		t.Errorf("last told: %q", last)
	}
}

func TestServerThatEndsByItselfTellsSo(t *testing.T) {
	r := newPlace(t).start(t)
	r.log.expectErrors()
	states, end := told(r, 0)
	next(t, states)
	_ = r.s.ask(context.Background(), func() { r.s.failed = errors.New("made up") })
	if state := next(t, states); state != "STOPPING=1" {
		t.Errorf("told: %q", state)
	}
	end()
	if err := <-r.ended; err == nil {
		t.Error("the server ended without an error")
	}
	r.over = true
}
