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
	},
	{
		{files: "Gemfile bin/rails", text: gem("rails"), command: "bin/rails server", why: "bin/rails"},
		{files: "Gemfile", text: gem("rails"), command: "bundle exec rails server", why: "Gemfile with rails"},
		{files: "Gemfile _config.yml", text: gem("jekyll"), command: "bundle exec jekyll serve", name: "site", why: "Gemfile with jekyll"},
		{files: "Gemfile config.ru", text: gem("puma"), command: "bundle exec puma --bind tcp://{host}:{port}", why: "config.ru"},
		{files: "Gemfile config.ru", command: "bundle exec rackup --host {host} --port {port}", why: "config.ru"},
		{files: "config.ru", command: "rackup --host {host} --port {port}", why: "config.ru"},
	},
}

// makeRules are for a project without anything else, in the order in which make
// looks for its file.
var makeRules = []rule{
	{files: "GNUmakefile", text: target("dev"), command: "make dev", why: "GNUmakefile target dev"},
	{files: "GNUmakefile", text: target("run"), command: "make run", why: "GNUmakefile target run"},
	{files: "makefile", text: target("dev"), command: "make dev", why: "makefile target dev"},
	{files: "makefile", text: target("run"), command: "make run", why: "makefile target run"},
	{files: "Makefile", text: target("dev"), command: "make dev", why: "Makefile target dev"},
	{files: "Makefile", text: target("run"), command: "make run", why: "Makefile target run"},
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
	crate     = regexp.MustCompile(`(?m)^\[package\][^\[]*\nname\s*=\s*["']([^"'\n]+)`)
	rustServe = regexp.MustCompile(`(?m)^(?:\[dependencies\.)?(?:axum|actix-web|rocket|warp|hyper|poem|salvo|tide|tonic|tiny_http|rouille|gotham|ntex)\s*[].=]`)
	rustBind  = regexp.MustCompile(`TcpListener`)
)

// rust proposes a Cargo package with a program.
func (s *scan) rust(f *folder) {
	text, _ := f.read("Cargo.toml")
	name := crate.FindStringSubmatch(text)
	if name == nil || !f.exists("src/main.rs") && !strings.Contains(text, "\n[[bin]]") {
		return
	}
	p := Proposal{Command: []string{"cargo", "run"}, Dir: f.path, Why: f.file("Cargo.toml")}
	if !rustServe.MatchString(text) && !f.contains("src/main.rs", rustBind) {
		p.Doubt = "it does not seem to listen"
	}
	s.propose(f.called(name[1]), p)
}
