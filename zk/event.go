package zk

// EventType is the kind of a watch event (Watcher.Event.EventType, 3.9.5).
type EventType int32

// The events that a server sends.
const (
	EventNodeCreated         EventType = 1
	EventNodeDeleted         EventType = 2
	EventNodeDataChanged     EventType = 3
	EventNodeChildrenChanged EventType = 4
)

// StateSyncConnected is the keeper state that a server puts into every notification.
const StateSyncConnected int32 = 3

// NoZxid stands in the header of events that setWatches replays, and of replies to unknown operations.
const NoZxid int64 = -1
