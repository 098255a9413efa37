package service

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/tries"
)

// listenerKind is what the process that listens is known as, which a shell or a script
// may have started; zero for an unknown one.
func (p *probing) listenerKind() framework.Framework {
	if p.verifier == nil {
		return framework.Framework{}
	}
	kind, _ := kindOf(p.verifier.last().pid)
	return kind
}

// kindElsewhere is what the first process is known as that listens apart from the port
// of the service and takes a flag for it; zero for none.
func (p *probing) kindElsewhere() framework.Framework {
	listening, owners, err := p.verifier.elsewhere()
	if err != nil {
		return framework.Framework{}
	}
	for _, socket := range listening {
		if kind, _ := kindOf(owners[socket.Inode]); kind.Hint() != "" {
			return kind
		}
	}
	return framework.Framework{}
}

// kindOf is what a process is known as.
func kindOf(pid int) (framework.Framework, portowner.Process) {
	listener, err := portowner.Describe(pid)
	if err != nil || len(listener.Argv) == 0 {
		return framework.Framework{}, listener
	}
	argv := listener.Argv
	if len(argv) == 1 { // a title that it has given itself, such as "redis-server 127.0.0.1:6379"
		argv = strings.Fields(argv[0])
	}
	match, _ := framework.Detect(argv, listener.Dir)
	return match.Framework, listener
}

// connect finds out whether the process that listens serves, without a trace in its
// log where that is possible. Some databases listen and accept connections long before
// they answer a query. It is called by the checks.
func (v *verifier) connect(ctx context.Context, addr netip.AddrPort) error {
	kind, listener := kindOf(v.last().pid)
	switch {
	case kind.Logs:
		return nil
	case kind.Scheme == "postgres":
		if serves, err := servesPostgres(listener.Dir); err == nil {
			if !serves {
				return errStarting
			}
			return nil
		}
	}
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", addr.String())
	if err != nil {
		return err
	}
	switch kind.Scheme {
	case "postgres":
		return tries.Postgres(ctx, conn, cmp.Or(listener.User, "postgres"))
	case "redis":
		return tries.Redis(ctx, conn)
	}
	return conn.Close()
}

var errStarting = &tries.ProtocolError{Outcome: tries.Starting, Detail: "is starting up, says its postmaster.pid"}

// errNoStatus means that a server of PostgreSQL does not write down its status.
var errNoStatus = errors.New("no status of a PostgreSQL server")

// servesPostgres reads whether a PostgreSQL server with that data folder, which is its
// working folder, accepts sessions. It writes that into the eighth line of
// postmaster.pid, which pg_ctl waits for (src/include/utils/pidfile.h, since
// PostgreSQL 10). A session would leave a line in its log.
func servesPostgres(dir string) (bool, error) {
	if dir == "" {
		return false, errNoStatus
	}
	version, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(string(version), "9.") {
		return false, errNoStatus
	}
	file, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return false, err
	}
	lines := strings.Split(string(file), "\n")
	if len(lines) < 8 {
		return false, nil
	}
	status := strings.TrimSpace(lines[7])
	return status == "ready" || status == "standby", nil
}
