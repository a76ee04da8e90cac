package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// history is what was asked and answered so far, as text.
type history struct {
	listen  func(text string) // nil for silence
	entries []entry
	tally   tally
}

// tally counts answers by operation and result, and events by type.
type tally map[string]int

func (t tally) add(more tally) {
	for key, n := range more {
		t[key] += n
	}
}

func (t tally) sum() int {
	sum := 0
	for _, n := range t {
		sum += n
	}
	return sum
}

// totals are the tallies of a run, and its requests, by configuration.
type totals map[string]*total

type total struct {
	seeds, requests int
	tally           tally
}

func (t totals) add(name string, requests int, got tally) {
	if t[name] == nil {
		t[name] = &total{tally: tally{}}
	}
	t[name].seeds++
	t[name].requests += requests
	t[name].tally.add(got)
}

func (t totals) requests() int {
	sum := 0
	for _, one := range t {
		sum += one.requests
	}
	return sum
}

// print lists results over all configurations, and then what each has had.
func (t totals) print(out io.Writer) error {
	all := tally{}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(t)) {
		one := t[name]
		all.add(one.tally)
		fmt.Fprintf(&b, "%10d requests, %10d answers and events with %s, %d seeds\n", one.requests, one.tally.sum(), name, one.seeds)
	}
	_, err := fmt.Fprintf(out, "%s%s%10d requests, %10d answers and events in all\n", all, &b, t.requests(), all.sum())
	if err != nil {
		return fmt.Errorf("crosscheck: %w", err)
	}
	return nil
}

// count notes one answer for the summary.
func (h *history) count(q *request, a *answer) {
	key := fmt.Sprintf("%v: %v", q.op, a.err)
	if a.event {
		key = "event " + a.text[strings.Index(a.text, "type="):][:len("type=1")]
	}
	h.tally[key]++
	for _, err := range a.results {
		h.tally[fmt.Sprintf("part of %v: %v", q.op, err)]++
	}
}

// String lists what was counted.
func (t tally) String() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&b, "%8d  %s\n", t[key], key)
	}
	return b.String()
}

type entry struct {
	path string
	text string
}

// shownMax is how many earlier requests on the same path are printed, and latestMax how many of all.
const (
	shownMax   = 12
	latestMax  = 8
	entriesMax = 20_000 // kept of all
)

func (h *history) add(slot int, q *request, answer string) {
	h.put(q.path, fmt.Sprintf("slot %d: %v\n%s", slot, q, strings.TrimSuffix(answer, "\n")))
}

func (h *history) say(slot int, text string) { h.put("", fmt.Sprintf("slot %d: %s", slot, text)) }

func (h *history) put(path, text string) {
	h.tell(text)
	if len(h.entries) >= entriesMax {
		h.entries = slices.Delete(h.entries, 0, entriesMax/2)
	}
	h.entries = append(h.entries, entry{path: path, text: short(text)})
}

// tell passes text on to whoever listens.
func (h *history) tell(text string) {
	if h.listen != nil {
		h.listen(text)
	}
}

// about prints what was asked about some paths, the newest last.
func (h *history) about(requests []request) string {
	var texts []string
	for i := len(h.entries) - 1; i >= 0 && len(texts) < shownMax; i-- {
		e := h.entries[i]
		ours := func(q request) bool {
			return q.path != "" && (q.path == e.path || strings.Contains(e.text, fmt.Sprintf("%+q", q.path)))
		}
		if len(h.entries)-i <= latestMax || slices.ContainsFunc(requests, ours) {
			texts = append(texts, short(e.text))
		}
	}
	slices.Reverse(texts)
	return strings.Join(texts, "\n")
}

func short(text string) string {
	const bytesMax = 3000
	if len(text) > bytesMax {
		return text[:bytesMax] + "..."
	}
	return text
}

// differ makes the report of requests whose answers differ.
func (r *run) differ(n int, requests []request, both *[2]outcome, texts [2]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "=== before, on the same paths and last of all\n%s\n", r.history.about(requests))
	fmt.Fprintf(&b, "=== slot %d asked\n", n)
	for i := range requests {
		fmt.Fprintf(&b, "%v\n  hex %s\n", &requests[i], short(hex.EncodeToString(requests[i].frame())))
	}
	for i, s := range r.pair {
		fmt.Fprintf(&b, "=== %s answered\n%s", s.name, short(texts[i]))
		for _, a := range slices.Concat(both[i].lines, both[i].aside) {
			fmt.Fprintf(&b, "  hex %s\n", short(hex.EncodeToString(a.raw)))
		}
	}
	fmt.Fprintf(&b, "=== first difference\n%s", firstDifference(texts[0], texts[1]))
	return &mismatch{text: b.String(), same: texts[0] == texts[1]}
}

// firstDifference shows the first line that is not the same.
func firstDifference(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(left), len(right)) {
		x, y := "(nothing)", "(nothing)"
		if i < len(left) {
			x = left[i]
		}
		if i < len(right) {
			y = right[i]
		}
		if x != y {
			return fmt.Sprintf("- %s\n+ %s\n", short(x), short(y))
		}
	}
	return "none: both ended the connection where an answer was expected\n"
}

// differConnect makes the report of connect responses that differ.
func (r *run) differConnect(n int, h *hello, both *[2]welcome) error {
	var b strings.Builder
	fmt.Fprintf(&b, "=== before\n%s\n=== slot %d: %v\n", r.history.about(nil), n, h)
	for i, s := range r.pair {
		fmt.Fprintf(&b, "=== %s\n  asked    %x\n  answered %s\n  hex %x\n", s.name, h.frame(i), both[i].text, both[i].raw)
	}
	return &mismatch{text: b.String()}
}
