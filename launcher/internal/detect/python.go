package detect

import (
	"regexp"
	"strings"
)

// python proposes what serves a Python project: Django, FastAPI and its like,
// or Flask.
func (s *scan) python(f *folder) {
	runner := f.pythonRunner()
	if f.has("manage.py") && f.contains("manage.py", "django", "DJANGO") {
		command := append(runner, "python", "manage.py", "runserver")
		if len(runner) == 0 {
			command[0] = f.interpreter()
		}
		s.propose(f.called("web"), Proposal{Command: command, Dir: f.path, Why: f.file("manage.py")})
		return
	}
	needs := ""
	for _, name := range []string{"pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg"} {
		if f.has(name) {
			text, _ := f.read(name)
			needs += strings.ToLower(text) + "\n"
		}
	}
	if needs == "" {
		return
	}
	for _, kind := range []struct {
		packages *regexp.Regexp
		object   *regexp.Regexp
		command  func(module, object string) []string
	}{
		{
			regexp.MustCompile(`\b(fastapi|uvicorn|starlette)\b`), regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:FastAPI|Starlette)\(`),
			func(module, object string) []string { return []string{"uvicorn", module + ":" + object} },
		},
		{
			regexp.MustCompile(`\bflask\b`), regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:Flask|create_app)\(|^def create_app\(`),
			func(module, _ string) []string { return []string{"flask", "--app", module, "run"} },
		},
	} {
		if !kind.packages.MatchString(needs) {
			continue
		}
		file, object := f.pythonApp(kind.object)
		if file == "" {
			continue
		}
		module := strings.TrimSuffix(strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", "."), ".__init__")
		s.propose(f.called("web"), Proposal{Command: append(runner, f.script(kind.command(module, object))...), Dir: f.path, Why: f.file(file)})
		return
	}
}

// pythonApp finds the file that makes the application, and the variable that it
// is in.
func (f *folder) pythonApp(object *regexp.Regexp) (file, name string) {
	candidates := []string{"main.py", "app.py", "asgi.py", "wsgi.py", "server.py", "api.py", "app/main.py", "app/__init__.py", "app/app.py", "api/main.py"}
	for _, file := range candidates {
		text, ok := f.read(file)
		if !ok {
			continue
		}
		if match := object.FindStringSubmatch(text); match != nil {
			return file, match[1]
		}
	}
	return "", ""
}

// pythonRunner is what runs a program in the environment that the project's
// lock file belongs to.
func (f *folder) pythonRunner() []string {
	for _, lock := range []struct{ file, runner string }{{"uv.lock", "uv"}, {"poetry.lock", "poetry"}, {"Pipfile.lock", "pipenv"}, {"Pipfile", "pipenv"}} {
		if f.has(lock.file) {
			return []string{lock.runner, "run"}
		}
	}
	return nil
}

// interpreter is the Python of the project's own environment, if it has one.
func (f *folder) interpreter() string {
	for _, path := range []string{".venv/bin/python", "venv/bin/python"} {
		if f.exists(path) {
			return path
		}
	}
	return "python3"
}

// script is a command with the program from the project's own environment, if
// it is there.
func (f *folder) script(command []string) []string {
	for _, dir := range []string{".venv/bin/", "venv/bin/"} {
		if f.exists(dir + command[0]) {
			return append([]string{dir + command[0]}, command[1:]...)
		}
	}
	return command
}
