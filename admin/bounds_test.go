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
	"testing"
	"time"
)

// A snapshot or a restore of much data takes longer than a client may be silent while it sends.
func TestALongCommandIsNotTakenForAClientThatLeft(t *testing.T) {
	const move = time.Second // in which a busy machine sends a body
	handler := bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(patientReader{r.Body, http.NewResponseController(w), move}); err != nil {
			t.Errorf("the body: %v", err)
		}
		select {
		case <-r.Context().Done():
			t.Errorf("%s was given up: %v", r.Method, r.Context().Err())
		case <-time.After(2 * move):
		}
	}), move)
	server := httptest.NewServer(handler)
	defer server.Close()
	var all sync.WaitGroup
	for method, body := range map[string]io.Reader{
		"GET": nil, "POST": strings.NewReader("a snapshot"), "PUT": io.MultiReader(strings.NewReader("of unknown length")),
	} {
		r, err := http.NewRequest(method, server.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			got, err := server.Client().Do(r)
			if err != nil {
				t.Errorf("%s: %v", method, err)
				return
			}
			_ = got.Body.Close() // there is none
		})
	}
	all.Wait()
}

func TestOnlyAFewLongAnswersAreInMemory(t *testing.T) {
	g := make(gate, longAnswersMax)
	for range longAnswersMax {
		if _, err := g.pass(t.Context(), PartWatches); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.pass(gone, PartConns); !errors.Is(err, context.Canceled) {
		t.Errorf("one more: %v", err)
	}
	if _, err := g.pass(gone, PartMetrics); err != nil {
		t.Errorf("a short answer: %v", err)
	}
	g.leave()
	if leave, err := g.pass(t.Context(), PartSessions); err != nil {
		t.Errorf("after one has left: %v", err)
	} else {
		leave()
	}
}

func TestOnlyAFewSnapshotsAreSentAtOnce(t *testing.T) {
	d := newDesk(t, func(c *HandlerConfig) { c.RateMs = 0 })
	h, ok := d.server.Config.Handler.(*Handler)
	if !ok {
		t.Fatal("another handler")
	}
	for range copiesMax {
		h.copies <- struct{}{}
	}
	if status, text := d.ask("GET", "/commands/snapshot", ""); status != http.StatusTooManyRequests {
		t.Errorf("one more: %d %s", status, text)
	}
	h.copies.leave()
	d.now = d.now.Add(time.Minute)
	if status, text := d.ask("GET", "/commands/snapshot", ""); status != http.StatusOK {
		t.Errorf("after one has been sent: %d %s", status, text)
	}
}

func TestADefectOfAHandlerIsToldToTheOperator(t *testing.T) {
	var b bytes.Buffer
	d := debugLog{slog.New(slog.NewTextHandler(&b, nil))}
	for _, line := range []string{"http: TLS handshake error from 1.2.3.4\n", "http: panic serving 1.2.3.4:5: oops\n"} {
		if _, err := d.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "oops") {
		t.Errorf("logged %q", got)
	}
}

func TestTheConfigurationIsShownWithoutSecrets(t *testing.T) {
	const text = "tickTime=2000\r\nssl.keyStore.password=geheim\r\nzookeeper.DigestAuthenticationProvider.superDigest = super:geheim\n" +
		"ssl.keyStore.passwordPath=/etc/p\n# no password here\nssl.trustStore.password: geheim"
	want := "tickTime=2000\r\nssl.keyStore.password=***\r\nzookeeper.DigestAuthenticationProvider.superDigest =***\n" +
		"ssl.keyStore.passwordPath=/etc/p\n# no password here\nssl.trustStore.password:***"
	if got := withoutSecrets(text); got != want {
		t.Errorf("got %q", got)
	}
}
