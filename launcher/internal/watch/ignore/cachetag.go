package ignore

import (
	"io"
	"os"
	"path/filepath"
)

// cacheSignature begins the CACHEDIR.TAG of a folder that holds only what can be
// made again (https://bford.info/cachedir/), such as cargo's target.
const cacheSignature = "Signature: 8a477f597d28d172789f06886806bc55"

// Names of the files that mark a folder, whatever its name is, as one that a tool
// has made.
const (
	cacheTag    = "CACHEDIR.TAG"
	venvTag     = "pyvenv.cfg" // of a virtual environment of Python (PEP 405)
	postgresTag = "PG_VERSION" // of a data directory (postgresql.org/docs/current/storage-file-layout.html)
	mongoTag    = "WiredTiger" // of the storage of mongod
	mysqlTag    = "ibdata1"    // of InnoDB: mysqld and mariadbd
)

// plainTags are those that mark a folder by their name alone.
var plainTags = []string{venvTag, postgresTag, mongoTag, mysqlTag}

// tagOf returns the name of the file that marks dir, or "".
func tagOf(dir string) string {
	for _, name := range plainTags {
		if isRegular(filepath.Join(dir, name)) {
			return name
		}
	}
	path := filepath.Join(dir, cacheTag)
	if !isRegular(path) {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text := make([]byte, len(cacheSignature))
	if _, err := io.ReadFull(f, text); err != nil || string(text) != cacheSignature {
		return ""
	}
	return cacheTag
}

func isRegular(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && fi.Mode().IsRegular()
}
