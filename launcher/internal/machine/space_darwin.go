package machine

import "golang.org/x/sys/unix"

func (f *Folder) askSpace() {
	var st unix.Statfs_t
	if unix.Statfs(f.Path, &st) != nil {
		return
	}
	f.Free = int64(st.Bavail) * int64(st.Bsize)
}
