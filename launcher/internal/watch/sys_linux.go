package watch

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openDir opens a folder for listing. It fails on everything else without
// blocking, if something else has taken the folder's place.
func openDir(path string) (*os.File, error) {
	return open(path, unix.O_DIRECTORY)
}

// openFile opens a file for reading. It does not follow a symbolic link, does
// not block on a named pipe, and leaves the access time alone where it may.
func openFile(path string, follow bool) (*os.File, error) {
	flags := unix.O_NOATIME | unix.O_NONBLOCK
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	f, err := open(path, flags)
	if errors.Is(err, unix.EPERM) { // O_NOATIME is for the owner
		f, err = open(path, flags&^unix.O_NOATIME)
	}
	return f, err
}

func open(path string, flags int) (*os.File, error) {
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|flags, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), path), nil
		}
		if err != unix.EINTR {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// lstat and the functions like it return kindAbsent for a missing path.

func lstat(path string) (meta, error) {
	var st unix.Stat_t
	err := unix.Lstat(path, &st)
	return metaOf(&st, err, "lstat", path)
}

func stat(path string) (meta, error) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return metaOf(&st, err, "stat", path)
}

func fstat(f *os.File) (meta, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(f.Fd()), &st)
	return metaOf(&st, err, "stat", f.Name())
}

// lstatIn is lstat of an entry of an open folder.
func lstatIn(dir *os.File, name string) (meta, error) {
	var st unix.Stat_t
	err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return metaOf(&st, err, "lstat", name)
}

func metaOf(st *unix.Stat_t, err error, op, path string) (meta, error) {
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return meta{}, nil
	default:
		return meta{}, &os.PathError{Op: op, Path: path, Err: err}
	}
	m := meta{kind: kindOther, size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(), dev: uint64(st.Dev), ino: st.Ino}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		m.kind, m.exec = kindFile, st.Mode&0o111 != 0
	case unix.S_IFDIR:
		m.kind = kindDir
	case unix.S_IFLNK:
		m.kind = kindLink
	}
	return m, nil
}

// openElsewhere reports whether a process has the file open for writing or
// mapped for it. Linkers write through a mapping, which inotify does not
// report. A read lease is granted only when there is no writer (fcntl(2),
// F_SETLEASE); it is given back at once. Without the right to a lease the
// result is false.
func openElsewhere(path string) bool {
	f, err := openFile(path, true)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		_, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return err == unix.EAGAIN
}

// birth is when a file was created, in Unix nanoseconds; 0 where the file system does
// not say.
func birth(path string) int64 {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
}
