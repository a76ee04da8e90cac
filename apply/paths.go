package apply

import "paddock/zk"

// visited counts a request that has found the path it asked for. Without pathStats it costs a look at a nil.
func (p *Processor) visited(op zk.Op, path string) {
	if p.cfg.Visited != nil {
		p.countPath(op, path)
	}
}

// countPath counts the kinds of requests that ZooKeeper counts, and a create with a time to live, about which it complains in
// its log instead. What is refused, or part of a multi, is not counted (FinalRequestProcessor.processRequest and
// RequestPathMetricsCollector.isWriteOp, 3.9.5).
func (p *Processor) countPath(op zk.Op, path string) {
	switch op {
	case zk.OpCreate, zk.OpCreate2, zk.OpCreateContainer, zk.OpCreateTTL, zk.OpDelete, zk.OpSetData, zk.OpSetACL, zk.OpSync:
		if path != zk.NullText { // of a sync
			p.cfg.Visited(true, path)
		}
	case zk.OpGetData, zk.OpExists, zk.OpGetChildren, zk.OpGetChildren2, zk.OpGetACL, zk.OpCheckWatches, zk.OpRemoveWatches:
		p.cfg.Visited(false, path)
	default: // a multi, or the end of a session
	}
}
