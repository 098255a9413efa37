package config

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxCommand bounds what the shell's grammar is applied to, in bytes: its
// parser recurses. Linux takes no longer argument than 128 KiB.
const maxCommand = 32 << 10

// splitError is a command that only a shell could run as it is written.
type splitError struct {
	sign string // the part that needs a shell: "&&", "$HOME"
	rule string
}

func (e *splitError) Error() string { return e.sign + ": " + e.rule }

// SplitCommand cuts a command line into words as a shell does; nothing is
// expanded. For what needs a shell the error says so, and to do otherwise.
func SplitCommand(command, otherwise string) ([]string, error) {
	words, err := split(command)
	var broken *splitError
	if errors.As(err, &broken) {
		rule := strings.ReplaceAll(broken.rule, scriptPlace, otherwise)
		if broken.sign != "" {
			rule = broken.sign + " " + rule
		}
		return nil, errors.New(rule)
	}
	return words, err
}

// split cuts a command into words as a POSIX shell does and removes the quotes.
// Nothing is expanded and no shell is run: what needs one is a *splitError,
// so that nobody gets a literal "$HOME" or "&&" by surprise. Globs, braces and
// ~ stay as they are.
func split(command string) ([]string, error) {
	switch {
	case strings.ContainsRune(command, 0):
		return nil, &splitError{"", "holds a NUL character"}
	case len(command) > maxCommand:
		return nil, &splitError{"", fmt.Sprintf("is longer than %d KiB", maxCommand>>10)}
	}
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(command), "")
	if err != nil {
		if parse, ok := err.(syntax.ParseError); ok {
			return nil, &splitError{"", "cannot be split into words: " + parse.Text}
		}
		return nil, &splitError{"", "cannot be split into words: " + err.Error()}
	}
	switch len(parsed.Stmts) {
	case 0:
		return nil, &splitError{"", "must not be empty"}
	case 1:
	default:
		first := parsed.Stmts[0]
		switch {
		case !first.Semicolon.IsValid():
			return nil, &splitError{"", "has a second line, which takes a shell: put the script under shell: instead"}
		case first.Background:
			return nil, needsShell("&")
		}
		return nil, needsShell(";")
	}
	call, err := plainCall(parsed.Stmts[0])
	if err != nil {
		return nil, err
	}
	words := make([]string, len(call.Args))
	for i, word := range call.Args {
		if words[i], err = unquote(word); err != nil {
			return nil, err
		}
	}
	if words[0] == "" {
		return nil, &splitError{"", "must begin with a program"}
	}
	return words, nil
}

// plainCall returns the statement's words, when words are all that it has.
func plainCall(stmt *syntax.Stmt) (*syntax.CallExpr, error) {
	switch {
	case len(stmt.Redirs) > 0:
		return nil, needsShell(stmt.Redirs[0].Op.String())
	case stmt.Semicolon.IsValid():
		sign := ";"
		if stmt.Background {
			sign = "&"
		}
		return nil, needsShell(sign)
	case stmt.Negated:
		return nil, needsShell("!")
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		return nil, needsShell(cmd.Op.String())
	case *syntax.CallExpr:
		if len(cmd.Assigns) > 0 {
			return nil, &splitError{cmd.Assigns[0].Name.Value + "=", "sets a variable, which takes a shell; put it under env:, or the whole under shell:"}
		}
		return cmd, nil
	}
	return nil, &splitError{"", "has a shell's syntax, and no shell is run: put the script under shell: instead"}
}

// needsShell is the error of a sign that has a meaning to a shell alone.
func needsShell(sign string) error {
	return &splitError{sign, "takes a shell, and none is run: put the script under shell: instead"}
}

// unquote returns the word that a shell would pass on.
func unquote(word *syntax.Word) (string, error) {
	var b strings.Builder
	for _, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			unescape(&b, part.Value, "")
		case *syntax.SglQuoted:
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "", expansion(inner)
				}
				unescape(&b, lit.Value, "$`\"\\")
			}
		default:
			return "", expansion(part)
		}
	}
	return b.String(), nil
}

// expansion names what a shell would replace, without what may be a secret in
// it.
func expansion(node syntax.Node) error {
	sign := "$(…)"
	switch node := node.(type) {
	case *syntax.ParamExp:
		sign = "$" + node.Param.Value
	case *syntax.ArithmExp:
		sign = "$((…))"
	case *syntax.CmdSubst:
		if node.Backquotes {
			sign = "`…`"
		}
	}
	return &splitError{sign, fmt.Sprintf("is not expanded, since no shell is run: put the script under shell:, or quote the %c with '…'", sign[0])}
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
