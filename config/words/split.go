// Package words handles the words of command lines: it splits and quotes them as
// a POSIX shell does, and finds the known word that a mistyped one resembles.
package words

import (
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// MaxLine is the longest command line that is parsed, in bytes: the parser
// recurses. Linux limits an argument to 128 KiB.
const MaxLine = 32 << 10

// globs are the characters that make a shell replace a word by file names or a
// home folder.
const globs = "*?[~"

// Error describes a line that is not one plain command.
type Error struct {
	Sign string // the part that needs a shell, such as "&&" or "$HOME"; may be empty
	Rule string // "needs a shell"
}

func (e *Error) Error() string { return strings.TrimPrefix(e.Sign+" "+e.Rule, " ") }

// Split cuts a command line into words as a POSIX shell does and removes the
// quotes. No shell is run, so anything that needs one is an error: nobody gets a
// literal "$HOME" or "&&" by surprise. Globs, braces and ~ are left as they are.
// instead is the advice for a line that needs a shell; it may be empty. The error
// is always an *Error and contains no text that could be secret.
func Split(line, instead string) ([]string, error) {
	return SplitExpanding(line, instead, nil)
}

// SplitExpanding is Split, except that expand returns the text for $NAME, ${NAME…} and
// $$, which stays in its word. Its error is passed on. A nil expand makes them errors.
func SplitExpanding(line, instead string, expand func(reference string) (string, error)) ([]string, error) {
	parsed, err := parse(line)
	if err != nil {
		return nil, err
	}
	switch stmts := parsed.Stmts; {
	case len(stmts) == 0:
		return nil, &Error{"", "must not be empty"}
	case len(stmts) > 1 && !stmts[0].Semicolon.IsValid():
		return nil, needsShell("", "has a second line, which needs a shell", instead)
	}
	call, err := plainCall(parsed.Stmts[0], instead)
	if err != nil {
		return nil, err
	}
	words := make([]string, len(call.Args))
	for i, word := range call.Args {
		if words[i], err = (unquoter{line, "", instead, expand}).unquote(word); err != nil {
			return nil, err
		}
	}
	if words[0] == "" {
		return nil, &Error{"", "must begin with a program"}
	}
	return words, nil
}

// parse applies the grammar of a POSIX shell.
func parse(line string) (*syntax.File, error) {
	switch {
	case strings.ContainsRune(line, 0):
		return nil, &Error{"", "contains a NUL character"}
	case len(line) > MaxLine:
		return nil, &Error{"", fmt.Sprintf("is longer than %d KiB", MaxLine>>10)}
	}
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true)).Parse(strings.NewReader(line), "")
	if err != nil {
		text := err.Error()
		if parse, ok := err.(syntax.ParseError); ok {
			text = parse.Text
		}
		return nil, &Error{"", "cannot be split into words: " + text}
	}
	return parsed, nil
}

// plainCall returns the statement's words if it consists of nothing else.
func plainCall(stmt *syntax.Stmt, instead string) (*syntax.CallExpr, error) {
	sign := ""
	switch {
	case len(stmt.Redirs) > 0:
		sign = stmt.Redirs[0].Op.String()
	case stmt.Background:
		sign = "&"
	case stmt.Semicolon.IsValid():
		sign = ";"
	case stmt.Negated:
		sign = "!"
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		if sign == "" {
			sign = cmd.Op.String()
		}
	case *syntax.CallExpr:
		if sign == "" && len(cmd.Assigns) > 0 {
			return nil, needsShell(cmd.Assigns[0].Name.Value+"=", "sets a variable, which needs a shell", instead)
		}
		if sign == "" {
			return cmd, nil
		}
	}
	if sign == "" {
		return nil, needsShell("", "has the syntax of a script, which needs a shell", instead)
	}
	return nil, needsShell(sign, "needs a shell", instead)
}

// needsShell is the error for a sign that means something to shells only.
func needsShell(sign, rule, instead string) error {
	if instead != "" {
		rule += "; " + instead
	}
	return &Error{sign, rule}
}

// unquoter removes the quotes of a line's words. Unquoted characters of special are
// errors.
type unquoter struct {
	line, special, instead string                       // line is needed for expand alone
	expand                 func(string) (string, error) // nil: expansions are errors
}

// unquote returns the word as a shell would pass it on.
func (u unquoter) unquote(word *syntax.Word) (string, error) {
	var b strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			if sign := unescape(&b, part.Value, "", u.special); sign != "" {
				return "", expansion(sign, u.instead)
			}
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				if lit, ok := inner.(*syntax.Lit); ok {
					unescape(&b, lit.Value, "$`\"\\", "")
				} else if err := u.reference(&b, inner); err != nil {
					return "", err
				}
			}
		default:
			if err := u.reference(&b, part); err != nil {
				return "", err
			}
		}
	}
	return b.String(), nil
}

// reference writes what an expansion stands for.
func (u unquoter) reference(b *strings.Builder, node syntax.Node) error {
	param, ok := node.(*syntax.ParamExp)
	if !ok || u.expand == nil {
		return expansion(signOf(node), u.instead)
	}
	text := u.line[node.Pos().Offset():node.End().Offset()]
	// Quotes in a default would stay in it.
	if text != "$$" && !syntax.ValidName(param.Param.Value) || strings.ContainsAny(text, "'\"\\`") {
		return expansion(signOf(node), u.instead)
	}
	value, err := u.expand(text)
	b.WriteString(value)
	return err
}

// signOf names an expansion without its text, which may be secret.
func signOf(node syntax.Node) string {
	switch node := node.(type) {
	case *syntax.ParamExp:
		return "$" + node.Param.Value
	case *syntax.ArithmExp:
		return "$((…))"
	case *syntax.CmdSubst:
		if node.Backquotes {
			return "`…`"
		}
	}
	return "$(…)"
}

// expansion is the error for a sign that a shell would replace.
func expansion(sign, instead string) error {
	quote := fmt.Sprintf("quote the %c with '…'", sign[0])
	if instead != "" {
		quote = instead + ", or " + quote
	}
	return &Error{sign, "is not expanded without a shell; " + quote}
}

// unescape drops the backslashes that escape one of escapable, or any byte if
// escapable is empty (POSIX.1-2024, Shell Command Language, 2.2.1 and 2.2.3). It
// returns the first character of special that is not escaped.
func unescape(b *strings.Builder, s, escapable, special string) (sign string) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (escapable == "" || strings.IndexByte(escapable, s[i+1]) >= 0):
			i++
		case sign == "" && strings.IndexByte(special, s[i]) >= 0:
			sign = s[i : i+1]
		}
		b.WriteByte(s[i])
	}
	return sign
}
