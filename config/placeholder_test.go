package config

import (
	"slices"
	"testing"
)

func TestReferences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                              nil,
		"no braces":                     nil,
		"{port}":                        {"{port}"},
		"{api.port}":                    {"{api.port}"},
		"a{host}b{db.url}c":             {"{host}", "{db.url}"},
		"{a.b.port}":                    {"{a.b.port}"},
		"${port} ${db.url}":             nil,
		"{{port}} {{{port}}}":           nil,
		"{{port} {port}}":               {"{port}", "{port}"},
		"{ {x.url} }":                   {"{x.url}"},
		"{api.path} {x} {} {.port}":     nil,
		"{API.port} {a b.port} {-.url}": nil,
		`{"a": {"port": 1}}`:            nil,
		"{port":                         nil,
		"port}":                         nil,
		"{{{{{{{{{{port}":               {"{port}"},
	} {
		var got []string
		for ref := range references(text) {
			got = append(got, ref.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("references(%q) = %q; want %q", text, got, want)
		}
	}
}
