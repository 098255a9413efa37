// Package secret decides which values are not to be shown, and masks them.
package secret

import (
	"slices"
	"strings"
	"unicode"
)

// Words of a name, in the singular.
var (
	// secretWords make the value a secret.
	secretWords = strings.Fields("pass pwd psw auth oauth authorization authentication bearer cookie cred credential dsn jwt key private session")
	// secretEnds do so at the end of a word as well: PGPASSWORD, authtoken.
	secretEnds = strings.Fields("password passwd passphrase passcode secret token apikey privatekey accesskey secretkey sessionid sessid")
	// about, as the last word, says something about a secret or where it is.
	about = strings.Fields("algorithm count dir domain driver email enabled expiry file format header host id length limit lifetime max method min mode name path policy port prefix provider rotation server service size sock socket store through timeout ttl type url user username version")
	// harmless, as the first word, does so as well: max-tokens, PUBLIC_KEY.
	harmless = strings.Fields("foreign max min no num primary public sort")
)

// Name reports whether a variable, flag, header or key of this name holds a
// secret. Whole words count: KEY, api-key and apiKey do, KEYBOARD does not.
func Name(name string) bool {
	if name == "PWD" || name == "OLD_PWD" {
		return false // the working folder
	}
	words := split(name)
	if len(words) == 0 || slices.Contains(harmless, words[0]) {
		return false
	}
	last := len(words) - 1
	if last > 0 && words[last] == "id" && words[last-1] == "session" {
		return true // whoever has the id has the session
	}
	if slices.Contains(about, words[last]) {
		return false
	}
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains(secretWords, word) || slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(word, end) })
	})
}

// split returns the words of a name in lower case and the singular: dbPasswords,
// DB_PASSWORD and db-password2 are all "db password".
func split(name string) []string {
	var words []string
	var word []rune
	end := func() {
		text := strings.TrimRight(string(word), "0123456789")
		if len(text) > 3 && !strings.HasSuffix(text, "ss") {
			text = strings.TrimSuffix(text, "s")
		}
		if text != "" {
			words = append(words, text)
		}
		word = word[:0]
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		// A word begins at the K of apiKey and of APIKey.
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])) {
			end()
		}
		word = append(word, unicode.ToLower(r))
	}
	end()
	return words
}
