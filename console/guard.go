package console

import (
	"cmp"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// asker is the header that the page's own requests carry. A page of another site cannot send it: browsers ask the server first
// whether it may, and the answer is never yes.
const asker = "X-Paddock-Console"

// pageField is the header with the place at which the page stands in its browser, as in localhost:8080. A proxy that hides behind
// our own name cannot hide it.
const pageField = "X-Paddock-Page"

// tokenField is the header of what an edit must bring.
const tokenField = "X-Paddock-Token"

// policy lets the page load its own files and talk to its own server, and nothing else. Strings cannot become markup or scripts.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// secure sets what every answer of the console carries.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// refusal says why a request gets nothing, and with which status; "" lets it pass.
func (c *Console) refusal(r *http.Request) (status int, why string) {
	edits := strings.HasPrefix(r.URL.Path, editPath)
	switch {
	case edits && c.cfg.Editor == nil:
		return http.StatusForbidden, "The console only reads. " + cmp.Or(c.cfg.ReadsBecause, "admin.console=write in zoo.cfg lets it edit.")
	case !slices.Contains(strings.Split(allowed(r), ", "), r.Method):
		return http.StatusMethodNotAllowed, "This is asked for with " + allowed(r) + "."
	case c.cfg.LocalOnly && !c.local(r):
		return http.StatusForbidden, "The console is for this machine only, under the name localhost and not through a proxy. " +
			"admin.console=read in zoo.cfg opens it to others, admin.console=off closes it."
	case !c.knownHost(r.Host):
		return http.StatusMisdirectedRequest, "The console does not answer to this name. Use the server's address, or name it: admin.console.hosts in zoo.cfg."
	case strings.HasPrefix(r.URL.Path, dataPath) && (r.Header.Get(asker) != "1" || !sameSite(r)):
		return http.StatusForbidden, "This is for the console's own page."
	case edits:
		return c.editRefusal(r)
	}
	return 0, ""
}

// allowed are the methods of a path.
func allowed(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, editPath) {
		return http.MethodPost
	}
	return "GET, HEAD"
}

// editRefusal looks at what only our own page can send: its origin, which browsers state themselves and others' scripts cannot
// choose; a type of content and headers for which browsers ask first; and a token that others' scripts cannot read.
func (c *Console) editRefusal(r *http.Request) (status int, why string) {
	switch _, origin, _ := strings.Cut(r.Header.Get("Origin"), "://"); {
	case !strings.EqualFold(origin, r.Host), !sameSite(r), r.Header.Get(asker) != "1":
		return http.StatusForbidden, "This is for the console's own page."
	case r.Header.Get("Content-Type") != "application/json":
		return http.StatusUnsupportedMediaType, "An edit is sent as application/json."
	case subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenField)), []byte(c.cfg.Token)) != 1:
		return http.StatusForbidden, "This page is older than the server: load it again."
	}
	return 0, ""
}

// sameSite tells whether the browser, as far as it says so, asks for a page of ours.
func sameSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin"
}

// local tells whether somebody at this machine asks: both ends of the connection are here, the console is asked for under a name
// of here, and neither a proxy nor the page says that it has come from elsewhere.
func (c *Console) local(r *http.Request) bool {
	here, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || !loopback(here.String()) || !loopback(r.RemoteAddr) || forwarded(r) {
		return false
	}
	name, _ := hostOf(r.Host)
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback() || name == "localhost" || named(c.cfg.Hosts, r.Host)
}

// forwarded tells whether a proxy stands between: it says so, it does not speak as browsers do (nginx asks in HTTP/1.0 unless told
// otherwise), or the page stands at another place in its browser than where it was asked for here.
func forwarded(r *http.Request) bool {
	for name := range r.Header {
		if slices.Contains([]string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip"}, name) || strings.HasPrefix(name, "X-Forwarded-") {
			return true
		}
	}
	page := r.Header.Get(pageField)
	return !r.ProtoAtLeast(1, 1) || page != "" && !strings.EqualFold(page, r.Host)
}

func loopback(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// knownHost tells whether a request's Host is one that nobody else can make his own.
func (c *Console) knownHost(host string) bool {
	name, _ := hostOf(host)
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || named(c.cfg.Hosts, host) || named(c.cfg.Own, host)
}

// named tells whether a Host is among names; one with a port names that port alone.
func named(names []string, host string) bool {
	name, port := hostOf(host)
	return slices.ContainsFunc(names, func(known string) bool {
		knownName, knownPort := hostOf(known)
		return name == knownName && (knownPort == "" || knownPort == port)
	})
}

// hostOf takes a Host apart, in small letters and without what does not matter of a name.
func hostOf(host string) (name, port string) {
	name = host
	if n, p, err := net.SplitHostPort(host); err == nil {
		name, port = n, p
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), ".")), port
}
