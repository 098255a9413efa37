package watch

import (
	"os"
	"strings"
)

// polledMounts returns the mount points, with their types, of file systems that
// other machines change unnoticed by this kernel, and of those inside them that
// need no polling. Only mounts that contain one of the paths, or are inside
// one, are checked.
func polledMounts(paths []string) map[string]string {
	mounts := make(map[string]string)
	text, _ := os.ReadFile("/proc/self/mountinfo")
	all := parseMounts(string(text))
	for point, kind := range all {
		if isShared(kind) && concerns(point, paths) {
			mounts[point] = kind
		}
	}
	if len(mounts) == 0 {
		return mounts
	}
	for point := range all {
		if _, ok := mounts[point]; ok {
			continue
		}
		for m := range mounts {
			if inside(point, m) {
				mounts[point] = localMount
				break
			}
		}
	}
	return mounts
}

// isShared goes by the type alone: statfs(2) may hang while a server is away.
// Any file system in user space may have its files elsewhere, except for those
// that only layer or read local ones.
func isShared(kind string) bool {
	switch kind {
	case "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "virtiofs", "9p", "vboxsf", "vmhgfs", "prl_fs",
		"ceph", "lustre", "afs", "coda", "ncpfs", "ocfs2", "gfs2":
		return true
	}
	return strings.HasPrefix(kind, "fuse.") && kind != "fuse.fuse-overlayfs"
}

// FileSystemOf returns the file system of an absolute path without symbolic links.
func FileSystemOf(path string) (FileSystem, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return FileSystem{}, err
	}
	var fs FileSystem
	for point, kind := range parseMounts(string(text)) {
		if inside(path, point) && len(point) > len(fs.Mount) {
			fs = FileSystem{Mount: point, Kind: kind}
		}
	}
	fs.Polled = isShared(fs.Kind)
	return fs, nil
}
