package detect

import (
	"iter"
	"strconv"
	"strings"
)

// enumerate yields the lines of a text with their numbers, from 1.
func enumerate(text string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		number := 0
		for line := range strings.Lines(text) {
			number++
			if !yield(strconv.Itoa(number), strings.TrimRight(line, "\n")) {
				return
			}
		}
	}
}

// section yields the keys and values of a table in a TOML text: the lines
// "key = value" behind "[table]", as package managers write them. It is no
// reader of TOML: what is written in other ways is not found.
func section(text, table string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		inside := false
		for _, line := range enumerate(text) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "[") {
				head, _, _ := strings.Cut(line, "#")
				inside = strings.TrimSpace(head) == "["+table+"]"
				continue
			}
			key, value, ok := strings.Cut(line, "=")
			if inside && ok && !strings.HasPrefix(line, "#") && !yield(strings.TrimSpace(key), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// tomlString is the text of a value in quotes, "" for any other.
func tomlString(value string) string {
	if len(value) < 2 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	inner, _, ok := strings.Cut(value[1:], value[:1])
	if !ok {
		return ""
	}
	return inner
}
