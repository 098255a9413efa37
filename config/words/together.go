package words

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Unknown stands for a word of a script that depends on the state of its shell. No
// argument of a command can have this value.
const Unknown = "\x00"

// Command is one command of a script.
type Command struct {
	Words []string // with the variables exported before it and set for it alone; some may be Unknown
	Dir   string   // the folder that the script changes to first, as written; empty: none
	Open  bool     // text appended to the script becomes arguments of it
	End   int      // byte offset in the script behind the last word, where further ones fit; -1 where one is Unknown
}

// Together returns the commands of a script that run at the same time once its last
// one has started: those in the background, the members of a pipe, and the last one.
// A command in the foreground for which stays reports true does not end by itself, so
// that nothing behind it counts; a nil stays reports none. ok is false where this cannot
// be told, as for loops and functions.
func Together(script string, stays func(Command) bool) (commands []Command, ok bool) {
	parsed, err := parse(script)
	if err != nil {
		return nil, false
	}
	w := together{stays: stays}
	if !w.statements(parsed.Stmts, state{}) || len(w.found) == 0 {
		return nil, false
	}
	if call, isCall := lastStmt(parsed).Cmd.(*syntax.CallExpr); isCall && call == w.last && openCall(parsed, script) != nil {
		w.found[len(w.found)-1].Open = true
	}
	return w.found, true
}

// together collects commands.
type together struct {
	stays func(Command) bool
	found []Command
	last  *syntax.CallExpr // of the last one found
}

// statements follows a list of statements that begins in a state. The first ones have
// ended when the last one starts, unless they run in the background.
func (w *together) statements(list []*syntax.Stmt, at state) bool {
	for i, stmt := range list {
		if i == len(list)-1 || stmt.Background || w.remains(stmt, at) {
			if !w.statement(stmt, at) {
				return false
			}
			if !stmt.Background {
				return true
			}
			continue
		}
		if _, isFunc := stmt.Cmd.(*syntax.FuncDecl); isFunc {
			return false
		}
		at = at.after(stmt)
	}
	return true
}

// statement follows one statement to the commands that run at its end.
func (w *together) statement(stmt *syntax.Stmt, at state) bool {
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		if cmd.Op == syntax.AndStmt || cmd.Op == syntax.OrStmt {
			if w.remains(cmd.X, at) {
				return w.statement(cmd.X, at)
			}
			return w.statement(cmd.Y, at.after(cmd.X))
		}
		return w.statement(cmd.X, at) && w.statement(cmd.Y, at)
	case *syntax.Subshell:
		return w.statements(cmd.Stmts, at)
	case *syntax.Block:
		return w.statements(cmd.Stmts, at)
	case *syntax.CallExpr:
		if len(cmd.Args) > 0 {
			w.found, w.last = append(w.found, at.command(cmd)), cmd
		}
		return true
	}
	return false
}

// remains reports whether a statement in the foreground does not end by itself: one of
// the commands that it runs in the end stays.
func (w *together) remains(stmt *syntax.Stmt, at state) bool {
	if w.stays == nil {
		return false
	}
	inner := together{stays: w.stays}
	return inner.statement(stmt, at) && slices.ContainsFunc(inner.found, w.stays)
}

// command is a call that begins in the state.
func (s state) command(call *syntax.CallExpr) Command {
	c := Command{Words: slices.Concat(s.exported, wordsOf(call)), Dir: s.dir, End: -1}
	if !slices.Contains(c.Words, Unknown) {
		c.End = int(call.Args[len(call.Args)-1].End().Offset())
	}
	return c
}

// state is what a shell's next command starts with.
type state struct {
	dir      string   // the folder that cd led to; empty: where the script began
	exported []string // variables, as NAME=value
}

// after is the state after a statement that may be a chain with "cd" or "export" in it.
func (s state) after(stmt *syntax.Stmt) state {
	switch cmd := stmt.Cmd.(type) {
	case *syntax.BinaryCmd:
		if cmd.Op == syntax.AndStmt {
			return s.after(cmd.X).after(cmd.Y)
		}
	case *syntax.CallExpr:
		words := wordsOf(cmd)
		if len(words) > 1 && words[0] == "export" {
			s.exported = slices.Concat(s.exported, slices.DeleteFunc(words[1:], isUnset))
		}
		if len(words) == 2 && words[0] == "cd" && words[1] != Unknown && !strings.HasPrefix(words[1], "-") {
			if path.IsAbs(words[1]) {
				s.dir = words[1]
			} else {
				s.dir = path.Join(s.dir, words[1])
			}
		}
	}
	return s
}

// isUnset reports whether a word after export gives a variable no value that is known.
func isUnset(word string) bool { return word == Unknown || !strings.Contains(word, "=") }
