package detect

import "regexp"

// ruby proposes what serves a Ruby project: Rails, Jekyll, or a config.ru.
func (s *scan) ruby(f *folder) {
	if !f.has("Gemfile") && !f.has("config.ru") {
		return
	}
	gems := ""
	if f.has("Gemfile") {
		gems, _ = f.read("Gemfile")
	}
	needs := func(gem string) bool {
		return regexp.MustCompile(`(?m)^\s*gem\s*\(?\s*["']` + gem + `["']`).MatchString(gems)
	}
	var bundle []string
	if gems != "" {
		bundle = []string{"bundle", "exec"}
	}
	switch {
	case needs("rails") && f.exists("bin/rails"):
		s.propose(f.called("web"), Proposal{Command: []string{"bin/rails", "server"}, Dir: f.path, Why: f.file("bin/rails")})
	case needs("rails"):
		s.propose(f.called("web"), Proposal{Command: append(bundle, "rails", "server"), Dir: f.path, Why: f.file("Gemfile") + " with rails"})
	case needs("jekyll") && f.has("_config.yml"):
		s.propose(f.called("site"), Proposal{Command: append(bundle, "jekyll", "serve"), Dir: f.path, Why: f.file("Gemfile") + " with jekyll"})
	case !f.has("config.ru"):
	case needs("puma"):
		s.propose(f.called("web"), Proposal{Command: append(bundle, "puma", "--bind", "tcp://{host}:{port}"), Dir: f.path, Why: f.file("config.ru")})
	default:
		s.propose(f.called("web"), Proposal{Command: append(bundle, "rackup", "--host", "{host}", "--port", "{port}"), Dir: f.path, Why: f.file("config.ru")})
	}
}
