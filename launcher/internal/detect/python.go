package detect

import (
	"regexp"
	"strings"
)

// pythonServers are the kinds of applications that are found by their source.
var pythonServers = []struct {
	needs   func() *regexp.Regexp // in the lower-case text of a file that lists dependencies
	object  func() *regexp.Regexp // makes the application and assigns it to its group
	command string
}{
	{
		pattern(`\b(fastapi|uvicorn|starlette)\b`),
		pattern(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:FastAPI|Starlette)\(`),
		"uvicorn MODULE:OBJECT",
	},
	{
		pattern(`\bflask\b`),
		pattern(`(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:Flask|create_app)\(|^def create_app\(`),
		"flask --app MODULE run --debug",
	},
}

var (
	django      = pattern(`django|DJANGO`)
	pythonNeeds = strings.Fields("pyproject.toml requirements.txt Pipfile setup.py setup.cfg")
	pythonFiles = strings.Fields("main.py app.py asgi.py wsgi.py server.py api.py app/main.py app/__init__.py app/app.py api/main.py")
	// The program that runs others in the environment of a lock file.
	pythonRunners = [][2]string{{"uv.lock", "uv"}, {"poetry.lock", "poetry"}, {"Pipfile.lock", "pipenv"}, {"Pipfile", "pipenv"}}
)

// python proposes the server of a Python project: Django, an ASGI application or
// Flask.
func (s *scan) python(f *folder) {
	if f.contains("manage.py", django()) {
		s.propose(f.called(""), Proposal{Command: f.inEnvironment("python", "manage.py", "runserver"), Dir: f.path, Why: f.file("manage.py")})
		return
	}
	needs := ""
	for _, name := range pythonNeeds {
		text, _ := f.read(name)
		needs += strings.ToLower(text) + "\n"
	}
	for _, server := range pythonServers {
		if !server.needs().MatchString(needs) {
			continue
		}
		for _, file := range pythonFiles {
			text, _ := f.read(file)
			match := server.object().FindStringSubmatch(text)
			if match == nil {
				continue
			}
			module := strings.TrimSuffix(strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", "."), ".__init__")
			command := strings.NewReplacer("MODULE", module, "OBJECT", match[1]).Replace(server.command)
			s.propose(f.called(""), Proposal{Command: f.inEnvironment(strings.Fields(command)...), Dir: f.path, Why: f.file(file)})
			return
		}
	}
}

// inEnvironment returns the command as it runs in the project's own environment,
// if it has one.
func (f *folder) inEnvironment(command ...string) []string {
	for _, lock := range pythonRunners {
		if f.has(lock[0]) {
			return append([]string{lock[1], "run"}, command...)
		}
	}
	for _, bin := range []string{".venv/bin/", "venv/bin/"} {
		if f.exists(bin + command[0]) {
			command[0] = bin + command[0]
			return command
		}
	}
	if command[0] == "python" {
		command[0] = "python3"
	}
	return command
}
