package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// searchMax is how long porcupine may look for an order of one history: it finds one within a second, because the zxids
// leave little choice.
const searchMax = 2 * time.Minute

// shownMax bounds what is printed of one kind of fault.
const shownMax = 5

// verify holds a finished history against everything that ZooKeeper promises. dir gets porcupine's picture of a history
// that is not linearizable.
func (h *history) verify(dir string) error {
	return errors.Join(
		h.linearizable(dir),
		h.zxidsNeverGoBack(),
		h.sessionsKeepTheirOrder(),
		h.sequentialNamesNeverRepeat(),
		h.watchesKeepTheirOrder(),
	)
}

// linearizable lets porcupine look for an order of all operations that explains every answer.
func (h *history) linearizable(dir string) error {
	var all []porcupine.Operation
	for _, o := range h.ops {
		all = append(all, porcupine.Operation{ClientId: o.worker, Input: placed{op: o}, Call: int64(o.called), Return: int64(o.returned)})
	}
	model := newModel(h)
	result, info := porcupine.CheckOperationsVerbose(model, all, searchMax)
	switch result {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("crash: no order of %d operations was found within %v, nor was it shown that there is none", len(all), searchMax)
	case porcupine.Illegal:
	}
	picture := filepath.Join(dir, "history.html")
	err := errors.New("crash: the history is not linearizable; see " + picture)
	return errors.Join(err, h.explain(&info), porcupine.VisualizePath(model, info, picture))
}

// explain shows, for each family without an order, where the longest one that was found ends.
func (h *history) explain(info *porcupine.LinearizationInfo) error {
	var errs []error
	for i, found := range info.PartialLinearizationsOperations() {
		longest := slices.MaxFunc(append(found, nil), func(a, b []porcupine.Operation) int { return len(a) - len(b) })
		done := map[*operation]bool{}
		for _, o := range longest {
			done[o.Input.(placed).op] = true
		}
		var left []*operation
		for _, o := range h.ops {
			if (o.family == i || o.family == everyFamily) && !done[o] {
				left = append(left, o)
			}
		}
		if len(left) == 0 {
			continue
		}
		slices.SortFunc(left, func(a, b *operation) int { return cmp.Compare(a.called, b.called) })
		var b strings.Builder
		fmt.Fprintf(&b, "crash: family %d: after", i)
		for _, o := range longest[max(0, len(longest)-2*shownMax):] {
			fmt.Fprintf(&b, "\n  %s", o.Input.(placed).op)
		}
		b.WriteString("\nnone of these can come next:")
		for _, o := range left[:min(len(left), 2*shownMax)] {
			fmt.Fprintf(&b, "\n  %s", o)
		}
		errs = append(errs, errors.New(b.String()))
	}
	return errors.Join(errs...)
}

// zxidsNeverGoBack: whatever is asked after an answer has come gets an answer with no smaller zxid, from any client, and over
// restarts as well; and no two changes have the same zxid.
func (h *history) zxidsNeverGoBack() error {
	var f faults
	ops := slices.DeleteFunc(slices.Clone(h.ops), func(o *operation) bool { return o.zxid == 0 })
	byReturn := slices.Clone(ops)
	slices.SortFunc(ops, func(a, b *operation) int { return cmp.Compare(a.called, b.called) })
	slices.SortFunc(byReturn, func(a, b *operation) int { return cmp.Compare(a.returned, b.returned) })
	var newest *operation
	for _, o := range ops {
		for len(byReturn) > 0 && byReturn[0].returned < o.called {
			if r := byReturn[0]; !r.lost && (newest == nil || r.zxid > newest.zxid) {
				newest = r
			}
			byReturn = byReturn[1:]
		}
		if newest != nil && o.zxid < newest.zxid {
			f.add("crash: a zxid went back: first\n  %s\nand then\n  %s", newest, o)
		}
	}
	changes := map[int64]*operation{}
	for _, o := range ops {
		if !o.changes() {
			continue
		}
		if other := changes[o.zxid]; other != nil {
			f.add("crash: two changes have one zxid:\n  %s\n  %s", other, o)
		}
		changes[o.zxid] = o
	}
	return f.join()
}

// sessionsKeepTheirOrder: the zxids of a session's writes grow in the order of sending.
func (h *history) sessionsKeepTheirOrder() error {
	var f faults
	last := map[int64]*operation{} // by session: its latest write
	for _, o := range h.ops {
		if !o.changes() {
			continue
		}
		if before := last[o.session]; before != nil && before.zxid >= o.zxid {
			f.add("crash: a session's writes changed places:\n  %s\n  %s", before, o)
		}
		last[o.session] = o
	}
	return f.join()
}

// sequentialNamesNeverRepeat also over restarts, and though earlier ones have been deleted.
func (h *history) sequentialNamesNeverRepeat() error {
	var f faults
	taken := map[string]*operation{}
	for _, o := range h.ops {
		if o.lost || !o.succeeded() {
			continue
		}
		for i := range o.parts {
			if !o.parts[i].mode.Sequential() {
				continue
			}
			path := o.results[i].Path
			if other := taken[path]; other != nil {
				f.add("crash: %s was given twice:\n  %s\n  %s", path, other, o)
			}
			taken[path] = o
		}
	}
	return f.join()
}

// faults collects what was found of one kind, and prints a few.
type faults struct {
	errs []error
	more int
}

func (f *faults) add(format string, args ...any) {
	if len(f.errs) == shownMax {
		f.more++
		return
	}
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

func (f *faults) join() error {
	if f.more > 0 {
		return errors.Join(errors.Join(f.errs...), fmt.Errorf("crash: and %d more of this kind", f.more))
	}
	return errors.Join(f.errs...)
}
