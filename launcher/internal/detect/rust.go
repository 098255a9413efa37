package detect

import "slices"

// rust proposes a Cargo package that has a program.
func (s *scan) rust(f *folder) {
	if !f.has("Cargo.toml") {
		return
	}
	text, ok := f.read("Cargo.toml")
	if !ok {
		return
	}
	name := ""
	for key, value := range section(text, "package") {
		if key == "name" {
			name = tomlString(value)
		}
	}
	program := f.exists("src/main.rs")
	for range section(text, "[bin]") {
		program = true
	}
	if name == "" || !program {
		return
	}
	p := Proposal{Command: []string{"cargo", "run"}, Dir: f.path, Why: f.file("Cargo.toml")}
	servers := []string{"axum", "actix-web", "rocket", "warp", "hyper", "poem", "salvo", "tide", "tonic", "tiny_http", "rouille", "gotham", "ntex"}
	serves := f.contains("src/main.rs", "TcpListener")
	for key := range section(text, "dependencies") {
		serves = serves || slices.Contains(servers, key)
	}
	for _, server := range servers {
		for range section(text, "dependencies."+server) {
			serves = true
		}
	}
	if !serves {
		p.Doubt = "it seems to listen nowhere"
	}
	s.propose(f.called(name), p)
}
