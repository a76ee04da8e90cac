package admin

import (
	"context"
	"encoding/binary"
	"maps"
	"strconv"
	"strings"
)

// Words knows ZooKeeper's four-letter words and which of them may be answered. It never changes but for who waits.
type Words struct {
	words   map[string]word
	enabled map[string]bool
	long    gate
}

// word is how one word is answered: write gets the View with its parts. Words without a server are answered before the data is
// loaded too.
type word struct {
	parts    Parts
	reset    Parts // what is reset first
	isAlways bool  // answered before there is anything to serve
	down     string
	write    func(*lines, *View, Source)
}

// NewWords takes the value of 4lw.commands.whitelist: a list with commas between, or "*" for all. srvr is always enabled,
// isro if readOnlyMode (the property readonlymode.enabled) is (FourLetterCommands, 3.9.5).
func NewWords(whitelist string, readOnlyMode bool) *Words {
	w := &Words{
		long: make(gate, longAnswersMax),
		words: map[string]word{
			"conf": {write: conf}, "cons": {parts: PartConns, write: cons},
			"crst": {reset: PartConns, write: say("Connection stats reset.\n")},
			"dirs": {write: dirs}, "dump": {parts: PartSessions | PartEphemerals | PartConns, write: dump},
			"envi": {isAlways: true, write: envi}, "gtmk": {isAlways: true, write: gtmk}, "stmk": {isAlways: true, write: gtmk},
			"hash": {parts: PartDigests, down: strings.TrimSpace(notServing), write: hash},
			"isro": {down: "null", write: isro}, "mntr": {parts: PartMetrics, write: mntr},
			"ruok": {isAlways: true, write: say("imok")}, "srst": {reset: PartMetrics, write: say("Server stats reset.\n")},
			"srvr": {write: srvr}, "stat": {parts: PartConns, write: stat},
			"wchc": {parts: PartWatches, write: wchc}, "wchp": {parts: PartWatches, write: wchp}, "wchs": {write: wchs},
		},
		enabled: map[string]bool{"srvr": true, "isro": readOnlyMode},
	}
	for name := range strings.SplitSeq(whitelist, ",") {
		name = strings.TrimSpace(name)
		if name == "*" {
			maps.Copy(w.enabled, w.Known())
			break // as ZooKeeper: what stands behind it is not read
		}
		w.enabled[name] = true
	}
	return w
}

// Known is every word that ZooKeeper knows, allowed or not. Anything else at the begin of a connection is the length of
// a frame. The caller owns the map.
func (w *Words) Known() map[string]bool {
	known := make(map[string]bool, len(w.words))
	for name := range w.words {
		known[name] = true
	}
	return known
}

// notServing is what words that need a loaded tree answer while there is none.
const notServing = "This ZooKeeper instance is not currently serving requests\n"

// Answer is the whole text that the client gets for a word, empty for one that is not known. tail is what came behind the word:
// stmk's mask.
func (w *Words) Answer(ctx context.Context, name string, tail []byte, src Source) []byte {
	asked, known := w.words[name]
	switch {
	case !known:
		return nil
	case !w.enabled[name]:
		return []byte(name + " is not executed because it is not in the whitelist.\n")
	case name == "stmk" && !setTraceMask(tail, src):
		return nil
	}
	var l lines
	if asked.isAlways {
		asked.write(&l, nil, src)
		return l.buf
	}
	leave, err := w.long.pass(ctx, asked.parts)
	if err != nil {
		return nil // the client has gone, or waited for too long
	}
	defer leave()
	view, err := asked.ask(ctx, src)
	if err != nil || !view.Stats.Serving {
		if asked.down != "" {
			return []byte(asked.down)
		}
		return []byte(notServing)
	}
	asked.write(&l, view, src)
	return l.buf
}

// ask resets what the word resets, and gathers what it prints.
func (w *word) ask(ctx context.Context, src Source) (*View, error) {
	if w.reset != 0 {
		if err := src.Reset(ctx, w.reset); err != nil {
			return nil, err
		}
	}
	return src.View(ctx, w.parts)
}

// setTraceMask takes stmk's eight bytes; without them ZooKeeper closes the connection without an answer.
func setTraceMask(tail []byte, src Source) bool {
	if len(tail) < 8 {
		return false
	}
	src.SetTraceMask(int64(binary.BigEndian.Uint64(tail)))
	return true
}

func gtmk(l *lines, _ *View, src Source) { l.text(strconv.FormatInt(src.TraceMask(), 10)) }

func say(text string) func(*lines, *View, Source) {
	return func(l *lines, _ *View, _ Source) { l.text(text) }
}
