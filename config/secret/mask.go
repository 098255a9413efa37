package secret

import (
	"strings"
	"unicode"
)

// Mask replaces a secret.
const Mask = "***"

// Args masks the values of secret names in a command: --password x, --token=x,
// PASSWORD=x, user:x@ in a URL, Authorization: x, and the same inside a word, as in
// the script of sh -c or a connection string. The number of words stays the same.
// A secret without a name is not recognised.
func Args(argv []string) []string {
	out := make([]string, len(argv))
	var m masker
	for i, word := range argv {
		out[i] = m.word(word)
	}
	return out
}

// masker remembers from one word to the next that a secret follows.
type masker struct {
	next  bool // the next word is a secret
	login bool // the next word may be user:password
}

// word masks one word of a command line.
func (m *masker) word(word string) string {
	secret, login := m.next, m.login
	m.next, m.login = false, false
	flag := looksLikeFlag(word)
	switch {
	case secret && !flag:
		// "Bearer x": the scheme is not a secret, the next word is.
		if scheme(word) {
			m.next = true
			return word
		}
		return hide(word)
	case login && !flag:
		return maskLogin(word)
	case strings.ContainsFunc(word, unicode.IsSpace):
		return Text(word)
	}
	name := strings.Trim(word, `"'`)
	switch bare := strings.TrimLeft(name, "-"); {
	case flag && (word == "-u" || word == "--user"):
		m.login = true
	case strings.HasPrefix(word, "-") && isName(bare) && Name(bare),
		strings.HasSuffix(bare, ":") && Name(strings.TrimSuffix(bare, ":")), scheme(bare):
		m.next = true
		return word
	}
	if name, value, ok := strings.Cut(word, "="); ok && isName(strings.TrimLeft(name, `-"'`)) && Name(name) {
		return name + "=" + hide(value)
	}
	return maskPairs(maskURLs(word))
}

// hide masks a value. The name of a key file is shown: it only says where the key is.
func hide(value string) string {
	if strings.HasSuffix(value, ".pem") || strings.HasSuffix(value, ".key") {
		return value
	}
	return Mask
}

// Text masks the values of secret names in a text, such as a script or a header.
func Text(text string) string {
	if name, rest, ok := strings.Cut(text, ":"); ok && isName(name) && Name(name) && rest != "" {
		return name + ": " + Mask
	}
	var b strings.Builder
	var m masker
	for text != "" {
		space := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
		b.WriteString(text[:space])
		text = text[space:]
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		if end > 0 {
			b.WriteString(m.word(text[:end]))
		}
		text = text[end:]
	}
	return b.String()
}

// maskURLs masks the password in scheme://user:password@host, and in
// user:password@tcp(host) as some drivers write it.
func maskURLs(word string) string {
	start := strings.Index(word, "://")
	if start >= 0 {
		start += len("://")
	} else {
		start = strings.LastIndexByte(word, '=') + 1
	}
	rest := word[start:]
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		// The host ends here, unless this is a password that should have been
		// escaped; host:port is not one.
		_, port, ok := strings.Cut(rest[:end], ":")
		if !ok || strings.Trim(port, "0123456789") == "" || strings.Contains(rest[:end], "@") {
			rest = rest[:end]
		}
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return word
	}
	user, password, ok := strings.Cut(rest[:at], ":")
	switch {
	case ok && password != "":
		return word[:start] + user + ":" + Mask + word[start+at:]
	case !ok && start >= len("://") && len(user) >= 20: // A token in place of the user.
		return word[:start] + Mask + word[start+at:]
	}
	return word
}

// maskPairs masks values inside a word: Password=x; in a connection string,
// ?token=x in a URL, "secret":"x" in JSON.
func maskPairs(word string) string {
	for i := 0; i < len(word); i++ {
		if word[i] != '=' && word[i] != ':' {
			continue
		}
		name := strings.TrimRight(word[:i], `"'`)
		if cut := strings.LastIndexFunc(name, func(r rune) bool { return !nameRune(r) }); cut >= 0 {
			name = name[cut+1:]
		}
		value := strings.TrimLeft(word[i+1:], `"'`)
		if name == "" || value == "" || strings.HasPrefix(value, "//") || !Name(name) {
			continue
		}
		from := len(word) - len(value)
		to := len(word)
		if end := strings.IndexAny(value, `;&,"'}`); end >= 0 {
			to = from + end
		}
		word = word[:from] + Mask + word[to:]
		i = from + len(Mask) - 1
	}
	return word
}

// maskLogin masks the password of user:password; -u 1000:1000 has none.
func maskLogin(word string) string {
	user, password, ok := strings.Cut(word, ":")
	if !ok || strings.Trim(password, "0123456789") == "" {
		return word
	}
	return user + ":" + Mask
}

// scheme reports whether word introduces a secret in an Authorization header.
func scheme(word string) bool {
	return strings.EqualFold(word, "bearer") || strings.EqualFold(word, "basic")
}

// looksLikeFlag reports whether word is more likely a flag than a value: -x, --long.
func looksLikeFlag(word string) bool {
	if len(word) == 2 {
		return word[0] == '-'
	}
	return len(word) > 2 && strings.HasPrefix(word, "--") && unicode.IsLetter(rune(word[2]))
}

// isName reports whether s could be the name of a flag, variable or header.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !nameRune(r) })
}

func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.'
}
