package migrate

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	aboutFiles = "files"
	aboutDisk  = "disk"
)

// Files says who the data belongs to.
type Files struct {
	DataDir    string `json:"dataDir"`
	DataLogDir string `json:"dataLogDir"`
	Owner      string `json:"owner,omitempty"` // of the data directory; empty if it is not there
	Readable   bool   `json:"readable"`        // by whoever makes the check
	FreeBytes  int64  `json:"freeBytes"`       // the lesser of both directories
}

// ownerOf is the number of a file's owner.
func ownerOf(info fs.FileInfo) uint32 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Uid
	}
	return 0
}

// userName is a user's name, or number if there is none.
func userName(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}

// files looks at the directories from outside: owners, modes, room.
func (c *checker) files() {
	snapDir, logDir := c.folders()
	if c.text("dataDir") == "" {
		return // refused already
	}
	f := &c.Files
	if c.startedWhere() == unknown {
		return // told with the process
	}
	f.DataDir, f.DataLogDir = filepath.Dir(snapDir), filepath.Dir(logDir)
	dirs := slices.Compact([]string{f.DataDir, snapDir, f.DataLogDir, logDir})
	if f.DataDir == f.DataLogDir {
		dirs = []string{f.DataDir, snapDir}
	}
	f.Readable = true
	var uid uint32
	for i, dir := range dirs {
		info, err := os.Stat(dir)
		if i == 0 && err == nil {
			uid = ownerOf(info)
			f.Owner = userName(uid)
		}
		c.folder(dir, info, err)
	}
	if f.Owner == "" {
		return
	}
	c.strangers(dirs, uid)
	if int(uid) != os.Geteuid() {
		c.addf(Note, aboutFiles, "%s belongs to user %s", f.DataDir, f.Owner).
			advise("start Paddock as that user, so that ZooKeeper can open the files on the way back: runuser -u %s -- paddock server %s", f.Owner, c.ZooCfg)
	}
}

// folder looks at one directory.
func (c *checker) folder(dir string, info fs.FileInfo, err error) {
	const ownerAll = 0o700
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // it will be made, or its absence is told with the data
	case err != nil:
		c.unreadable(err)
	case !info.IsDir():
		c.addf(Refused, aboutFiles, "%s is not a directory", dir)
		c.Files.Readable = false
	case info.Mode().Perm()&ownerAll != ownerAll:
		c.addf(Refused, aboutFiles, "%s has the mode %s: its owner %s cannot read and write it", dir, info.Mode(), userName(ownerOf(info)))
	}
	if info != nil && info.IsDir() {
		if _, err := os.ReadDir(dir); err != nil {
			c.unreadable(err)
		}
	}
}

func (c *checker) unreadable(err error) {
	if c.Files.Readable {
		c.add(Unchecked, aboutFiles, "the data was not looked at: "+err.Error()).
			advise("run the check as root, or as the user that ZooKeeper runs as")
	}
	c.Files.Readable = false
}

// strangers finds files of other owners: who owns the directory may not be able to open them.
func (c *checker) strangers(dirs []string, uid uint32) {
	var found []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // told by folder, or not there
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode()&fs.ModeSymlink == 0 && ownerOf(info) != uid {
				found = append(found, filepath.Join(dir, e.Name()))
			}
		}
	}
	if len(found) == 0 {
		return
	}
	c.addf(Different, aboutFiles, "%d files and folders do not belong to %s, the owner of %s; the first is %s",
		len(found), userName(uid), c.Files.DataDir, found[0]).
		advise("chown -Rh %s %s", userName(uid), strings.Join(slices.Compact([]string{c.Files.DataDir, c.Files.DataLogDir}), " "))
}
