package process

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// order is one line to a guardian.
type order struct{ word, text string }

func (o order) append(to []byte) []byte {
	return append(strconv.AppendQuote(append(to, o.word+" "...), o.text), '\n')
}

// charge is everything that a guardian has been ordered to look after.
type charge struct {
	marks   []string
	watched map[int]uint64   // pid of a session's leader: its start ticks
	outputs map[int][]string // pid of a session's leader: names of its output streams
	files   []string
	// terminal is the argument of restoreTerminal; "" is none.
	terminal string
	// screen is the argument of resetScreen; "" is none.
	screen string
}

func newCharge() charge {
	return charge{watched: map[int]uint64{}, outputs: map[int][]string{}}
}

// readCharge reads orders until the other end is closed, for whatever reason.
func readCharge(in io.Reader) charge {
	c := newCharge()
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return c // an incomplete line was cut off
		}
		word, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if text, err := strconv.Unquote(quoted); err == nil {
			c.take(order{word, text})
		}
	}
}

// take carries out one order on the charge; an unknown one is ignored.
func (c *charge) take(o order) {
	first, second, _ := strings.Cut(o.text, " ")
	pid, err := strconv.Atoi(first)
	switch o.word {
	case "mark":
		c.marks = append(c.marks, o.text)
	case "watch":
		ticks, errTicks := strconv.ParseUint(second, 10, 64)
		if err == nil && errTicks == nil && pid > 1 {
			c.watched[pid] = ticks
		}
	case "output":
		if err == nil && second != "" {
			c.outputs[pid] = append(c.outputs[pid], second)
		}
	case "forget":
		delete(c.watched, pid)
		delete(c.outputs, pid)
	case "remove":
		c.files = append(c.files, o.text)
	case "terminal":
		c.terminal = o.text
	case "screen":
		c.screen = o.text
	}
}

// orders are those that make a new guardian's charge the same as c.
func (c *charge) orders() []order {
	var orders []order
	for _, mark := range c.marks {
		orders = append(orders, order{"mark", mark})
	}
	for _, file := range c.files {
		orders = append(orders, order{"remove", file})
	}
	for _, pid := range slices.Sorted(maps.Keys(c.watched)) {
		orders = append(orders, order{"watch", fmt.Sprint(pid, c.watched[pid])})
		for _, name := range c.outputs[pid] {
			orders = append(orders, order{"output", fmt.Sprint(pid, " ", name)})
		}
	}
	return append(orders, order{"terminal", c.terminal}, order{"screen", c.screen})
}

// RunGuardian is the life of a guardian; in is the standard input that it was
// started with. It returns the exit status.
func RunGuardian(in io.Reader) int {
	settleGuardian()
	if in == os.Stdin {
		closeInherited()
	}
	c := readCharge(in)
	restoreTerminal(c.terminal)
	resetScreen(c.screen)
	c.clearUp()
	for _, file := range c.files {
		_ = os.Remove(file)
	}
	return 0
}
