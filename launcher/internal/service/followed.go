package service

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/depends"
	"devrun/launcher/internal/diag"
)

// followed are the folders beside the service's own whose files restart it, since its
// code depends on them; none where the user has named what to watch. The folders of
// other services are among them only if the code names those.
func followed(svc config.Service, env Env, root string) []depends.Folder {
	if asksForWatch(svc) {
		return nil
	}
	return slices.DeleteFunc(dependencies(svc, env), func(f depends.Folder) bool {
		another := slices.ContainsFunc(env.Others, func(other string) bool {
			return isIn(f.Dir, other) && !isIn(svc.Dir, other)
		})
		return another && !f.Named || !another && isIn(f.Dir, root)
	})
}

// dependencies are the folders that the service's code depends on, with the paths that
// they have in the project's folder, where that is reached by a symbolic link.
func dependencies(svc config.Service, env Env) []depends.Folder {
	venv := ""
	for _, variable := range env.Environ {
		if value, ok := strings.CutPrefix(variable, "VIRTUAL_ENV="); ok {
			venv = value
		}
	}
	folders := depends.On(svc.Dir, diag.Home(), venv)
	real, err := filepath.EvalSymlinks(env.Project.Dir)
	if err != nil || real == env.Project.Dir {
		return folders
	}
	for i, f := range folders {
		if rel, err := filepath.Rel(real, f.Dir); err == nil && filepath.IsLocal(rel) {
			folders[i].Dir = filepath.Join(env.Project.Dir, rel)
			if main, err := filepath.Rel(f.Dir, f.Main); err == nil && f.Main != "" {
				folders[i].Main = filepath.Join(folders[i].Dir, main)
			}
		}
	}
	return folders
}

// whyFollowed says what leads to the followed folder that path lies in; "" if it lies
// in none.
func (w *watching) whyFollowed(path string) string {
	if isIn(path, w.root) {
		return ""
	}
	for _, f := range w.followed {
		if isIn(path, f.Dir) {
			return w.svc.Name + " depends on " + shorten(f.Dir) + ", see " + shorten(f.Via)
		}
	}
	return ""
}

// WatchedDirs are the folders that the service watches, at least in part; on is false,
// and its own folder is named, if it watches nothing.
func (s *Service) WatchedDirs() (dirs []string, on bool) {
	w := &s.watch
	if w.watcher == nil {
		return []string{s.svc.Dir}, false
	}
	return w.watcher.Dirs(), true
}

// SetOthers makes known where the other services of the file work from now on, whose
// folders this one does not watch. It may be called from any goroutine.
func (s *Service) SetOthers(dirs []string) {
	now := time.Now()
	s.inbox.Put(func() { s.watch.setOthers(dirs, now) })
}
