package framework

import (
	"slices"
	"strings"
)

// turbo runs a script of the one package that has it, or that --filter names. What
// follows "--" goes to the script; PORT does not, unless turbo.json names it
// (turborepo.com/docs/crafting-your-repository/using-environment-variables).
func turbo(argv []string, dir string, depth int) (target, bool) {
	return task(argv, dir, depth, runner{
		exec: "run watch", filters: "-F --filter", dirs: "--cwd",
		takes: "--concurrency --env-mode --ui --log-order --log-prefix --output-logs --cache-dir --team --token --api --cache --summarize --verbosity --scope",
	})
}

// lerna is like turbo, without hiding anything (lerna.js.org/docs/api-reference/commands).
func lerna(argv []string, dir string, depth int) (target, bool) {
	return task(argv, dir, depth, runner{exec: "run", filters: "--scope", takes: "--ignore --concurrency --since --loglevel"})
}

// task is the script that a runner of tasks starts in one package of a workspace.
func task(argv []string, dir string, depth int, r runner) (target, bool) {
	at, own, rest := site{dir: dir}, []string(nil), len(argv)
	for i := 1; i < len(argv); {
		n, known := r.flag(argv, i, &at)
		switch {
		case argv[i] == "--":
			rest = i + 1
			i = len(argv)
			continue
		case !known && !strings.HasPrefix(argv[i], "-"):
			own = append(own, argv[i])
		}
		i += n
	}
	verbs := strings.Fields(r.exec)
	if len(own) > 0 && slices.Contains(verbs, own[0]) {
		own = own[1:]
	} else if len(verbs) < 2 {
		return target{at: -1}, true // lerna needs its verb
	}
	around := place(nil, argv, 1)
	if len(own) != 1 {
		return target{at: -1, hider: hider(r, around)}, true
	}
	at.all = len(at.filters) == 0
	home, ok := at.home(own[0])
	if !ok {
		return target{at: -1, hider: hider(r, around)}, true
	}
	s, _ := inPackage(home, own[0], dir)
	t, ok := s.run(argv[rest:], 0, rest, depth)
	if rest == len(argv) && !slices.Contains(argv, "--") {
		t = t.behind([]string{"--"})
	}
	t.hider = hider(r, around)
	return t, ok
}

// hider is the target of turbo itself, nil for a runner that hides nothing.
func hider(r runner, around target) *target {
	if !strings.Contains(r.exec, "watch") {
		return nil
	}
	return &around
}

// serveTarget is what nx serves. Its executors reload by themselves
// (nx.dev/technologies, "serve").
var serveTarget = &Framework{Name: "nx serve", Form: Nowhere, Reload: "yes"}

// nx runs a target of a project: a script of its package.json, or what a plugin makes
// of its config. Which words reach it depends on the plugin.
func nx(argv []string, dir string, depth int) (target, bool) {
	own := plain(argv[1:], "-c --configuration --output-style -p --project --projects")
	if len(own) == 0 {
		return target{at: -1}, true
	}
	goal, project := own[0], ""
	if len(own) > 1 {
		project = own[1]
	}
	if goal == "run" {
		parts := strings.Split(project, ":")
		if len(parts) < 2 {
			return target{at: -1}, true
		}
		project, goal = parts[0], parts[1]
	}
	if project != "" {
		if home, ok := (site{dir: dir, filters: []string{project}}).home(goal); ok {
			s, _ := inPackage(home, goal, dir)
			t, ok := s.run(nil, 0, 0, depth)
			return t.deaf(), ok
		}
	}
	if slices.Contains([]string{"serve", "dev"}, goal) {
		return target{row: serveTarget, at: -1}, true
	}
	return target{at: -1}, true
}

// denoWatch starts a file again when it changes (deno run --help).
var denoWatch = &Framework{Name: "deno --watch", Form: Nowhere, Port: "--port", Passes: true, Reload: "--watch --watch-hmr"}

// deno runs a task, a file, or a package of npm.
func deno(argv []string, dir string, depth int) (target, bool) {
	r := runner{
		takes: "-c --config --import-map --lock --node-modules-dir --host --port --cert --seed --v8-flags -L --log-level --preload -f --filter",
		dirs:  "--cwd",
	}
	at, verb := site{dir: dir}, ""
	for i := 1; i < len(argv); {
		n, known := r.flag(argv, i, &at)
		switch word := argv[i]; {
		case known || strings.HasPrefix(word, "-"):
			i += n
			continue
		case verb == "" && slices.Contains([]string{"task", "run", "serve"}, word):
			verb = word
		case verb == "task":
			s, ok := denoTask(at.dir, word)
			if !ok {
				return target{}, false
			}
			return s.run(argv[i+1:], 0, i+1, depth)
		default:
			t := place(nil, argv, i+1)
			t.at = len(argv)
			if strings.HasPrefix(word, "npm:") {
				t.row = lookup(word, argv[i+1:])
			}
			if _, watch := find(argv[1:i], denoWatch.Reload); watch && t.row == nil {
				t.row, t.args, t.typed = denoWatch, argv[1:], len(argv)-1
			}
			return t, true
		}
		i += n
	}
	return target{at: -1}, true
}
