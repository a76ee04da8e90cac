package bench

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is what a latency belongs to.
type kind uint8

const (
	kindGet kind = iota
	kindSet
	kindCreate
	kindDelete
	kindExists
	kindChildren
	kindEphemeral
	kindMulti
	kindSync
	kindConnect
	kindWatch
	kindEvent
	kindLoad
	kindIdle
	kindWatches
	kindRegister // a getData that sets a watch
	kinds        // their number
)

// requestKinds is the number of those that can be mixed.
const requestKinds = kindSync + 1

func (k kind) String() string {
	return [...]string{
		"get", "set", "create", "delete", "exists", "children", "ephemeral", "multi", "sync",
		"connect", "watch", "event", "load", "idle", "watches", "register",
	}[k]
}

// Workloads names what Options.Workload may be. The first nine can be mixed.
//
//	get        a key is read (getData)
//	set        a key is written (setData)
//	create     a new znode; each parent is one more, and counts
//	delete     alone, of every key, and then it ends; in a mix, of the oldest znode that the mix has created
//	exists     a key is looked for
//	children   getChildren2 of a znode with Options.Children children
//	ephemeral  create and delete of an ephemeral znode in turns, each counts as one operation
//	multi      Options.MultiParts setData in one multi, which counts as one operation
//	sync       of the root
//	connect    a session is opened and closed: connection, handshake, closeSession, end
//	watch      Options.Connections sessions watch one znode, it changes: one operation is one change with all its events,
//	           and takes until the last event has come
//	load       Options.Keys znodes below parents of Options.PerParent children each are created
//	idle       Options.Connections sessions do nothing but ping
//	watches    Options.Watches watches on Options.Keys znodes are set by all sessions together, fired by changing every
//	           znode, and set again: one operation is all that with one watch
func Workloads() []string {
	var names []string
	for k := range kinds {
		if k != kindEvent && k != kindRegister {
			names = append(names, k.String())
		}
	}
	return names
}

// weights gives each kind its share of the requests. A workload of its own is a mix of one.
func (o *Options) weights() ([kinds]float64, error) {
	var w [kinds]float64
	if o.Mix == "" {
		i := slices.Index(Workloads(), o.Workload)
		if i < 0 {
			return w, fmt.Errorf("bench: no workload is called %q; there are %s", o.Workload, strings.Join(Workloads(), ", "))
		}
		w[kindNamed(o.Workload)] = 1
		return w, nil
	}
	total := 0.0
	for part := range strings.SplitSeq(o.Mix, ",") {
		name, weight, _ := strings.Cut(part, "=")
		k := kindNamed(name)
		n, err := strconv.ParseFloat(weight, 64)
		if k >= requestKinds || err != nil || !(n >= 0 && n < 1e9) {
			return w, fmt.Errorf("bench: mix %q: %q is not one of %s with a weight, as in get=80",
				o.Mix, part, strings.Join(Workloads()[:requestKinds], ", "))
		}
		w[k] += n
		total += n
	}
	if total <= 0 {
		return w, errors.New("bench: mix " + strconv.Quote(o.Mix) + ": the weights must sum up to more than 0")
	}
	return w, nil
}

// kindNamed gives kinds for an unknown name.
func kindNamed(name string) kind {
	for k := range kinds {
		if k.String() == name {
			return k
		}
	}
	return kinds
}
