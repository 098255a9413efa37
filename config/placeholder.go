package config

import (
	"iter"
	"strings"
)

// reference is a placeholder such as {db.port}; service is empty in {port}.
type reference struct{ text, service, field string }

// references yields the placeholders in s and skips all other braces, such as those of
// {{port}}, which stands for the text {port}, and of ${port}.
func references(s string) iter.Seq[reference] {
	return func(yield func(reference) bool) {
		for i := 0; i < len(s); i++ {
			if s[i] != '{' {
				continue
			}
			size := strings.IndexAny(s[i+1:], "{}")
			if size < 0 {
				return
			}
			end := i + 1 + size
			kept := i > 0 && (s[i-1] == '$' || s[i-1] == '{' && strings.HasPrefix(s[end:], "}}"))
			if s[end] == '{' || kept {
				continue
			}
			inner := s[i+1 : end]
			ref := reference{text: "{" + inner + "}", field: inner}
			if dot := strings.LastIndexByte(inner, '.'); dot >= 0 {
				ref.service, ref.field = inner[:dot], inner[dot+1:]
				if ref.service == "" || ref.service != CleanName(ref.service) {
					continue
				}
			}
			if (ref.field == "port" || ref.field == "host" || ref.field == "url") && !yield(ref) {
				return
			}
		}
	}
}

// placeholders checks the placeholders in s, once all services are known.
func (r *reader) placeholders(p place, s string) {
	if strings.IndexByte(s, '{') < 0 {
		return
	}
	owner := r.owner
	r.later(func() {
		for ref := range references(s) {
			switch {
			case ref.service == "" && owner != "" && !r.ports[owner] && ref.field != "host":
				r.wrongPart(p, "", "%s cannot be filled in: this service has no port", ref.text)
			case ref.service == "":
			case r.names[ref.service].node == nil:
				r.note(p, Mistake{Rule: ref.text + " refers to a service that is not in this file", Near: r.near(ref.service, r.known)})
			case !r.ports[ref.service] && ref.field != "host":
				r.wrongPart(p, "", "%s cannot be filled in: %s has no port", ref.text, ref.service)
			}
		}
	})
}
