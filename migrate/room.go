package migrate

// room compares the free space with what the server wants free before it warns (server.spaceWatch): two log segments, and one
// snapshot.
func (c *checker) room(snapshotBytes int64) {
	const segments, segmentBytesMin = 2, 4 << 20
	snapDir, logDir := c.Files.DataDir, c.Files.DataLogDir
	logBytes := segments * max(c.number("preAllocSize")<<10, segmentBytesMin)
	needs := map[string]int64{snapDir: snapshotBytes}
	needs[logDir] += logBytes
	for i, dir := range []string{snapDir, logDir} {
		free, err := c.FS.FreeBytes(dir)
		if err != nil || i == 1 && dir == snapDir {
			continue // a folder that is not there yet has no room to look at
		}
		if i == 0 || free < c.Files.FreeBytes {
			c.Files.FreeBytes = free
		}
		if free < needs[dir] {
			c.addf(Different, aboutDisk, "%s has %s free; with two log files and a snapshot Paddock wants %s, and a full disk ends the server",
				dir, size(free), size(needs[dir])).
				advise("make room, or lower preAllocSize; 'paddock purge' shows what may go")
		}
	}
}
