package config

import (
	"strings"
	"testing"
)

func TestParseDocument(t *testing.T) {
	doc, err := ParseDocument([]byte("base: &base {a: 1}\nlist: [x, \"y z\", 3]\nmerged:\n  <<: *base\n  b: !custom 080\n"))
	if err != nil {
		t.Fatal(err)
	}
	var items, keys []string
	for item := range doc.Get("list").Items() {
		items = append(items, item.Text())
	}
	for key, value := range doc.Get("merged").Pairs() {
		keys = append(keys, key+"="+value.Text())
	}
	if got, want := strings.Join(items, "|"), "x|y z|3"; got != want {
		t.Errorf("items %q; want %q", got, want)
	}
	if got, want := strings.Join(keys, "|"), "b=080|a=1"; got != want {
		t.Errorf("pairs %q; want %q", got, want)
	}
	nothing := doc.Get("none").Get("at").Get("all")
	for range nothing.Items() {
		t.Error("a missing value has items")
	}
	if got := nothing.Text() + doc.Text(); got != "" {
		t.Errorf("text %q of a missing value and a mapping; want none", got)
	}
}

func TestParseDocumentErrors(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "# nothing\n": "", "a: [": "is not YAML", "a: \x00": "control character", "[{": "is not YAML",
		strings.Repeat("[", 100): "nested more than 32 levels",
	} {
		_, err := ParseDocument([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v; want %q", text, err, want)
		}
	}
}
