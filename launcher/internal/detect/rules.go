package detect

import (
	"regexp"
	"slices"
	"strings"
)

// rule proposes a command for a folder with certain files.
type rule struct {
	files   string // all of them must exist
	text    string // a regular expression for the text of the first one; may be empty
	command string
	name    string // in the folder searched, "web" if empty; below it the name of the folder is used
	why     string
}

// rules lists the rules by kind of project. In each list the first that fits wins.
var rules = [][]rule{
	{
		{files: "composer.json artisan", command: "php artisan serve", why: "artisan"},
		{files: "composer.json public/index.php", command: "php -S {host}:{port} -t public", why: "public/index.php"},
		{files: "composer.json index.php", command: "php -S {host}:{port}", why: "index.php"},
		{files: "public/index.php", command: "php -S {host}:{port} -t public", why: "public/index.php"},
	},
	{
		{files: "Gemfile bin/rails", text: gem("rails"), command: "bin/rails server", why: "bin/rails"},
		{files: "Gemfile", text: gem("rails"), command: "bundle exec rails server", why: "Gemfile with rails"},
		{files: "Gemfile _config.yml", text: gem("jekyll"), command: "bundle exec jekyll serve", name: "site", why: "Gemfile with jekyll"},
		{files: "Gemfile config.ru", text: gem("puma"), command: "bundle exec puma --bind tcp://{host}:{port}", why: "config.ru"},
		{files: "Gemfile config.ru", text: `\S`, command: "bundle exec rackup --host {host} --port {port}", why: "config.ru"},
		{files: "config.ru", command: "rackup --host {host} --port {port}", why: "config.ru"},
	},
	{
		{files: "mix.exs", text: `:phoenix\b`, command: "mix phx.server", why: "mix.exs with phoenix"},
	},
}

// plainRules are for a folder in which nothing else was found.
var plainRules = []rule{
	{files: "index.php", command: "php -S {host}:{port}", why: "index.php"},
	{files: "index.html", command: "python3 -m http.server", why: "index.html"},
}

// makefile proposes the target that runs the project, from the file that make reads.
func (s *scan) makefile(f *folder) {
	names := []string{"GNUmakefile", "makefile", "Makefile"}
	if i := slices.IndexFunc(names, f.has); i >= 0 {
		s.byRules(f, []rule{
			{files: names[i], text: target("dev"), command: "make dev", why: names[i] + " target dev"},
			{files: names[i], text: target("run"), command: "make run", why: names[i] + " target run"},
		})
	}
}

func gem(name string) string    { return `(?m)^\s*gem\s*\(?\s*["']` + name + `["']` }
func target(name string) string { return `(?m)^` + name + `[ \t]*::?(?:[^=:]|$)` }

// byRules proposes what the first fitting rule of each list proposes.
func (s *scan) byRules(f *folder, lists ...[]rule) {
	for _, list := range lists {
		if i := slices.IndexFunc(list, f.fits); i >= 0 {
			r := list[i]
			s.propose(f.called(r.name), Proposal{Command: strings.Fields(r.command), Dir: f.path, Why: f.file(r.why)})
		}
	}
}

// fits reports whether a rule applies to the folder.
func (f *folder) fits(r rule) bool {
	files := strings.Fields(r.files)
	for _, name := range files {
		if !f.exists(name) {
			return false
		}
	}
	return r.text == "" || f.contains(files[0], regexp.MustCompile(r.text))
}

var (
	crateName = pattern(`(?m)^name\s*=\s*["']([^"'\n]+)`)
	rustServe = pattern(`(?m)^(?:dependencies\.)?(?:axum|actix-web|rocket|warp|hyper|poem|salvo|tide|tonic|tiny_http|rouille|gotham|ntex)\s*[].=]`)
	rustBind  = pattern(`TcpListener`)
)

// rust proposes a Cargo package with a program.
func (s *scan) rust(f *folder) {
	text, _ := f.read("Cargo.toml")
	name, program, serves := "", f.exists("src/main.rs"), f.contains("src/main.rs", rustBind())
	for section := range strings.SplitSeq("\n"+text, "\n[") {
		match := crateName().FindStringSubmatch(section)
		if match != nil && strings.HasPrefix(section, "package]") {
			name = match[1]
		}
		program = program || strings.HasPrefix(section, "[bin]]")
		serves = serves || strings.HasPrefix(section, "dependencies") && rustServe().MatchString(section)
	}
	if name == "" || !program {
		return
	}
	p := Proposal{Command: []string{"cargo", "run"}, Dir: f.path, Why: f.file("Cargo.toml")}
	if !serves {
		p.Doubt = "it does not seem to listen"
	}
	s.propose(f.called(name), p)
}
