package diag

import (
	"slices"
	"strings"
	"unicode"
)

const mask = "***"

// MaskArgs replaces the values behind names that look secret by ***: --password
// x, --token=x, PASSWORD=x, user:x@ in a URL, Authorization: x, and the same
// inside a word, as in the script of sh -c or a connection string. There are
// always as many words as before. A secret without a name is not recognised.
func MaskArgs(argv []string) []string {
	out := make([]string, len(argv))
	var m masker
	for i, word := range argv {
		out[i] = m.word(word)
	}
	return out
}

// SecretName reports whether a variable's or flag's name says that its value is
// secret.
func SecretName(name string) bool {
	parts := segments(name)
	if len(parts) == 0 {
		return false
	}
	// --password-file and TOKEN_PATH say where a secret is, not what it is.
	switch parts[len(parts)-1] {
	case "file", "path", "dir", "url", "name", "id", "ttl", "timeout", "length", "policy", "type", "header", "method":
		return false
	}
	for i, part := range parts {
		switch part {
		case "pass", "pwd", "psw", "auth", "authorization", "bearer", "cookie", "jwt", "credential", "credentials", "secrets", "apikey":
			// PWD alone is the working folder.
			return part != "pwd" || len(parts) > 1 || name != "PWD"
		case "key":
			if i > 0 && slices.Contains([]string{"api", "access", "private", "encryption", "signing", "master", "auth", "account", "storage", "service"}, parts[i-1]) {
				return true
			}
		}
		for _, end := range []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "accesskey", "passcode"} {
			if strings.HasSuffix(part, end) {
				return true
			}
		}
	}
	return false
}

// segments are the lower-case parts of a name: dbPassword, DB_PASSWORD and
// db-password are all db and password.
func segments(name string) []string {
	var parts []string
	var part []rune
	end := func() {
		if len(part) > 0 {
			parts = append(parts, string(part))
		}
		part = nil
	}
	var before rune
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
		} else {
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				end()
			}
			part = append(part, unicode.ToLower(r))
		}
		before = r
	}
	end()
	return parts
}

// masker carries from one word to the next that a secret follows.
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
		// "Bearer x": the scheme is no secret, what follows it is.
		if scheme(word) {
			m.next = true
			return word
		}
		return mask
	case login && !flag:
		return maskLogin(word)
	case strings.ContainsFunc(word, unicode.IsSpace):
		return maskText(word)
	}
	name := strings.Trim(word, `"'`)
	switch bare := strings.TrimLeft(name, "-"); {
	case flag && (word == "-u" || word == "--user"):
		m.login = true
	case strings.HasPrefix(word, "-") && isName(bare) && !strings.HasPrefix(bare, "no-") && SecretName(bare),
		strings.HasSuffix(bare, ":") && SecretName(strings.TrimSuffix(bare, ":")), scheme(bare):
		m.next = true
		return word
	}
	if name, _, ok := strings.Cut(word, "="); ok && isName(strings.TrimLeft(name, `-"'`)) && SecretName(name) {
		return name + "=" + mask
	}
	return maskPairs(maskURLs(word))
}

// maskText masks a word that is text itself: a script, a header.
func maskText(text string) string {
	if name, rest, ok := strings.Cut(text, ":"); ok && isName(name) && SecretName(name) && rest != "" {
		return name + ": " + mask
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
		// escaped; what looks like host:port is none.
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
		return word[:start] + user + ":" + mask + word[start+at:]
	case !ok && start >= len("://") && len(user) >= 20: // A token in place of the user.
		return word[:start] + mask + word[start+at:]
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
		if name == "" || value == "" || strings.HasPrefix(value, "//") || !SecretName(name) {
			continue
		}
		from := len(word) - len(value)
		to := len(word)
		if end := strings.IndexAny(value, `;&,"'}`); end >= 0 {
			to = from + end
		}
		word = word[:from] + mask + word[to:]
		i = from + len(mask) - 1
	}
	return word
}

// maskLogin masks the password of user:password, which -u 1000:1000 is not.
func maskLogin(word string) string {
	user, password, ok := strings.Cut(word, ":")
	if !ok || strings.Trim(password, "0123456789") == "" {
		return word
	}
	return user + ":" + mask
}

// scheme reports whether word introduces a secret in an Authorization header.
func scheme(word string) bool {
	return strings.EqualFold(word, "bearer") || strings.EqualFold(word, "basic")
}

// looksLikeFlag reports whether word is rather a flag than a value: -x, --long.
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
