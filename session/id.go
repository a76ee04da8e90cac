package session

// passwordSalt is mixed into the seed of every password (superSecret in ZooKeeperServer). It is public, and so
// a password proves nothing to somebody who knows the id; but any server can check it without storing it.
const passwordSalt = 0xB3415C00

// firstID gives the first session id of a server: its number in the top byte, then five bytes of milliseconds, then
// two bytes that count (SessionTrackerImpl.initializeNextSessionId). The clock is the monotonic one.
func firstID(serverID, monoMs int64) int64 {
	return serverID<<56 | int64(uint64(monoMs)<<24>>8)
}

// Password computes the password of a session: 16 bytes from java.util.Random, which its documentation defines
// as a linear congruential generator of 48 bits. It is never logged.
func Password(id int64) [16]byte {
	const (
		multiplier = 0x5DEECE66D
		increment  = 0xB
		mask       = 1<<48 - 1
	)
	var password [16]byte
	seed := (uint64(id) ^ passwordSalt ^ multiplier) & mask
	for i := 0; i < len(password); i += 4 {
		seed = (seed*multiplier + increment) & mask
		word := uint32(seed >> 16)
		for k := range 4 {
			password[i+k] = byte(word >> (8 * k))
		}
	}
	return password
}
