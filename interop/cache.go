package interop

import (
	"fmt"
	"os"
	"path/filepath"
)

// Cache is the folder that install.sh fills with foreign programs.
type Cache struct {
	dir string
}

// FindCache returns the folder named by PADDOCK_TEST_CACHE, or .cache at the root of the repository.
func FindCache() (Cache, error) {
	dir := os.Getenv("PADDOCK_TEST_CACHE")
	if dir == "" {
		root, err := RepoRoot()
		if err != nil {
			return Cache{}, err
		}
		dir = filepath.Join(root, ".cache")
	}
	for _, need := range []string{"apache/lib", "python/kazoo", "bin/session-c", "bin/session-java/Session.class", "bin/sasl-java/Mutual.class", "node/node_modules/playwright-core"} {
		if _, err := os.Stat(filepath.Join(dir, need)); err != nil {
			return Cache{}, fmt.Errorf("interop: the foreign clients are not installed, run interop/install.sh: %w", err)
		}
	}
	return Cache{dir: dir}, nil
}

// RepoRoot returns the nearest folder at or above the working directory that has a go.mod.
func RepoRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("interop: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("interop: no go.mod at or above the working directory")
		}
		dir = up
	}
}

// ApacheJars returns the folder with Apache ZooKeeper and everything it needs.
func (c Cache) ApacheJars() string { return filepath.Join(c.dir, "apache", "lib") }

// JavaClass returns the class path of our own Java program together with Apache's client.
func (c Cache) JavaClass() string {
	return filepath.Join(c.dir, "bin", "session-java") + ":" + filepath.Join(c.ApacheJars(), "*")
}

// SaslClass returns the class path of our Java program for SASL together with Apache's client, KdcClass that of our Kerberos server.
func (c Cache) SaslClass() string {
	return filepath.Join(c.dir, "bin", "sasl-java") + ":" + filepath.Join(c.ApacheJars(), "*")
}

// KdcClass returns the class path of our Kerberos server, which is Apache Kerby's.
func (c Cache) KdcClass() string {
	return filepath.Join(c.dir, "bin", "sasl-java") + ":" + filepath.Join(c.dir, "kerby", "lib", "*")
}

// CProgram returns the path of our own program on the C client.
func (c Cache) CProgram() string { return filepath.Join(c.dir, "bin", "session-c") }

// PythonPath returns the folder that holds kazoo.
func (c Cache) PythonPath() string { return filepath.Join(c.dir, "python") }

// NodeModules returns the folder that holds playwright-core, as node wants it: with a slash at the end.
func (c Cache) NodeModules() string { return filepath.Join(c.dir, "node") + "/" }
