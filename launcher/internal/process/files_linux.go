package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

// inode identifies a file on its file system.
type inode struct{ dev, ino uint64 }

// Writers returns, by file, a process of the tree that has it open for writing.
// Files are absolute paths. It asks /proc/PID/fd and fdinfo, see proc(5), so a file
// that was opened, written and closed again in a moment is not found.
func (v View) Writers(files []string) map[string]Member {
	wanted, names := map[inode]string{}, map[string]bool{}
	for _, file := range files {
		if id, ok := inodeOf(file); ok {
			wanted[id], names[filepath.Base(file)] = file, true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	found := map[string]Member{}
	for _, m := range v.members {
		dir := "/proc/" + strconv.Itoa(m.PID)
		_ = proc.OpenFiles(m.PID, func(fd, target string) bool {
			if !strings.HasPrefix(target, "/") || !names[filepath.Base(target)] {
				return true
			}
			if id, ok := inodeOf(dir + "/fd/" + fd); ok && wanted[id] != "" && proc.Writable(m.PID, fd) {
				found[wanted[id]] = m
			}
			return true
		})
	}
	return found
}

// SeesWatches reports whether Watchers can find out who watches a file on this system.
const SeesWatches = true

// Watchers returns, by file, a process that watches the file or its folder by
// inotify(7), so that it can take a change in by itself. Of the tree only the process
// listener and its ancestors are asked, since another, such as a compiler that runs
// beside the server, does not make the server new; all of them if listener is not in
// the tree. Files are absolute paths.
func (v View) Watchers(files []string, listener int) map[string]Member {
	found := map[string]Member{}
	for _, m := range lineage(v.members, listener) {
		watched := watchedInodes(m.PID)
		if len(watched) == 0 {
			continue
		}
		for _, file := range files {
			for _, path := range []string{file, filepath.Dir(file)} {
				if id, ok := inodeOf(path); ok && (watched[id] || watched[inode{ino: id.ino}] && hasPrivateNumbers(path)) {
					found[file] = m
				}
			}
		}
	}
	return found
}

// lineage returns a process of the tree and its ancestors in it; all members if it is
// none.
func lineage(members []Member, pid int) []Member {
	byPID := make(map[int]Member, len(members))
	for _, m := range members {
		byPID[m.PID] = m
	}
	var line []Member
	for m, in := byPID[pid]; in && len(line) <= len(members); m, in = byPID[m.PPID] {
		line = append(line, m)
	}
	if line == nil {
		return members
	}
	return line
}

// watchedInodes returns what a process watches by inotify, each also without its
// device, for file systems whose device numbers are not those of stat(2).
func watchedInodes(pid int) map[inode]bool {
	watched := map[inode]bool{}
	_ = proc.OpenFiles(pid, func(fd, target string) bool {
		if target != "anon_inode:inotify" && target != "inotify" {
			return true
		}
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + fd)
		for line := range bytes.Lines(text) {
			if id, ok := parseInotify(string(line)); ok {
				watched[id], watched[inode{ino: id.ino}] = true, true
			}
		}
		return true
	})
	return watched
}

// parseInotify reads a line such as "inotify wd:1 ino:2ec9 sdev:800013 mask:…" of
// /proc/PID/fdinfo. The device is the kernel's own number, with 20 bits for its
// minor part.
func parseInotify(line string) (id inode, ok bool) {
	rest, ok := strings.CutPrefix(line, "inotify ")
	if !ok {
		return id, false
	}
	for field := range strings.FieldsSeq(rest) {
		key, value, _ := strings.Cut(field, ":")
		n, err := strconv.ParseUint(value, 16, 64)
		switch {
		case key == "ino" && err == nil:
			id.ino = n
		case key == "sdev" && err == nil:
			id.dev = unix.Mkdev(uint32(n>>20), uint32(n&(1<<20-1)))
		}
	}
	return id, id.ino != 0
}

// hasPrivateNumbers reports whether the device numbers that stat(2) gives for files
// of this file system differ from those that the kernel has for it.
func hasPrivateNumbers(path string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(path, &fs) != nil {
		return false
	}
	return fs.Type == unix.OVERLAYFS_SUPER_MAGIC || fs.Type == unix.BTRFS_SUPER_MAGIC
}

// InMemory reports whether a file is on a file system in memory, whose bytes View.Output
// does not count as stored.
func InMemory(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && (fs.Type == unix.TMPFS_MAGIC || fs.Type == unix.RAMFS_MAGIC)
}

func inodeOf(path string) (inode, bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return inode{}, false
	}
	return inode{uint64(st.Dev), st.Ino}, true
}
