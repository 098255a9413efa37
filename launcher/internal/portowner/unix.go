package portowner

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// unixSocket is a unix socket that listens.
type unixSocket struct {
	Inode uint64
	Path  string // with "@" first in the abstract namespace; empty: without a name
}

// UnixPaths returns the paths of the unix sockets that listen, of those in owners, whose
// keys are inodes. It is nil where the system does not report them.
func UnixPaths(owners map[uint64]int) []string {
	listening, err := unixListeners()
	if err != nil {
		return nil
	}
	var paths []string
	for _, socket := range listening {
		if _, own := owners[socket.Inode]; own && socket.Path != "" && !slices.Contains(paths, socket.Path) {
			paths = append(paths, socket.Path)
		}
	}
	return paths
}

// parseProcUnix reads the listening stream sockets of /proc/net/unix, see proc_net(5).
func parseProcUnix(text []byte) []unixSocket {
	const accepts, flagsAt, inodeAt, pathAt = 1 << 16, 3, 6, 7 // __SO_ACCEPTCON
	var sockets []unixSocket
	for line := range bytes.Lines(text) {
		fields := strings.SplitN(strings.Join(strings.Fields(string(line)), " "), " ", pathAt+1)
		if len(fields) <= inodeAt {
			continue
		}
		flags, errFlags := strconv.ParseUint(fields[flagsAt], 16, 64)
		inode, errInode := strconv.ParseUint(fields[inodeAt], 10, 64)
		if errFlags != nil || errInode != nil || flags&accepts == 0 {
			continue
		}
		socket := unixSocket{Inode: inode}
		if len(fields) > pathAt {
			socket.Path = fields[pathAt]
		}
		sockets = append(sockets, socket)
	}
	return sockets
}
