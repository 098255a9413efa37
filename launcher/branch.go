package launcher

import (
	"os"
	"path/filepath"
	"strings"
)

// maxGitFile bounds what is read of git's own small files.
const maxGitFile = 4096

// gitBranch is the branch that is checked out in the work tree around dir, the
// beginning of the commit's name where it is none, and empty outside of one.
// The format is gitrepository-layout(5).
func gitBranch(dir string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	for at := dir; ; at = filepath.Dir(at) {
		git := filepath.Join(at, ".git")
		if info, err := os.Stat(git); err == nil {
			if !info.IsDir() {
				target, ok := strings.CutPrefix(readSmall(git), "gitdir: ")
				if !ok {
					return ""
				}
				if git = target; !filepath.IsAbs(git) {
					git = filepath.Join(at, git)
				}
			}
			return branchOf(readSmall(filepath.Join(git, "HEAD")))
		}
		if filepath.Dir(at) == at {
			return ""
		}
	}
}

// branchOf reads the text of HEAD.
func branchOf(head string) string {
	if ref, ok := strings.CutPrefix(head, "ref: "); ok {
		return strings.TrimPrefix(ref, "refs/heads/")
	}
	const shortCommit = 7
	if len(head) >= 40 && strings.Trim(head, "0123456789abcdef") == "" {
		return head[:shortCommit]
	}
	return ""
}

// readSmall returns the text of a regular file without the line end, empty for
// anything else: the folder may be another user's, with a pipe in the place of
// a file.
func readSmall(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxGitFile {
		return ""
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(data), "\r\n")
}
