package words

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Unknown stands for a word of a script that depends on the state of its shell. No
// argument of a command can have this value.
const Unknown = "\x00"

// Command is one command of a script.
type Command struct {
	Words []string // with the variables set for it alone; some may be Unknown
	Dir   string   // the folder that the script changes to first, as written; empty: none
	Open  bool     // text appended to the script becomes arguments of it
}

// Together returns the commands of a script that run at the same time once its last
// one has started: those in the background, the members of a pipe, and the last one.
// ok is false where this cannot be told, as for loops and functions.
func Together(script string) (commands []Command, ok bool) {
	parsed, err := parse(script)
	if err != nil {
		return nil, false
	}
	var w together
	if !w.statements(parsed.Stmts, "") || len(w.found) == 0 {
		return nil, false
	}
	if open := openCall(parsed, script); open != nil {
		w.found[len(w.found)-1].Open = true
	}
	return w.found, true
}

// together collects commands.
type together struct{ found []Command }

// statements follows a list of statements that begins in dir. The first ones have
// ended when the last one starts, unless they run in the background.
func (w *together) statements(list []*syntax.Stmt, dir string) bool {
	for i, stmt := range list {
		if i == len(list)-1 || stmt.Background {
			if !w.statement(stmt, dir) {
				return false
			}
			continue
		}
		if _, isFunc := stmt.Cmd.(*syntax.FuncDecl); isFunc {
			return false
		}
		dir = changed(stmt, dir)
	}
	return true
}

// statement follows one statement to the commands that run at its end.
func (w *together) statement(stmt *syntax.Stmt, dir string) bool {
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		if cmd.Op == syntax.AndStmt || cmd.Op == syntax.OrStmt {
			return w.statement(cmd.Y, changed(cmd.X, dir))
		}
		return w.statement(cmd.X, dir) && w.statement(cmd.Y, dir)
	case *syntax.Subshell:
		return w.statements(cmd.Stmts, dir)
	case *syntax.Block:
		return w.statements(cmd.Stmts, dir)
	case *syntax.CallExpr:
		if len(cmd.Args) > 0 {
			w.found = append(w.found, Command{Words: wordsOf(cmd), Dir: dir})
		}
		return true
	}
	return false
}

// changed is the folder after a statement that may be a chain with "cd" in it.
func changed(stmt *syntax.Stmt, dir string) string {
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		if cmd.Op == syntax.AndStmt {
			return changed(cmd.Y, changed(cmd.X, dir))
		}
	case *syntax.CallExpr:
		words := wordsOf(cmd)
		if len(words) == 2 && words[0] == "cd" && words[1] != Unknown && !strings.HasPrefix(words[1], "-") {
			if path.IsAbs(words[1]) {
				return words[1]
			}
			return path.Join(dir, words[1])
		}
	}
	return dir
}
