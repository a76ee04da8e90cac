package link

import (
	"fmt"

	"paddock/zk"
)

// State is where a Link stands (ZooKeeper.States).
type State int

// The states. A Link that is Closed or AuthFailed stays so.
const (
	Connecting State = iota
	Connected
	ConnectedReadOnly
	Closed
	AuthFailed
)

// String gives the name that Apache's shell shows in its prompt.
func (s State) String() string {
	switch s {
	case Connecting:
		return "CONNECTING"
	case Connected:
		return "CONNECTED"
	case ConnectedReadOnly:
		return "CONNECTEDREADONLY"
	case Closed:
		return "CLOSED"
	case AuthFailed:
		return "AUTH_FAILED"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// Alive tells whether requests still make sense.
func (s State) Alive() bool { return s != Closed && s != AuthFailed }

// The event types that no server sends.
const (
	EventNone                   zk.EventType = -1 // the state has changed
	EventDataWatchRemoved       zk.EventType = 5
	EventChildWatchRemoved      zk.EventType = 6
	EventPersistentWatchRemoved zk.EventType = 7
)

// TypeName gives the name of an event type as Java prints it.
func TypeName(t zk.EventType) string {
	switch t {
	case EventNone:
		return "None"
	case zk.EventNodeCreated:
		return "NodeCreated"
	case zk.EventNodeDeleted:
		return "NodeDeleted"
	case zk.EventNodeDataChanged:
		return "NodeDataChanged"
	case zk.EventNodeChildrenChanged:
		return "NodeChildrenChanged"
	case EventDataWatchRemoved:
		return "DataWatchRemoved"
	case EventChildWatchRemoved:
		return "ChildWatchRemoved"
	case EventPersistentWatchRemoved:
		return "PersistentWatchRemoved"
	}
	return fmt.Sprintf("Type%d", int32(t))
}

// Event is a watch that fired, or a change of state.
type Event struct {
	Type  zk.EventType
	State string // as Java names it: SyncConnected, Disconnected, Expired, ...
	Path  string // "" for changes of state
	Zxid  int64  // of the change; -1 where there is none or the server does not say
}

// String is what Apache's shell prints.
func (e Event) String() string {
	path := e.Path
	if path == "" {
		path = "null"
	}
	return fmt.Sprintf("WatchedEvent state:%s type:%s path:%s zxid: %d", e.State, TypeName(e.Type), path, e.Zxid)
}

// disconnected is the state that everything begins in.
const disconnected = "Disconnected"

func stateEvent(name string) Event { return Event{Type: EventNone, State: name, Zxid: zk.NoZxid} }
