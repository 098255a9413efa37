package help

import (
	"fmt"
	"strings"
)

// Roff returns blocks for a manual page, whose sections are the headings of level 1.
func Roff(blocks []Block) string {
	var b strings.Builder
	for i, block := range blocks {
		switch block.Kind {
		case Heading:
			macro := ".SS"
			if block.Level == 1 {
				macro = ".SH"
			}
			b.WriteString(macro + " " + escapeRoff(plain(block.Text)) + "\n")
		case Paragraph:
			if i == 0 || blocks[i-1].Kind != Heading {
				b.WriteString(".PP\n")
			}
			b.WriteString(inlineRoff(block.Text) + "\n")
		case Item:
			b.WriteString(".IP \\(bu 2\n" + inlineRoff(block.Text) + "\n")
		case Code:
			b.WriteString(".PP\n.RS 4\n.nf\n")
			for _, line := range block.Lines {
				b.WriteString(lineRoff(line) + "\n")
			}
			b.WriteString(".fi\n.RE\n")
		case Terms:
			for _, row := range block.Rows {
				termRoff(&b, "`"+row[0]+"`", row[1])
			}
		case Table:
			for _, row := range block.Rows[1:] {
				termRoff(&b, row[0], cellsRoff(block.Rows[0], row))
			}
		}
	}
	return b.String()
}

func termRoff(b *strings.Builder, term, meaning string) {
	if term == "" {
		term = "\\&"
	} else {
		term = inlineRoff(term)
	}
	if meaning == "" {
		b.WriteString(".PP\n" + term + "\n")
		return
	}
	b.WriteString(".TP\n" + term + "\n" + inlineRoff(meaning) + "\n")
}

// cellsRoff joins the cells after the first one; the head names the later ones.
func cellsRoff(head, row []string) string {
	var parts []string
	for c, cell := range row {
		switch {
		case c == 0 || cell == "":
		case c > 1 && head[c] != "":
			parts = append(parts, head[c]+": "+cell)
		default:
			parts = append(parts, cell)
		}
	}
	return strings.Join(parts, "; ")
}

// inlineRoff writes code and bold text in bold.
func inlineRoff(marked string) string {
	var b strings.Builder
	for _, s := range spans(marked) {
		if s.code || s.bold {
			b.WriteString(`\fB` + escapeRoff(s.text) + `\fR`)
		} else {
			b.WriteString(escapeRoff(s.text))
		}
	}
	return guardRoff(b.String())
}

func lineRoff(line string) string { return guardRoff(escapeRoff(line)) }

// guardRoff keeps a line from being read as a request.
func guardRoff(line string) string {
	if line == "" || strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// escapeRoff writes s in ASCII, and without characters that roff reads or replaces.
func escapeRoff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(s)
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}
