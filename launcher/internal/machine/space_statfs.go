//go:build linux || darwin

package machine

import "golang.org/x/sys/unix"

func (f *Folder) askSpace() {
	var st unix.Statfs_t
	if unix.Statfs(f.Path, &st) != nil {
		return
	}
	f.Free = int64(st.Bavail) * int64(st.Bsize)
	if st.Files > 0 { // some file systems have no such limit
		f.FreeIDs = int64(st.Ffree)
	}
}
