package cmdline

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"devrun/launcher/internal/proc"
)

// pathOf returns the name under which an inherited file was opened.
func pathOf(f *os.File) (string, error) {
	return os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
}

// pipelineLength bounds the programs that output is followed through.
const pipelineLength = 8

// downstream returns a function that finds the files which the programs behind the
// streams write, such as "devrun … | tee out.txt". It is nil if no stream is a pipe.
func downstream(streams ...*os.File) func() []string {
	var pipes []string
	for _, stream := range streams {
		if name, err := pathOf(stream); err == nil && strings.HasPrefix(name, "pipe:") && !slices.Contains(pipes, name) {
			pipes = append(pipes, name)
		}
	}
	if pipes == nil {
		return nil
	}
	return func() []string { return writtenBehind(pipes) }
}

// writtenBehind follows pipes through the programs that read them.
func writtenBehind(pipes []string) []string {
	var files []string
	seen := map[int]bool{os.Getpid(): true}
	for range pipelineLength {
		var next []string
		pids, _ := proc.PIDs() // none where /proc cannot be read
		for _, pid := range pids {
			if seen[pid] || !readsFrom(pid, pipes) {
				continue
			}
			seen[pid] = true
			_ = proc.OpenFiles(pid, func(fd, target string) bool {
				switch {
				case !proc.Writable(pid, fd):
				case strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/dev/"):
					files = append(files, target)
				case strings.HasPrefix(target, "pipe:") && !slices.Contains(pipes, target):
					next = append(next, target)
				}
				return true
			})
		}
		if pipes = next; len(pipes) == 0 {
			break
		}
	}
	return files
}

// readsFrom reports whether a process has the reading end of one of the pipes open.
func readsFrom(pid int, pipes []string) bool {
	found := false
	_ = proc.OpenFiles(pid, func(fd, target string) bool {
		found = slices.Contains(pipes, target) && !proc.Writable(pid, fd)
		return !found
	})
	return found
}
