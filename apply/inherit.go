package apply

// A restore puts another processor into the place of one, with another tree, while the server runs.

// KillAll ends every connection at once.
func (p *Processor) KillAll(reason string) {
	for _, c := range p.conns {
		p.kill(c, reason)
	}
}

// Inherit takes the counts of the processor whose place this one takes, so that no counter falls.
func (p *Processor) Inherit(old *Processor) {
	p.stats, p.series = old.stats, old.series
	p.stats.Outstanding = 0
}
