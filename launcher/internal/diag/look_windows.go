package diag

import (
	"io/fs"
	"path/filepath"
	"strings"
)

const kernelReadsScripts = false

// nativeFormat is the format of this system's programs.
const nativeFormat = "PE"

func hasSlash(name string) bool { return strings.ContainsAny(name, `/\:`) }

// mayExecute is always true: there is no such bit.
func mayExecute(string, fs.FileInfo) bool { return true }

// spellings are the path with each extension of PATHEXT, and unchanged if it has
// one.
func spellings(path string, env []string) []string {
	list, ok := lookupEnv(env, "PATHEXT")
	if !ok || list == "" {
		list = ".com;.exe;.bat;.cmd"
	}
	var paths []string
	if filepath.Ext(path) != "" {
		paths = append(paths, path)
	}
	for ext := range strings.SplitSeq(list, ";") {
		if ext != "" {
			paths = append(paths, path+"."+strings.TrimPrefix(ext, "."))
		}
	}
	return paths
}

func sameVariable(a, b string) bool { return strings.EqualFold(a, b) }
