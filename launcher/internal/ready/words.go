package ready

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

var (
	errExpansion = errors.New("nothing is expanded here; quote the $ or ` to pass it on")
	errNUL       = errors.New("NUL in a command")
)

// split cuts s into words as a POSIX shell does and removes the quotes. What a
// shell would expand is refused, so that nobody gets a literal "$HOME" by
// surprise; globs, braces and ~ stay as they are.
func split(s string) ([]string, error) {
	if strings.ContainsRune(s, 0) {
		return nil, errNUL
	}
	var words []string
	for word, err := range syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).WordsSeq(strings.NewReader(s)) {
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		for _, part := range word.Parts {
			if err := unquotePart(&b, part); err != nil {
				return nil, err
			}
		}
		words = append(words, b.String())
	}
	return words, nil
}

func unquotePart(b *strings.Builder, part syntax.WordPart) error {
	switch part := part.(type) {
	case *syntax.Lit:
		unescape(b, part.Value, "")
	case *syntax.SglQuoted:
		b.WriteString(part.Value)
	case *syntax.DblQuoted:
		for _, inner := range part.Parts {
			lit, ok := inner.(*syntax.Lit)
			if !ok {
				return errExpansion
			}
			unescape(b, lit.Value, "$`\"\\")
		}
	default:
		return errExpansion
	}
	return nil
}

// unescape drops the backslashes of s that escape one of special, or any byte
// when special is empty. POSIX.1-2024, Shell Command Language, 2.2.1 and 2.2.3.
func unescape(b *strings.Builder, s, special string) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (special == "" || strings.IndexByte(special, s[i+1]) >= 0) {
			i++
		}
		b.WriteByte(s[i])
	}
}

// join writes argv so that split gives it back.
func join(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = word
		if word == "" || strings.ContainsFunc(word, needsQuote) {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

func needsQuote(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=,@%+{}", r))
}
