// Package gitenv removes git's own variables from the environment of programs
// started inside a git hook. A service that inherited GIT_DIR or GIT_INDEX_FILE
// and ran git, in any folder, would change the repository and the index of the
// commit in progress.
package gitenv

import (
	"slices"
	"strings"
)

// local lists the variables that belong to one repository, in the order of
// local_repo_env in git's environment.c. GIT_INTERNAL_SUPER_PREFIX ended with git
// 2.40. Variables that describe the user, the invocation or the location of the
// configuration (GIT_AUTHOR_NAME, GIT_EDITOR, GIT_SSH_COMMAND) are not included.
var local = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
	"GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
	"GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
	"GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX",
}

// Scrub returns env, a list of NAME=value, without the variables that "git
// rev-parse --local-env-vars" lists, and without GIT_CONFIG_KEY_n and
// GIT_CONFIG_VALUE_n, which GIT_CONFIG_COUNT counts. It does not change env.
func Scrub(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), isLocal)
}

func isLocal(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	if !strings.HasPrefix(name, "GIT_") {
		return false
	}
	for _, prefix := range []string{"GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"} {
		if number, ok := strings.CutPrefix(name, prefix); ok {
			return number != "" && strings.Trim(number, "0123456789") == ""
		}
	}
	return slices.Contains(local, name)
}
