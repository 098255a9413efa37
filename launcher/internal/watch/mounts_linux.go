package watch

import (
	"os"

	"golang.org/x/sys/unix"
)

// polledMounts returns the mount points, with their types, of file systems that
// other machines change unnoticed by this kernel, and of those inside them that
// need no polling. Only mounts that contain one of the paths, or are inside
// one, are checked.
func polledMounts(paths []string) map[string]string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return map[string]string{}
	}
	all := parseMounts(string(text))
	mounts := make(map[string]string)
	for point, kind := range all {
		if mayBeShared(kind) && concerns(point, paths) && isShared(point) {
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

// mayBeShared avoids statfs(2) of the many mounts that are certainly local: it
// may hang while a server is away.
func mayBeShared(kind string) bool {
	switch kind {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "tmpfs", "ramfs", "overlay", "squashfs", "erofs", "iso9660", "vfat", "exfat",
		"proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "mqueue", "debugfs", "tracefs", "securityfs", "bpf", "pstore",
		"autofs", "fuse.fuse-overlayfs", "fusectl", "configfs", "hugetlbfs", "nsfs", "binfmt_misc", "efivarfs", "rpc_pipefs", "fuseblk":
		return false
	}
	return true
}

// isShared goes by the magic number from statfs(2); most are in the kernel's
// include/uapi/linux/magic.h.
func isShared(path string) bool {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return false
	}
	switch uint32(st.Type) {
	case 0x6969, // nfs
		0x517b, 0xff534d42, 0xfe534d42, // smb, cifs, smb2
		0x65735546,             // fuse and virtiofs
		0x01021997,             // 9p
		0x786f4256,             // vboxsf
		0xbacbacbc, 0xbacbacbd, // vmware's hgfs
		0x7c7c6673,             // parallels' prl_fs
		0x00c36400, 0x0bd00bd0, // ceph, lustre
		0x5346414f, 0x6b414653, 0x73757245, 0x564c, // afs, afs, coda, ncp
		0x7461636f, 0x01161970: // ocfs2, gfs2
		return true
	}
	return false
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
	fs.Polled = mayBeShared(fs.Kind) && isShared(fs.Mount)
	return fs, nil
}
