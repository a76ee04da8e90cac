package admin

import (
	"bytes"
	"compress/gzip"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
)

// page is an answer that is made once and sent to many.
type page struct {
	status int
	header http.Header
	body   bytes.Buffer
	packed func() []byte // the body with gzip; made when the first one wants it
}

// render keeps what a handler answers to a plain GET. That it panics is told, as net/http would do it on a goroutine of its own.
func render(handler http.Handler, path string, log *slog.Logger) (p *page) {
	p = &page{status: http.StatusOK, header: http.Header{}}
	defer func() {
		if v := recover(); v != nil {
			log.Error("admin: a request could not be answered: this is a defect of the server", "what", v, "stack", string(debug.Stack()))
			p.status = http.StatusInternalServerError
		}
	}()
	p.packed = sync.OnceValue(func() []byte { return pack(p.body.Bytes()) })
	r, err := http.NewRequest(http.MethodGet, path, http.NoBody)
	if err != nil {
		panic("admin: no path: " + path)
	}
	handler.ServeHTTP(p, r)
	return p
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil || w.Close() != nil {
		panic("admin: memory cannot be written")
	}
	return b.Bytes()
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (p *page) Header() http.Header { return p.header }

// WriteHeader is described at Header.
func (p *page) WriteHeader(status int) { p.status = status }

// Write is described at Header.
func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

// send answers a request with the page.
func (p *page) send(w http.ResponseWriter, r *http.Request) error {
	body, header := p.body.Bytes(), w.Header()
	header.Set("Content-Type", p.header.Get("Content-Type"))
	header.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body = p.packed()
		header.Set("Content-Encoding", "gzip")
	}
	w.WriteHeader(p.status)
	_, err := w.Write(body)
	return err
}

// takesGzip reads an Accept-Encoding.
func takesGzip(accepted string) bool {
	for part := range strings.SplitSeq(accepted, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			name, value, _ := strings.Cut(strings.TrimSpace(weight), "=")
			return !strings.EqualFold(name, "q") || strings.Trim(value, "0.") != ""
		}
	}
	return false
}
