package service

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"devrun/launcher/internal/portowner"
)

// defaultInspector is the port of node --inspect.
const defaultInspector = "9229"

var (
	// inspectorLine matches how Node, the JVM and dlv report where a debugger can
	// connect.
	inspectorLine = regexp.MustCompile(`(?i)(?:debugger listening on |transport dt_socket at address: |api server listening at: )(?:\S*:)?(\d+)(?:/|\s|$)`)
	// inspectorArg matches the options of Node, debugpy, the JVM and dlv for that.
	inspectorArg = regexp.MustCompile(`--inspect(?:-brk|-wait|-port)?(?:[= ](?:\S*:)?(\d+)\b|\s|$)|(?:debugpy|dlv)\b.* --listen[= ](?:\S*:)?(\d+)\b|jdwp[=:]\S*address=(?:[^\s,]*:)?(\d+)\b`)
)

// isInspector reports whether a process listens on a port for debuggers, by its
// command line and by the output of the service.
func isInspector(port uint16, argv, output []string) bool {
	number := strconv.Itoa(int(port))
	for _, line := range output {
		if m := inspectorLine.FindStringSubmatch(line); m != nil && m[1] == number {
			return true
		}
	}
	for _, m := range inspectorArg.FindAllStringSubmatch(strings.Join(argv, " "), -1) {
		if given := m[1] + m[2] + m[3]; given == number || given == "" && number == defaultInspector {
			return true
		}
	}
	return false
}

// elsewhere returns what the tree listens on apart from its port, without what is
// for debuggers.
func (p *probing) elsewhere() ([]portowner.Socket, error) {
	listening, owners, err := p.verifier.elsewhere()
	if err != nil || len(listening) == 0 {
		return nil, err
	}
	output := p.attempt.tail.Lines()
	return slices.DeleteFunc(listening, func(s portowner.Socket) bool {
		owner, _ := portowner.Describe(owners[s.Inode]) // empty of one that has just ended
		return isInspector(s.Local.Port(), owner.Argv, output)
	}), nil
}
