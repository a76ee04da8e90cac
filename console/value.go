package console

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// versionField is the header with the version of a value.
const versionField = "X-Paddock-Version"

// value sends a znode's whole data as a file, piece by piece: of what somebody reads slowly one piece is in memory, and not all of
// it. If the data is changed meanwhile, the file ends early, which browsers take for the failure that it is.
func (c *Console) value(w http.ResponseWriter, r *http.Request) {
	who, err := c.identify(r)
	if err != nil {
		c.send(w, nil, err)
		return
	}
	q := request{who, r.URL.Query().Get}
	first, err := c.piece(r, q, 0)
	if err != nil {
		c.send(w, nil, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment") // whatever it is, it is no page
	h.Set("Content-Length", strconv.Itoa(int(first.Stat.DataLength)))
	h.Set(versionField, strconv.Itoa(int(first.Stat.Version)))
	control, sent := http.NewResponseController(w), 0
	for piece := first; ; {
		_ = control.SetWriteDeadline(time.Now().Add(dataPatience)) // a recorder of a test has none
		if _, err := w.Write(piece.Data); err != nil {
			return
		}
		if sent += len(piece.Data); sent >= int(first.Stat.DataLength) {
			return
		}
		piece, err = c.piece(r, q, sent)
		if err != nil || piece.Stat.Mzxid != first.Stat.Mzxid || len(piece.Data) == 0 {
			c.cfg.Log.Debug("console: a file has ended early: its znode was changed or cannot be read any more", "err", err)
			return
		}
	}
}

// piece asks for a piece of a znode's data, in turn with all others who ask.
func (c *Console) piece(r *http.Request, q request, from int) (z Znode, err error) {
	path, err := q.path()
	if err != nil {
		return z, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), dataPatience)
	defer cancel()
	_, err = c.inTurn(func(ctx context.Context, q request) (any, error) {
		z, err = c.src.Znode(ctx, q.who, path, from, dataFirst)
		return nil, err
	})(ctx, q)
	if err == nil && !z.Readable {
		err = ErrNoAuth
	}
	return z, err
}
