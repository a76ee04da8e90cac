package migrate

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"paddock/config"
	"paddock/disk"
)

// Source is the installation to look at, and how.
type Source struct {
	ZooCfg  string
	Environ []string // of the shell that Paddock would be started from
	// InitFiles are read by Debian's init script and by nobody else; the shell variable JAVA_OPTS of theirs becomes arguments.
	InitFiles []string
	FS        disk.FS // only read from; nil is the operating system's
	Proc      string  // the folder /proc
	Now       func() time.Time
	// Patience is how long a server may take to answer, and a record that a server is writing to become whole.
	Patience time.Duration
}

// DebianFiles are the files that Debian's init script reads, in its order; none where it does not start this zoo.cfg. It starts the
// one beside which the file environment lies.
func DebianFiles(zooCfg string) []string {
	beside := filepath.Join(filepath.Dir(zooCfg), "environment")
	if _, err := os.Stat(beside); err != nil {
		return nil
	}
	return []string{beside, "/etc/default/zookeeper"}
}

// Report is what Check has found.
type Report struct {
	File     string    `json:"file"`
	Verdict  Level     `json:"verdict"` // the worst level of all findings
	Server   *Server   `json:"server,omitempty"`
	Data     *Data     `json:"data,omitempty"`
	Files    Files     `json:"files"`
	Findings []Finding `json:"findings"`
}

// checker is a Check on its way.
type checker struct {
	Source
	*Report
	disk     *readOnly // what FS is
	settings map[string]*config.Setting
}

// Check looks at everything. It ends early, with the error of ctx, when that ends.
func Check(ctx context.Context, src Source) (*Report, error) {
	if src.FS == nil {
		src.FS = disk.OS{}
	}
	files := &readOnly{FS: src.FS}
	src.FS = files
	c := &checker{Source: src, disk: files, Report: &Report{File: src.ZooCfg, Findings: []Finding{}}}
	conf := config.Examine([]string{src.ZooCfg}, src.Environ)
	c.settings = byKey(conf)
	c.configuration(conf)
	c.running(ctx)
	c.initScript(conf)
	c.files()
	if c.text("dataDir") != "" && c.Files.Readable {
		if err := c.data(ctx); err != nil {
			return nil, err
		}
	}
	c.Verdict = c.verdict()
	return c.Report, nil
}

// folders are the two version-2 of the configuration; relative ones lie where the server that runs was started.
func (c *checker) folders() (snapDir, logDir string) {
	const version2 = "version-2"
	dataDir, dataLogDir := c.fromServer("dataDir"), c.fromServer("dataLogDir")
	if dataLogDir == "" {
		dataLogDir = dataDir
	}
	return filepath.Join(dataDir, version2), filepath.Join(dataLogDir, version2)
}

// fromServer is a folder of the configuration as the server that runs sees it.
func (c *checker) fromServer(key string) string {
	dir := c.text(key)
	if dir == "" || filepath.IsAbs(dir) || c.startedWhere() != known {
		return dir
	}
	return filepath.Join(c.Server.cwd, dir)
}
