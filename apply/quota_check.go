package apply

import (
	"bytes"
	"fmt"

	"paddock/quota"
	"paddock/zk"
)

// Quotas: what is refused (enforceQuota).
//
// Order of checks, for create behind all others and for setData between permission and version: the quota that the path
// belongs to, its limits (nothing is checked without them), then, if they limit what the request adds, its stats
// (likewise), count before bytes. A hard limit comes before a soft one of its kind. Beyond a soft limit there is
// a line in the log and nothing else. A setData that keeps the length passes a full quota; one that shrinks the data
// does not as long as too much is left.
//
// Errors: BadArguments for stats that would end Apache; QuotaExceeded; MarshallingError with a zxid for limits or stats
// that are malformed or null, and then for a multi as a whole. The last two are Apache's.
//
// Apache looks at the applied limits and stats, so that a burst of requests overshoots. Here everything accepted
// counts as if it were applied: quota znodes have pending records like all others, with their text.
//
// Source: ZooKeeperServer.checkQuota, PrepRequestProcessor (3.9.5).

// aheadQuotas is the tree when everything that is pending will be applied.
type aheadQuotas struct{ p *Processor }

// enforceQuotas makes the ledger ahead, a copy of the applied one.
func (p *Processor) enforceQuotas() {
	p.pend.ahead = &ledger{nodes: aheadQuotas{p}, keep: true}
	p.pend.ahead.load(p.tree, false)
}

func (q aheadQuotas) quotaText(path string) ([]byte, bool) {
	if r := q.p.pend.pending(path); r != nil {
		if r.gone || r.hasText {
			return r.text, !r.gone
		}
	}
	return appliedQuotas{q.p.tree}.quotaText(path)
}

func (q aheadQuotas) setQuotaText(path string, text []byte) {
	var scratch record
	zxid := q.p.assigned + 1 // of the running transaction
	r := q.p.pend.change(q.p.pend.look(path, &scratch), zxid)
	r.text, r.hasText, r.dataBytes = bytes.Clone(text), true, int32(len(text))
	q.p.pend.settle(r)
}

func (q aheadQuotas) measure(path string) use {
	u := appliedQuotas{q.p.tree}.measure(path)
	for r := range q.p.pend.byPath.all() {
		if !below(r.path, path) {
			continue
		}
		if n := q.p.tree.Find(r.path, r.hash); n != 0 {
			u.count--
			u.bytes -= int64(q.p.tree.DataLength(n))
		}
		if !r.gone {
			u.count++
			u.bytes += int64(r.dataBytes)
		}
	}
	return u
}

// aheadCreated follows a create that has become pending.
func (p *Processor) aheadCreated(r *record, data []byte) {
	if p.pend.ahead == nil {
		return
	}
	r.keepText(data)
	p.pend.ahead.created(r.path, len(data))
}

// aheadDeleted follows a delete that has become pending.
func (p *Processor) aheadDeleted(r *record) {
	if p.pend.ahead != nil {
		p.pend.ahead.deleted(r.path, int(r.dataBytes))
	}
}

// aheadChanged follows a setData that has become pending.
func (p *Processor) aheadChanged(r *record, data []byte, before int) {
	if p.pend.ahead == nil {
		return
	}
	r.keepText(data)
	p.pend.ahead.changed(r.path, before, len(data))
}

// keepText keeps the data of a quota's znode. A request's bytes never change.
func (r *record) keepText(data []byte) {
	if _, kind := quota.Split(r.path); kind != quota.None {
		r.text, r.hasText = data, true
	}
}

// quotaTextFits tells whether a znode may have this data: stats that cannot be read are Apache's end.
func quotaTextFits(path string, data []byte) bool {
	_, kind := quota.Split(path)
	return kind != quota.Stats || quota.Valid(data)
}

// checkQuota tells whether a write that adds u at path fits its quota.
func (p *Processor) checkQuota(path string, u use) zk.Err {
	if p.pend.ahead == nil {
		return zk.ErrOK
	}
	a := p.pend.ahead.trie.Deepest(path)
	if a == nil {
		return zk.ErrOK
	}
	c := &p.quotaCheck
	if found, err := p.readQuota(a.Limits, &c.limits); !found {
		return err
	}
	count := limitOf(c.limits.CountHardLimit(), c.limits.Count)
	size := limitOf(c.limits.ByteHardLimit(), c.limits.Bytes)
	if (u.count == 0 || !count.set()) && (u.bytes == 0 || !size.set()) {
		return zk.ErrOK
	}
	if found, err := p.readQuota(a.Stats, &c.stats); !found {
		return err
	}
	if u.count != 0 && p.exceeds(a, "count", "Count", c.stats.Count+u.count, count) ||
		u.bytes != 0 && p.exceeds(a, "bytes", "Byte", c.stats.Bytes+u.bytes, size) {
		p.stats.QuotaExceeded++
		p.series.quotaRefused(path)
		return zk.ErrQuotaExceeded
	}
	return zk.ErrOK
}

// quotaCheck is what checks need, kept to be used again.
type quotaCheck struct {
	limits, stats quota.Track
	quietUntilMs  int64 // monotonic
	heldBack      int   // log lines
}

// readQuota reads one of a quota's znodes. Without it there is nothing to check.
func (p *Processor) readQuota(path string, track *quota.Track) (found bool, err zk.Err) {
	text, found := p.pend.ahead.nodes.quotaText(path)
	if !found {
		p.missingQuota(path)
		return false, zk.ErrOK
	}
	if track.Parse(text) != nil {
		p.logQuota(p.logger.Error, func() string { return fmt.Sprintf("malformed quota in %s: %q", path, text) })
		return false, zk.ErrMarshallingError
	}
	return true, zk.ErrOK
}

// limit is the one of two limits that counts.
type limit struct {
	value int64 // negative: none
	hard  bool
}

func limitOf(hard, soft int64) limit {
	if hard >= 0 {
		return limit{hard, true}
	}
	return limit{soft, false}
}

func (l limit) set() bool { return l.value >= 0 }

// exceeds logs what is too much, and tells whether it is refused.
func (p *Processor) exceeds(a *quota.Armed, unit, name string, now int64, l limit) bool {
	if !l.set() || now <= l.value {
		return false
	}
	p.logQuota(p.logger.Warn, func() string {
		kind := "soft"
		if l.hard {
			kind = "hard"
		}
		return fmt.Sprintf("Quota exceeded: %s [current %s=%d, %s%sLimit=%d]", a.Path, unit, now, kind, name, l.value)
	})
	return l.hard
}

func (p *Processor) missingQuota(path string) {
	p.logQuota(p.logger.Error, func() string { return "missing node of a quota: " + path })
}

// quotaLogIntervalMs keeps full quotas from filling the log: one line, whatever the quota, then none for as long (Apache:
// 100 ms, but only for equal lines, ZooKeeperServer.RATE_LOGGER 3.9.5).
const quotaLogIntervalMs = 1000

func (p *Processor) logQuota(log func(string, ...any), text func() string) {
	c := &p.quotaCheck
	if p.monoMs < c.quietUntilMs {
		c.heldBack++
		return
	}
	log(text(), "leftOut", c.heldBack)
	c.quietUntilMs, c.heldBack = p.monoMs+quotaLogIntervalMs, 0
}
