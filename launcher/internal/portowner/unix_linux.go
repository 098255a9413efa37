package portowner

import "os"

// unixListeners returns the unix sockets that listen in this network namespace. Other
// systems than Linux do not report them.
func unixListeners() ([]unixSocket, error) {
	text, err := os.ReadFile("/proc/thread-self/net/unix")
	if err != nil {
		return nil, err
	}
	return parseProcUnix(text), nil
}
