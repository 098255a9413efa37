package diag

import (
	"fmt"
	"strconv"
	"strings"
)

// FixedPort is a port that the command of a service names itself.
type FixedPort struct {
	Port        int    // 0: it names none
	Words       string // "--port 3000"
	Place       string // "the script dev of package.json"; empty: they were typed
	Replaceable bool   // a flag behind the command's own words has another port
}

// place is "--port 3000, the script dev of package.json".
func (f FixedPort) place() string {
	switch {
	case f.Port == 0:
		return ""
	case f.Place == "":
		return f.Words + " of the command"
	}
	return f.Words + " in " + f.Place
}

// other offers to use another port than the fixed one.
func (f FixedPort) other(p *Problem, command []string, service string, free int) {
	_, file, inFile := strings.Cut(f.Place, " of ")
	switch {
	case f.Replaceable && free > 0:
		p.try(rerun(command, service, option("port", strconv.Itoa(free))), fmt.Sprintf("take another port; %d is free", free))
	case inFile:
		p.try(line("grep -n "+quote(f.Words)+" "+quote(file)), "show the words that fix the port; without them devrun chooses one")
	}
}

// PortFixedFacts are the facts about a service that was asked to use another port
// than its command names.
type PortFixedFacts struct {
	Service string
	Port    int // that was asked for
	Fixed   FixedPort
	Origin  string // where the service is defined; empty: it was typed
	Command []string
	Again   string // the service of devrun.yaml, if it is one
}

// PortFixed refuses to run a service whose command would listen on another port than
// the one that was asked for.
func PortFixed(f PortFixedFacts) Problem {
	p := Problem{Status: statusConfig}
	p.Summary = fmt.Sprintf("port %d was asked for, but the command of %s names port %d", f.Port, called(f.Service), f.Fixed.Port)
	p.know("service", f.Service, "port", f.Port, "fixed_port", f.Fixed.Port, "fixed_by", f.Fixed.place())
	p.fact("defined at", f.Origin)
	p.fact("named in", f.Fixed.place())
	p.fact("so", "a flag for the port would not replace it")
	if f.Again == "" {
		p.try(rerun(f.Command, "", option("port", strconv.Itoa(f.Fixed.Port))), "use the port that the command names")
		p.try(rerun(f.Command, "", toggle("adopt"), option("port", strconv.Itoa(f.Port))), "let devrun forward connections to where it listens")
	}
	f.Fixed.other(&p, f.Command, f.Again, 0)
	return p
}
