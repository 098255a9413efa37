package words

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Plain returns the words of a command that runs one program and needs no shell.
// It returns nil for any other command.
func Plain(command string) []string {
	words, err := Split(command, "")
	if err != nil || strings.ContainsAny(command, globs) || !isProgram(words[0]) {
		return nil
	}
	return words
}

// Last returns the words of the last command of a script, with the variables set
// for it alone. It returns nil where a word depends on the state of the shell, and
// where text appended to the script would not become arguments of that command.
func Last(script string) []string {
	parsed, err := parse(script)
	if err != nil || slices.ContainsFunc(parsed.Stmts, func(stmt *syntax.Stmt) bool { return stmt.Background }) {
		return nil
	}
	return openCall(parsed, script)
}

// openCall returns the words of the last command of a script, nil where text
// appended to the script would not become arguments of that command, or where a word
// depends on the shell.
func openCall(parsed *syntax.File, script string) []string {
	if len(parsed.Stmts) == 0 || len(parsed.Last) > 0 || strings.ContainsAny(script, "\r\n") {
		return nil
	}
	if slices.ContainsFunc(parsed.Stmts, func(stmt *syntax.Stmt) bool { return len(stmt.Comments) > 0 }) {
		return nil
	}
	stmt := lastStmt(parsed)
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background || parsed.Stmts[len(parsed.Stmts)-1].Semicolon.IsValid() {
		return nil
	}
	words := wordsOf(call)
	if slices.Contains(words, Unknown) {
		return nil
	}
	return words
}

// wordsOf returns the words of a command with the variables set for it alone. Those
// that depend on the shell are Unknown.
func wordsOf(call *syntax.CallExpr) (words []string) {
	for _, assign := range call.Assigns {
		value := ""
		if assign.Value != nil {
			if value = literal(assign.Value); value == Unknown {
				words = append(words, Unknown)
				continue
			}
		}
		words = append(words, assign.Name.Value+"="+value)
	}
	for _, arg := range call.Args {
		words = append(words, literal(arg))
	}
	return words
}

// literal is a word without its quotes, or Unknown.
func literal(word *syntax.Word) string {
	text, err := unquoter{special: globs}.unquote(word)
	if err != nil {
		return Unknown
	}
	return text
}

// Exec puts exec before the last command of a script, so that the shell becomes
// that command instead of waiting for it. A script that this could change in any
// other way is returned as it is.
func Exec(script string) string {
	parsed, err := parse(script)
	if err != nil || len(parsed.Stmts) == 0 || outlives(parsed) {
		return script
	}
	stmt := lastStmt(parsed)
	if call, ok := stmt.Cmd.(*syntax.CallExpr); ok && !stmt.Negated && !stmt.Background && len(call.Args) > 0 && isProgram(call.Args[0].Lit()) {
		at := call.Args[0].Pos().Offset()
		return script[:at] + "exec " + script[at:]
	}
	return script
}

// lastStmt is the last statement of a script, or the last of its chain of && and ||.
func lastStmt(parsed *syntax.File) *syntax.Stmt {
	stmt := parsed.Stmts[len(parsed.Stmts)-1]
	for {
		chain, ok := stmt.Cmd.(*syntax.BinaryCmd)
		if !ok || chain.Op != syntax.AndStmt && chain.Op != syntax.OrStmt || len(stmt.Redirs) > 0 || stmt.Negated || stmt.Background {
			return stmt
		}
		stmt = chain.Y
	}
}

// outlives reports whether the script needs its shell until the end: for a trap,
// or for names that only this shell can resolve.
func outlives(parsed *syntax.File) bool {
	needed := false
	syntax.Walk(parsed, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Lit:
			needed = needed || n.Value == "trap" || n.Value == "alias"
		case *syntax.FuncDecl:
			needed = true
		}
		return !needed
	})
	return needed
}

// isProgram reports whether a shell looks word up in PATH and nowhere else.
func isProgram(word string) bool {
	if word == "" || strings.ContainsAny(word, globs) {
		return false
	}
	return !slices.Contains([]string{
		".", ":", "[", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "echo", "eval", "exec", "exit",
		"export", "false", "fc", "fg", "getopts", "hash", "jobs", "kill", "let", "local", "printf", "pwd", "read", "readonly",
		"return", "set", "shift", "shopt", "source", "test", "time", "times", "trap", "true", "type", "typeset", "ulimit",
		"umask", "unalias", "unset", "wait",
	}, word)
}
