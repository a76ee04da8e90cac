package zk

// Epoch gives the high half of a zxid: the reign of one leader (ZxidUtils, 3.9.5).
func Epoch(zxid int64) int64 { return zxid >> 32 }

// Counter gives the low half of a zxid: the number of the transaction within its epoch.
func Counter(zxid int64) int64 { return zxid & 0xffffffff }

// Follows tells whether next may stand right behind zxid in a complete log: the next number, or any of a later
// epoch.
func Follows(zxid, next int64) bool { return next == zxid+1 || Epoch(next) > Epoch(zxid) }
