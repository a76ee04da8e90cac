package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"paddock/zk"
)

// Bounds of editing.
const (
	editBytesMax = 24 << 20 // of a request, whatever jute.maxbuffer is: base64 of 16 MiB and what stands around it
	editMoreMax  = 64 << 10 // of a request: what stands around path and data
	editsMax     = 8        // at once, of all browsers
	editPatience = 30 * time.Second
)

// wanted is a change as the page sends it.
type wanted struct {
	Path    string      `json:"path"`
	Mode    string      `json:"mode"` // of create; see modes
	TTLMs   int64       `json:"ttlMs"`
	Data    []byte      `json:"data"` // base64, or null
	ACL     []wantedACL `json:"acl"`
	Version *int32      `json:"version"`
}

type wantedACL struct {
	Scheme string `json:"scheme"`
	ID     string `json:"id"`
	Perms  string `json:"perms"`
	Kept   *int   `json:"kept"`
}

// modes are those of znodes that need no session: the console's ends with the edit.
func modes() map[string]zk.CreateMode {
	return map[string]zk.CreateMode{
		"persistent": zk.ModePersistent, "persistent_sequential": zk.ModePersistentSequential, "container": zk.ModeContainer,
		"ttl": zk.ModePersistentTTL, "ttl_sequential": zk.ModePersistentSequentialTTL,
	}
}

// editor is something that changes the tree. It gives nil where it has answered itself.
type editor func(ctx context.Context, w http.ResponseWriter, by Author, q *wanted) (any, error)

// editing makes a handler of an editor.
func (c *Console) editing(f editor) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, err := author(r)
		var body any
		if err == nil {
			body, err = c.oneOfFew(w, r, by, f)
		}
		if body != nil || err != nil {
			c.send(w, body, err)
		}
	}
}

// oneOfFew reads an edit and makes it, unless too many others are being read or made: all of them stand in memory.
func (c *Console) oneOfFew(w http.ResponseWriter, r *http.Request, by Author, f editor) (any, error) {
	select {
	case c.edits <- struct{}{}:
		defer func() { <-c.edits }()
	default:
		return nil, errors.New("console: too many edits at once: try again")
	}
	var q wanted
	if err := q.read(w, r, c.editBytes()); err != nil {
		return nil, err
	}
	return f(r.Context(), w, by, &q)
}

// editBytes is how long a request may be so that jute.maxbuffer, which is checked behind it, can let it pass.
func (c *Console) editBytes() int64 {
	if c.cfg.RequestBytesMax <= 0 || c.cfg.RequestBytesMax > editBytesMax/2 {
		return editBytesMax
	}
	return 2*int64(c.cfg.RequestBytesMax) + editMoreMax // base64 makes 4/3 of it
}

// author tells in whose name a change is made: somebody's it must be.
func author(r *http.Request) (by Author, err error) {
	if by.From, err = netip.ParseAddrPort(r.RemoteAddr); err != nil {
		return by, fmt.Errorf("console: the address of who asks: %w", err)
	}
	by.From = netip.AddrPortFrom(by.From.Addr().Unmap(), by.From.Port())
	by.Secrets, err = secrets(r)
	if err == nil && (len(by.Secrets) == 0 || slices.ContainsFunc(by.Secrets, nameless)) {
		err = errNobody
	}
	return by, err
}

// nameless tells of a secret without a user, whom the log could not name.
func nameless(secret string) bool { return secret == "" || secret[0] == ':' }

// read takes a change from a request's body of at most so many bytes, and nothing but that.
func (q *wanted) read(w http.ResponseWriter, r *http.Request, bytesMax int64) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bytesMax))
	d.DisallowUnknownFields()
	err := d.Decode(q)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("something stands behind it")
		}
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		_, _ = io.CopyN(io.Discard, r.Body, editBytesMax) // a browser hears no answer before it has sent everything
		return ErrTooLarge
	} else if err != nil {
		return userError("the edit cannot be read: " + err.Error())
	}
	if fault := zk.PathFault(strings.TrimSuffix(q.Path, "/")); fault != "" && q.Path != zk.PathRoot {
		return userError(fmt.Sprintf("the path %q: %s", q.Path, fault))
	}
	// The request is read to its end: from here on net/http looks only whether who asks is still there. A recorder of a test has
	// no deadlines.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return nil
}

// edit is how one change is made.
func (c *Console) edit(op zk.Op) http.HandlerFunc {
	return c.editing(func(ctx context.Context, _ http.ResponseWriter, by Author, q *wanted) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, editPatience)
		defer cancel()
		e, err := q.edit(op)
		if err != nil {
			return nil, err
		}
		path, err := c.cfg.Editor.Edit(ctx, by, e)
		if err != nil {
			return nil, err
		}
		return map[string]string{"path": path}, nil
	})
}

// edit checks what is wanted.
func (q *wanted) edit(op zk.Op) (*Edit, error) {
	e := &Edit{Op: op, Path: q.Path, Data: q.Data, TTLMs: q.TTLMs}
	if op == zk.OpCreate {
		var known bool
		if e.Mode, known = modes()[q.Mode]; !known {
			return nil, userError(fmt.Sprintf("the mode %q: the console makes znodes that are persistent, container or ttl; an ephemeral would end with the edit", q.Mode))
		}
		if e.Mode.TTL() && (q.TTLMs <= 0 || q.TTLMs > zk.TTLMsMax) {
			return nil, userError(fmt.Sprintf("the time to live must be from 1 to %d ms", zk.TTLMsMax))
		}
	} else if q.Version == nil || *q.Version < 0 { // -1 would be any
		return nil, userError("an edit needs the version that was seen")
	} else {
		e.Version = *q.Version
	}
	if op == zk.OpCreate || op == zk.OpSetACL {
		var err error
		e.ACL, err = entries(q.ACL)
		if op == zk.OpCreate && slices.ContainsFunc(e.ACL, func(a ACLEntry) bool { return a.Kept >= 0 }) {
			err = userError("a new znode has no entry that could be kept")
		}
		return e, err
	}
	return e, nil
}

// entries reads an ACL.
func entries(list []wantedACL) ([]ACLEntry, error) {
	if len(list) == 0 {
		return nil, userError("an ACL needs an entry: without one nobody could do anything")
	}
	var all []ACLEntry
	for _, w := range list {
		entry := ACLEntry{ACL: zk.ACL{ID: zk.ID{Scheme: w.Scheme, ID: w.ID}}, Kept: -1}
		for _, letter := range w.Perms {
			perm, known := permLetters()[letter]
			if !known {
				return nil, userError(fmt.Sprintf("the permissions %q: c, d, r, w and a are known", w.Perms))
			}
			entry.Perms |= perm
		}
		if w.Kept != nil {
			entry.Kept = *w.Kept
		}
		all = append(all, entry)
	}
	return all, nil
}

func permLetters() map[rune]zk.Perm {
	return map[rune]zk.Perm{'c': zk.PermCreate, 'd': zk.PermDelete, 'r': zk.PermRead, 'w': zk.PermWrite, 'a': zk.PermAdmin}
}

// below counts a subtree, for who is about to delete it.
func (c *Console) below(ctx context.Context, _ http.ResponseWriter, by Author, q *wanted) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, editPatience)
	defer cancel()
	return c.cfg.Editor.Below(ctx, by, q.Path)
}

// deleteBelow deletes a subtree and says line by line how far it is. It ends early when nobody reads that any more.
func (c *Console) deleteBelow(ctx context.Context, w http.ResponseWriter, by Author, q *wanted) (any, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	control, lines, gone, told := http.NewResponseController(w), json.NewEncoder(w), 0, false
	tell := func(line map[string]any) {
		if !told {
			told = true
			w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
		}
		// A recorder of a test has no deadlines.
		_ = control.SetWriteDeadline(time.Now().Add(editPatience))
		if errors.Join(lines.Encode(line), control.Flush()) != nil {
			cancel()
		}
	}
	err := c.cfg.Editor.DeleteBelow(ctx, by, q.Path, func(znodes int) {
		gone += znodes
		tell(map[string]any{"deleted": gone})
	})
	switch {
	case err == nil:
		tell(map[string]any{"deleted": gone, "done": true})
	case !told:
		return nil, err
	default:
		tell(map[string]any{"deleted": gone, "error": text(err)})
	}
	return nil, nil //nolint:nilnil // the answer has been given
}
