package service

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"devrun/config"
	"devrun/config/dotenv"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/depends"
	"devrun/launcher/internal/watch"
)

// watchRoot is the folder whose files restart the service, "" where none is
// watched unless files are named: / and the home folder hold too much.
func watchRoot(svc config.Service, project address.Project, home string) string {
	if asksForWatch(svc) {
		return svc.Dir
	}
	dirs := []string{project.Dir, svc.Dir}
	if len(svc.Watch.Paths) > 0 { // the default of a file
		dirs = dirs[1:]
	}
	for _, dir := range dirs {
		if dir != home && filepath.Dir(dir) != dir {
			return dir
		}
	}
	return ""
}

// asksForWatch reports whether the user has named files to watch.
func asksForWatch(svc config.Service) bool {
	own := len(svc.Watch.Paths) == 1 && svc.Watch.Paths[0] == "."
	return len(svc.Watch.Include) > 0 || len(svc.Watch.Paths) > 0 && !own
}

// watchSpec is what is watched for the service below root, and in the folders that it
// follows.
func watchSpec(svc config.Service, env Env, root string, followed []depends.Folder) watch.Spec {
	w := svc.Watch
	spec := watch.Spec{Root: root, Settle: w.Settle, ReportIgnored: env.Debug, Never: env.OwnFiles, Apart: apart(svc, env.Others, root, followed)}
	for _, f := range followed {
		if !isIn(f.Dir, root) {
			spec.Paths = append(spec.Paths, f.Dir)
		}
		if f.Main != "" {
			spec.Scripts = append(spec.Scripts, f.Main)
		}
	}
	if rel, err := filepath.Rel(root, env.StateDir); env.StateDir != "" && err == nil && filepath.IsLocal(rel) {
		spec.Ignore = append(spec.Ignore, filepath.ToSlash(rel))
	}
	paths := w.Paths
	if len(paths) == 0 {
		paths = []string{"."}
	}
	for _, dir := range paths {
		dir = filepath.ToSlash(relativeTo(root, dir))
		for _, glob := range w.Ignore {
			spec.Ignore = append(spec.Ignore, under(dir, glob))
		}
		switch {
		case len(w.Include) > 0 || dir == ".":
		case isGlob(root, dir):
			spec.Include = append(spec.Include, everythingIn(dir))
			spec.Paths = appendNamed(spec.Paths, root, dir)
		default:
			spec.Include = append(spec.Include, dir)
			spec.Paths = append(spec.Paths, filepath.FromSlash(dir))
		}
		for _, glob := range w.Include {
			glob = under(dir, relativeTo(root, glob))
			spec.Include = append(spec.Include, glob)
			spec.Paths = appendNamed(spec.Paths, root, glob)
		}
	}
	for _, file := range address.EnvFiles(svc) {
		if !dotenv.IsPipe(file) {
			spec.Files = append(spec.Files, file)
		}
	}
	if len(svc.Build) > 0 {
		return spec
	}
	if exe := executable(svc, root, env.Project.Dir); exe != "" {
		spec.Files = append(spec.Files, exe)
	}
	for _, file := range runFiles(svc.Command, svc.Dir) {
		if isOwn(file, svc, root, env.Project.Dir) {
			spec.Scripts = append(spec.Scripts, file)
		}
	}
	return spec
}

// relativeTo is a path of the service as it is seen from root: relative ones are
// meant from the service's folder, which is root where there are any.
func relativeTo(root, path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(root, path); err == nil {
		return rel
	}
	return path
}

// under is a glob within a watched folder. One that holds at every depth of the
// folder needs ** once the folder's path is put in front.
func under(dir, glob string) string {
	glob = filepath.ToSlash(glob)
	switch {
	case dir == ".":
		return glob
	case !strings.Contains(glob, "/"):
		return path.Join(dir, "**", glob)
	}
	return path.Join(dir, glob)
}

// everythingIn is the glob of all files in the folders that a glob matches.
func everythingIn(glob string) string { return strings.TrimSuffix(glob, "/**") + "/**" }

// isGlob reports whether a path has wildcards. What exists in root under that very
// name is meant literally.
func isGlob(root, path string) bool {
	if !strings.ContainsAny(path, wildcards) {
		return false
	}
	_, err := os.Lstat(filepath.Join(root, filepath.FromSlash(path)))
	return err != nil
}

const wildcards = `*?[{\`

func appendNamed(paths []string, root, glob string) []string {
	if named := namedBy(root, glob); named != "" {
		return append(paths, named)
	}
	return paths
}

// namedBy is the file or folder that a glob names, since it has no wildcard or
// such a path exists; or the folder beside the root that one with wildcards leads
// to; else "".
func namedBy(root, glob string) string {
	wild := strings.IndexAny(glob, wildcards)
	switch {
	case !isGlob(root, glob):
		return filepath.FromSlash(path.Clean(glob))
	case strings.HasPrefix(glob, "../"):
		return filepath.FromSlash(path.Dir(glob[:wild] + "x"))
	}
	return ""
}

func absoluteIn(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// executable is the command's own file when it lies in root, in the project's
// folder or in the service's; else "".
func executable(svc config.Service, root, project string) string {
	name := svc.Command[0]
	if !strings.ContainsAny(name, `/\`) || strings.Contains(name, "{") {
		return ""
	}
	if file := absoluteIn(svc.Dir, name); isOwn(file, svc, root, project) {
		return file
	}
	return ""
}

// isOwn reports whether a file lies in root, in the project's folder or in the
// service's, and has no placeholder in its name.
func isOwn(file string, svc config.Service, root, project string) bool {
	return !strings.Contains(file, "{") && (isIn(file, root) || isIn(file, project) || isIn(file, svc.Dir))
}
