package detect

// php proposes what serves a PHP project: Laravel, or PHP's own server.
func (s *scan) php(f *folder) {
	if !f.has("composer.json") {
		return
	}
	switch {
	case f.has("artisan"):
		s.propose(f.called("web"), Proposal{Command: []string{"php", "artisan", "serve"}, Dir: f.path, Why: f.file("artisan")})
	case f.exists("public/index.php"):
		s.propose(f.called("web"), Proposal{Command: []string{"php", "-S", "{host}:{port}", "-t", "public"}, Dir: f.path, Why: f.file("public/index.php")})
	case f.has("index.php"):
		s.propose(f.called("web"), Proposal{Command: []string{"php", "-S", "{host}:{port}"}, Dir: f.path, Why: f.file("index.php")})
	}
}
