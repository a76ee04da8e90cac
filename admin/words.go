package admin

import (
	"maps"
	"strings"
)

// Words knows ZooKeeper's four-letter words and which of them may be answered.
type Words struct {
	known   map[string]bool
	enabled map[string]bool
	answer  map[string]func(Source) []byte
}

// NewWords takes the value of 4lw.commands.whitelist: a list with commas between, or "*" for all. srvr is always enabled,
// isro if readOnlyMode (the property readonlymode.enabled) is (FourLetterCommands, 3.9.5).
func NewWords(whitelist string, readOnlyMode bool) *Words {
	w := &Words{
		known:   make(map[string]bool),
		enabled: map[string]bool{"srvr": true, "isro": readOnlyMode},
		answer: map[string]func(Source) []byte{
			"ruok": ruok, "srvr": srvr, "stat": stat, "isro": isro, "mntr": mntr, "conf": conf,
		},
	}
	for word := range strings.FieldsSeq(
		"conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs") {
		w.known[word] = true
	}
	for word := range strings.SplitSeq(whitelist, ",") {
		word = strings.TrimSpace(word)
		if word == "*" {
			maps.Copy(w.enabled, w.known)
		}
		w.enabled[word] = true
	}
	return w
}

// Known is every word that ZooKeeper knows, allowed or not. Anything else at the begin of a connection is the length of
// a frame. The caller owns the map.
func (w *Words) Known() map[string]bool { return maps.Clone(w.known) }

// Answer is the whole text that the client gets for a word. It is empty for a word that is not known.
func (w *Words) Answer(word string, src Source) []byte {
	if !w.known[word] {
		return nil
	}
	if !w.enabled[word] {
		return []byte(word + " is not executed because it is not in the whitelist.\n")
	}
	if answer := w.answer[word]; answer != nil {
		return answer(src)
	}
	return []byte(word + " is not supported by Paddock yet.\n")
}

// notServing is what words that need a loaded tree answer while there is none.
const notServing = "This ZooKeeper instance is not currently serving requests\n"
